// Signs a person in with matrix-js-sdk's own OAuth: prints the address to open in a browser, reads from stdin the
// address to which the server leads back, and prints what came of it. It owns no assertion.
import { webcrypto } from "node:crypto";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

console.log = console.info = console.debug = console.trace = () => {};
globalThis.crypto ??= webcrypto;
Promise.withResolvers ??= function withResolvers() {
    const parts = {};
    parts.promise = new this((resolve, reject) => Object.assign(parts, { resolve, reject }));
    return parts;
};

const [libraryPath, baseUrl, redirectUri] = process.argv.slice(2);
const sdk = await import(pathToFileURL(libraryPath).href);
const { OAuth2 } = await import(new URL("./oauth/index.js", pathToFileURL(libraryPath)).href);
const say = (told) => process.stdout.write(JSON.stringify(told) + "\n");
const whoami = async (accessToken) => {
    try {
        return await sdk.createClient({ baseUrl, accessToken }).whoami();
    } catch (error) {
        return { errcode: error.errcode };
    }
};

const metadata = await sdk.createClient({ baseUrl }).getAuthMetadata();
const clientId = await OAuth2.registerClient(metadata, {
    client_name: "js-sdk",
    client_uri: "https://app.example/",
    redirect_uris: [redirectUri],
});
const oauth = new OAuth2(metadata, { clientId });
say({ open: await oauth.generateAuthorizationCodeGrantUrl("the-state", redirectUri) });

for await (const line of createInterface({ input: process.stdin })) {
    const answer = new URLSearchParams(new URL(line).hash.slice(1));
    const tokens = await oauth.completeAuthorizationCodeGrant(answer.get("code"), redirectUri);
    const first = await whoami(tokens.access_token);
    const fresh = await oauth.performRefreshTokenGrant(tokens.refresh_token);
    const second = await whoami(fresh.access_token);
    await oauth.revokeToken(fresh.access_token, "access_token");
    const last = await whoami(fresh.access_token);
    say({ state: answer.get("state"), deviceId: oauth.context.deviceId, first, second, last });
    break;
}
