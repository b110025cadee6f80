// A day with masto, the library under Elk and many bots: one scene a run, told on standard output.
//
// node masto_day.mjs LIBRARY SERVER SCENE PEOPLE, the last as JSON. The scene "signIn" asks its caller to open
// an address in a browser and reads the code from standard input.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import readline from "node:readline";

const [library, url, scene, given] = process.argv.slice(2);
const { createOAuthAPIClient, createRestAPIClient, createStreamingAPIClient } = await import(library);
const people = JSON.parse(given);
const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();

const rest = (accessToken) => createRestAPIClient({ url, accessToken });
const ids = (found) => found.map((one) => one.id);

async function register(redirectUris, scopes = "read write follow push") {
  return rest().v1.apps.create({ clientName: "Elk of the tests", redirectUris, scopes, website: "https://elk.example" });
}

const scenes = {
  async signUp() {
    const app = await register("urn:ietf:wg:oauth:2.0:oob");
    const { accessToken: appToken } = await createOAuthAPIClient({ url }).token.create({
      grantType: "client_credentials", clientId: app.clientId, clientSecret: app.clientSecret,
      redirectUri: "urn:ietf:wg:oauth:2.0:oob", scope: "read write follow push",
    });
    const wish = { username: people.fresh, password: "oolong-and-rain", email: "t@example.org", agreement: true, locale: "en" };
    const token = await rest(appToken).v1.accounts.create(wish);
    const me = await rest(token.accessToken).v1.accounts.verifyCredentials();
    assert.equal(me.username, people.fresh);
    await assert.rejects(rest(appToken).v1.accounts.create(wish), (error) => {
      assert.equal(error.statusCode, 422);
      assert.equal(error.details.username[0].error, "ERR_TAKEN");
      return true;
    });
  },

  async signIn() {
    const redirectUri = people.redirectUri;
    const app = await register(redirectUri);
    const verifier = randomBytes(48).toString("base64url");
    const asked = new URLSearchParams({
      client_id: app.clientId, redirect_uri: redirectUri, response_type: "code", scope: "read write", state: "s",
      code_challenge: createHash("sha256").update(verifier).digest("base64url"), code_challenge_method: "S256",
    });
    console.log(`${url}/oauth/authorize?${asked}`);
    const code = (await lines.next()).value;
    const oauth = createOAuthAPIClient({ url });
    const wish = {
      grantType: "authorization_code", clientId: app.clientId, clientSecret: app.clientSecret, redirectUri, code,
      codeVerifier: verifier,
    };
    const token = await oauth.token.create(wish);
    assert.equal(token.tokenType, "Bearer");
    const client = rest(token.accessToken);
    assert.equal((await client.v1.accounts.verifyCredentials()).username, people.ann.name);
    assert.equal((await client.v1.apps.verifyCredentials()).name, "Elk of the tests");
    const said = await client.v1.statuses.create({ status: "by an app" });
    assert.deepEqual({ ...said.application }, { name: "Elk of the tests", website: "https://elk.example" });
    await oauth.revoke({ clientId: app.clientId, clientSecret: app.clientSecret, token: token.accessToken });
    await assert.rejects(client.v1.accounts.verifyCredentials(), { statusCode: 401 });
  },

  async posts() {
    const [a, b] = [rest(people.ann.token), rest(people.ben.token)];
    const media = await a.v2.media.create({
      file: new Blob([Buffer.from(people.picture, "base64")], { type: "image/png" }), description: "a field", focus: "0.1,-0.2",
    });
    assert.ok(media.url);
    const root = await a.v1.statuses.create({
      status: "look #tea", mediaIds: [media.id], sensitive: true, spoilerText: "green", language: "en", visibility: "public",
    });
    assert.equal(root.mediaAttachments[0].description, "a field");
    const edited = await a.v1.statuses.$select(root.id).update({ status: "look again #tea", mediaIds: [media.id] });
    assert.ok(edited.editedAt);
    assert.equal((await a.v1.statuses.$select(root.id).history.list()).length, 2);
    assert.equal((await a.v1.statuses.$select(root.id).source.fetch()).text, "look again #tea");
    const poll = (await a.v1.statuses.create({ status: "which?", poll: { options: ["x", "y"], expiresIn: 600 } })).poll;
    assert.deepEqual((await b.v1.polls.$select(poll.id).votes.create({ choices: [1] })).ownVotes, [1]);
    const quote = await b.v1.statuses.create({ status: "so true", quotedStatusId: root.id });
    assert.equal(quote.quote.quotedStatus.id, root.id);
    assert.deepEqual(ids(await a.v1.statuses.$select(root.id).quotes.list()), [quote.id]);
    const comment = await b.v1.statuses.create({ status: "nice", inReplyToId: root.id });
    assert.deepEqual(ids((await a.v1.statuses.$select(root.id).context.fetch()).descendants), [comment.id]);
    assert.equal((await b.v1.statuses.$select(root.id).reblog()).reblog.id, root.id);
    assert.ok((await b.v1.statuses.$select(root.id).favourite()).favourited);
    assert.ok((await b.v1.statuses.$select(root.id).bookmark()).bookmarked);
    assert.deepEqual(ids(await a.v1.statuses.$select(root.id).favouritedBy.list()), [people.ben.id]);
    const later = await a.v1.statuses.create({ status: "later", scheduledAt: new Date(Date.now() + 3.6e6).toISOString() });
    assert.deepEqual(ids(await a.v1.scheduledStatuses.list()), [later.id]);
    await a.v1.scheduledStatuses.$select(later.id).remove();
    const gone = await a.v1.statuses.$select(root.id).remove();
    assert.equal(gone.text, "look again #tea");
    assert.equal((await b.v1.statuses.$select(quote.id).fetch()).quote.state, "deleted");
  },

  async people() {
    const [a, b] = [rest(people.ann.token), rest(people.ben.token)];
    assert.equal((await b.v1.accounts.$select(people.ann.id).follow({ notify: true })).notifying, true);
    assert.deepEqual(ids(await a.v1.accounts.$select(people.ann.id).followers.list()), [people.ben.id]);
    const said = await a.v1.statuses.create({ status: `a word about pu-erh ${people.word}` });
    assert.deepEqual(ids(await b.v1.timelines.home.list()), [said.id]);
    assert.deepEqual(ids((await b.v2.search.list({ q: people.word, type: "statuses" })).statuses), [said.id]);
    assert.deepEqual(ids((await b.v2.search.list({ q: `@${people.ann.name}`, resolve: true })).accounts), [people.ann.id]);
    const told = await b.v1.notifications.list({ types: ["status"] });
    assert.deepEqual(told.map((one) => one.status.id), [said.id]);
    const grouped = await a.v2.notifications.list();
    assert.deepEqual(grouped.notificationGroups.map((one) => one.type), ["follow"]);
    assert.deepEqual(ids(grouped.accounts), [people.ben.id]);
    const list = await b.v1.lists.create({ title: "friends", exclusive: true });
    await b.v1.lists.$select(list.id).accounts.create({ accountIds: [people.ann.id] });
    assert.deepEqual(ids(await b.v1.timelines.list.$select(list.id).list()), [said.id]);
    const filter = await b.v2.filters.create({
      title: "dull", context: ["public"], filterAction: "warn", keywordsAttributes: [{ keyword: "pu-erh" }],
    });
    assert.equal(filter.keywords[0].keyword, "pu-erh");
    await b.v1.markers.create({ home: { lastReadId: said.id } });
    assert.equal((await b.v1.markers.fetch({ timeline: ["home"] })).home.lastReadId, said.id);
    const changed = await a.v1.accounts.updateCredentials({ displayName: "Ann", note: "tea", fieldsAttributes: [{ name: "shop", value: "closed" }] });
    assert.deepEqual([changed.displayName, changed.fields[0].value], ["Ann", "closed"]);
    assert.equal((await b.v1.accounts.$select(people.ann.id).block()).blocking, true);
    assert.deepEqual(ids(await b.v1.accounts.relationships.fetch({ id: [people.ann.id] })), [people.ann.id]);
    const instance = await rest().v2.instance.fetch();
    assert.equal(instance.configuration.urls.streaming, url.replace("http", "ws"));
  },

  async pages() {
    const a = rest(people.ann.token);
    const said = [];
    for (let n = 0; n < 7; n++) said.unshift((await a.v1.statuses.create({ status: `number ${n}` })).id);
    const down = [];
    for await (const page of a.v1.accounts.$select(people.ann.id).statuses.list({ limit: 3 })) down.push(...ids(page));
    assert.deepEqual(down, said);
    let up = [];
    const above = a.v1.accounts.$select(people.ann.id).statuses.list({ limit: 3, minId: said[6] }).setDirection("prev");
    for await (const page of above) {
      if (page.length === 0) break;
      up = [...ids(page), ...up];
    }
    assert.deepEqual(up, said.slice(0, 6));
  },

  async moderation() {
    const [desk, b] = [rest(people.mod.token), rest(people.ben.token)];
    const account = desk.v1.admin.accounts.$select(people.ann.id);
    assert.equal((await account.fetch()).id, people.ann.id);
    assert.ok(ids(await desk.v1.admin.accounts.list()).includes(people.ann.id));
    assert.deepEqual(ids(await desk.v2.admin.accounts.list({ username: people.ann.name })), [people.ann.id]);
    for (const [type, mark, lift] of [
      ["disable", "disabled", "enable"], ["suspend", "suspended", "unsuspend"],
      ["silence", "silenced", "unsilence"], ["sensitive", "sensitized", "unsensitive"],
    ]) {
      await account.action.create({ type, text: "Rule 1" });
      assert.equal((await account.fetch())[mark], true);
      assert.equal((await account[lift]())[mark], false);
    }
    await b.v1.reports.create({ accountId: people.ann.id });
    const found = (await desk.v1.admin.reports.list()).find((one) => one.targetAccount.id === people.ann.id);
    const report = desk.v1.admin.reports.$select(found.id);
    assert.equal((await report.fetch()).account.id, people.ben.id);
    assert.equal((await report.assignToSelf()).assignedAccount.id, people.mod.id);
    assert.equal((await report.unassign()).assignedAccount, null);
    assert.equal((await report.update({ category: "spam" })).category, "spam");
    assert.equal((await report.resolve()).actionTaken, true);
    assert.equal((await report.reopen()).actionTaken, false);
  },

  async live() {
    const [a, b] = [rest(people.ann.token), rest(people.ben.token)];
    await b.v1.accounts.$select(people.ann.id).follow();
    const { configuration } = await a.v2.instance.fetch();
    const streams = createStreamingAPIClient({
      streamingApiUrl: configuration.urls.streaming, accessToken: people.ben.token, implementation: WebSocket,
    });
    const heard = streams.user.subscribe().values();
    const first = heard.next();
    // Whether the subscription has arrived is seen by what it hears: posts follow until one is heard.
    let said = null;
    const begun = first.then(() => true);
    do said = await a.v1.statuses.create({ status: "is anybody here?" });
    while (!(await Promise.race([begun, new Promise((done) => setTimeout(done, 300, false))])));
    const mark = await a.v1.statuses.create({ status: "heard at once" });
    let event = (await first).value;
    const seen = [];
    while (event.payload.id !== mark.id) {
      seen.push(event.event);
      event = (await heard.next()).value;
    }
    assert.ok(seen.every((one) => one === "update"));
    assert.equal(event.payload.account.id, people.ann.id);
    await a.v1.statuses.$select(mark.id).update({ status: "changed" });
    event = (await heard.next()).value;
    assert.deepEqual([event.event, event.payload.id], ["status.update", mark.id]);
    await a.v1.statuses.$select(mark.id).remove();
    event = (await heard.next()).value;
    assert.deepEqual([event.event, event.payload], ["delete", mark.id]);
    streams.close();
  },
};

await scenes[scene]();
console.log("done");
process.exit(0);
