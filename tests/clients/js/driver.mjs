// Hosts matrix-js-sdk clients for the tests. It owns no assertion and no server knowledge: each line on stdin
// is a call {id, client, verb, args}, each line on stdout its outcome {id, result} or {id, error}. What a person
// would see is read from the SDK's own model, never from the wire.
import { webcrypto } from "node:crypto";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { cryptoVerbs } from "./crypto.mjs";
import { mediaVerbs } from "./media.mjs";

// The SDK logs to the console; stdout belongs to the conversation with the test.
console.log = console.info = console.debug = console.trace = () => {};

// COMPAT(matrix-js-sdk, 43): it is written for Node 22, Debian ships 18 and 20; these are all it misses there.
globalThis.crypto ??= webcrypto;
Promise.withResolvers ??= function withResolvers() {
    const parts = {};
    parts.promise = new this((resolve, reject) => Object.assign(parts, { resolve, reject }));
    return parts;
};

const [libraryPath, baseUrl] = process.argv.slice(2);
const sdk = await import(pathToFileURL(libraryPath).href);
const cryptoApi = await import(new URL("./crypto-api/index.js", pathToFileURL(libraryPath)).href);
const { SlidingSync } = await import(new URL("./sliding-sync.js", pathToFileURL(libraryPath)).href);
const { ClientEvent, EventType, MsgType, NotificationCountType, RelationType, SyncState } = sdk;

const clients = new Map();
// By client: the secret storage key that its user has typed in.
const secrets = new Map();

function signedIn(name) {
    const client = clients.get(name);
    if (!client) throw new Error(`${name} is not signed in`);
    return client;
}

function slidingSyncOf(client, timelineLimit) {
    const wanted = {
        timeline_limit: timelineLimit,
        required_state: [
            ["*", "*"],
            [EventType.RoomMember, "$LAZY"],
            [EventType.RoomMember, "$ME"],
        ],
    };
    const lists = new Map([["all_rooms", { ranges: [[0, 19]], ...wanted }]]);
    return new SlidingSync(baseUrl, lists, wanted, client, 20_000);
}

function roomOf(client, roomId) {
    const room = client.getRoom(roomId);
    if (!room) throw new Error(`the SDK does not know the room ${roomId}`);
    return room;
}

function shownEvent(room, event) {
    const reactions = {};
    const annotations = room.relations.getChildEventsForEvent(
        event.getId(),
        RelationType.Annotation,
        EventType.Reaction,
    );
    for (const [key, senders] of annotations?.getSortedAnnotationsByKey() ?? []) {
        const standing = [...senders].filter((reaction) => !reaction.isRedacted());
        if (standing.length > 0) reactions[key] = standing.length;
    }
    return {
        event_id: event.getId(),
        sender: event.sender?.name ?? event.getSender(),
        body: event.getContent().body ?? null,
        edited: event.replacingEvent() !== null,
        redacted: event.isRedacted(),
        reactions,
        thread_root: event.threadRootId && event.threadRootId !== event.getId() ? event.threadRootId : null,
    };
}

// After a gap the SDK keeps history in several timelines, joined where they are known to touch.
function firstTimeline(timeline) {
    const earlier = timeline.getNeighbouringTimeline("b");
    return earlier ? firstTimeline(earlier) : timeline;
}

function bodiesFrom(timeline) {
    const messages = timeline.getEvents().filter((event) => event.getType() === EventType.RoomMessage);
    const later = timeline.getNeighbouringTimeline("f");
    return [...messages.map((event) => event.getContent().body), ...(later ? bodiesFrom(later) : [])];
}

const verbs = {
    // Registers as an app does: asks, is told the flows by a 401, and answers with the one that needs nothing.
    async register(name, { localpart, password }) {
        const stranger = sdk.createClient({ baseUrl });
        const wanted = { username: localpart, password, inhibit_login: true };
        const challenge = await stranger.registerRequest(wanted).then(
            () => {
                throw new Error("registered without user-interactive authentication");
            },
            (refusal) => refusal,
        );
        if (challenge.httpStatus !== 401) throw challenge;
        const { flows, session } = challenge.data;
        if (!flows.some(({ stages }) => stages.length === 1 && stages[0] === "m.login.dummy")) {
            throw new Error(`no flow of m.login.dummy alone: ${JSON.stringify(flows)}`);
        }
        const got = await stranger.registerRequest({ ...wanted, auth: { type: "m.login.dummy", session } });
        return { user_id: got.user_id };
    },

    async log_in(name, { localpart, password }) {
        const stranger = sdk.createClient({ baseUrl });
        const { flows } = await stranger.loginFlows();
        if (!flows.some(({ type }) => type === "m.login.password")) throw new Error("no password login offered");
        const got = await stranger.loginRequest({
            type: "m.login.password",
            identifier: { type: "m.id.user", user: localpart },
            password,
            initial_device_display_name: "matrix-js-sdk in a test",
        });
        const client = sdk.createClient({
            baseUrl,
            userId: got.user_id,
            accessToken: got.access_token,
            deviceId: got.device_id,
            timelineSupport: true,
            cryptoCallbacks: {
                cacheSecretStorageKey: (keyId, info, key) => secrets.set(name, key),
                getSecretStorageKey: async ({ keys }) => [Object.keys(keys)[0], secrets.get(name)],
            },
        });
        clients.set(name, client);
        return got;
    },

    ...cryptoVerbs(sdk, cryptoApi, signedIn, secrets),
    ...mediaVerbs(signedIn, roomOf),

    // Starts syncing with the options Element Web uses.
    // With `sliding` the lists of rooms come as an app asks for them that shows the newest rooms first.
    async start(name, { initial_sync_limit: initialSyncLimit, sliding }) {
        const client = signedIn(name);
        const prepared = new Promise((resolve, reject) => {
            client.on(ClientEvent.Sync, (state, _, data) => {
                if (state === SyncState.Prepared) resolve();
                if (state === SyncState.Error) reject(data?.error ?? new Error("sync failed"));
            });
        });
        await client.startClient({
            slidingSync: sliding ? slidingSyncOf(client, initialSyncLimit) : undefined,
            initialSyncLimit,
            lazyLoadMembers: true,
            threadSupport: true,
            pendingEventOrdering: "detached",
        });
        await prepared;
        return null;
    },

    async set_display_name(name, { display_name: displayName }) {
        await signedIn(name).setDisplayName(displayName);
        return null;
    },

    async create_room(name, { room_name: roomName }) {
        const { room_id } = await signedIn(name).createRoom({ name: roomName, preset: "private_chat" });
        return room_id;
    },

    async invite(name, { room_id: roomId, user_id: userId }) {
        await signedIn(name).invite(roomId, userId);
        return null;
    },

    async membership(name, { room_id: roomId }) {
        return signedIn(name).getRoom(roomId)?.getMyMembership() ?? null;
    },

    async is_joined(name, { room_id: roomId, user_id: userId }) {
        return signedIn(name).getRoom(roomId)?.getMember(userId)?.membership === "join";
    },

    async room_name(name, { room_id: roomId }) {
        return signedIn(name).getRoom(roomId)?.name ?? null;
    },

    async join(name, { room_id: roomId }) {
        return (await signedIn(name).joinRoom(roomId)).roomId;
    },

    async send_text(name, { room_id: roomId, body }) {
        return (await signedIn(name).sendTextMessage(roomId, body)).event_id;
    },

    async edit_text(name, { room_id: roomId, event_id: eventId, body }) {
        const sent = await signedIn(name).sendMessage(roomId, {
            "msgtype": MsgType.Text,
            "body": `* ${body}`,
            "m.new_content": { msgtype: MsgType.Text, body },
            "m.relates_to": { rel_type: RelationType.Replace, event_id: eventId },
        });
        return sent.event_id;
    },

    async react(name, { room_id: roomId, event_id: eventId, key }) {
        const sent = await signedIn(name).sendEvent(roomId, EventType.Reaction, {
            "m.relates_to": { rel_type: RelationType.Annotation, event_id: eventId, key },
        });
        return sent.event_id;
    },

    async redact(name, { room_id: roomId, event_id: eventId }) {
        return (await signedIn(name).redactEvent(roomId, eventId)).event_id;
    },

    async reply_in_thread(name, { room_id: roomId, root_id: rootId, body }) {
        const sent = await signedIn(name).sendMessage(roomId, rootId, { msgtype: MsgType.Text, body });
        return sent.event_id;
    },

    async shown(name, { room_id: roomId, event_id: eventId }) {
        const room = signedIn(name).getRoom(roomId);
        const event = room?.findEventById(eventId);
        return event ? shownEvent(room, event) : null;
    },

    async thread_replies(name, { room_id: roomId, root_id: rootId }) {
        const room = roomOf(signedIn(name), roomId);
        // Not `thread.length`: the SDK adds live replies to a count the server has just told it. Now and then it also
        // holds its own reply twice, as sent and as read from the server.
        const events = room.getThread(rootId)?.events ?? [];
        const arrived = events.filter((event) => event.getId() !== rootId && event.status === null);
        const replies = [...new Map(arrived.map((event) => [event.getId(), event])).values()];
        return { count: replies.length, last: replies.at(-1)?.getContent().body ?? null };
    },

    // Pages back to the room's beginning and returns the bodies of all messages, oldest first.
    async page_back(name, { room_id: roomId, limit }) {
        const client = signedIn(name);
        const live = roomOf(client, roomId).getLiveTimeline();
        let pages = 0;
        while (await client.paginateEventTimeline(firstTimeline(live), { backwards: true, limit })) {
            if (++pages > 100) throw new Error("the history does not end");
        }
        return bodiesFrom(firstTimeline(live));
    },

    // Opens the history around an old event, as a link to it does, and pages both ways until both ends are met.
    async jump_to(name, { room_id: roomId, event_id: eventId, limit }) {
        const client = signedIn(name);
        const timelines = roomOf(client, roomId).getUnfilteredTimelineSet();
        const around = await client.getEventTimeline(timelines, eventId);
        for (const backwards of [true, false]) {
            for (let pages = 0; pages <= 100; pages++) {
                if (!(await client.paginateEventTimeline(around, { backwards, limit }))) break;
            }
        }
        return bodiesFrom(firstTimeline(around));
    },

    // Opens the thread panel: the roots that the server lists, with the reply each shows last.
    async list_threads(name, { room_id: roomId, mine }) {
        const room = roomOf(signedIn(name), roomId);
        await room.createThreadsTimelineSets();
        await room.fetchRoomThreads();
        const roots = room.threadsTimelineSets[mine ? 1 : 0].getLiveTimeline().getEvents();
        return roots.map((root) => [root.getContent().body, root.getThread()?.replyToEvent?.getContent().body]);
    },

    // The lid is closed: the app stops syncing but keeps what it knows.
    async sleep(name) {
        signedIn(name).stopClient();
        return null;
    },

    async wake(name) {
        const client = signedIn(name);
        const synced = new Promise((resolve) => {
            client.on(ClientEvent.Sync, (state) => state === SyncState.Syncing && resolve());
        });
        await client.startClient({ lazyLoadMembers: true, threadSupport: true, pendingEventOrdering: "detached" });
        await synced;
        return null;
    },

    async mark_read(name, { room_id: roomId, event_id: eventId }) {
        const client = signedIn(name);
        const event = roomOf(client, roomId).findEventById(eventId);
        await client.setRoomReadMarkers(roomId, eventId, event);
        return null;
    },

    async unread(name, { room_id: roomId }) {
        return roomOf(signedIn(name), roomId).getUnreadNotificationCount(NotificationCountType.Total);
    },

    async has_read(name, { room_id: roomId, user_id: userId, event_id: eventId }) {
        return roomOf(signedIn(name), roomId).hasUserReadEvent(userId, eventId);
    },

    async search(name, { words }) {
        const found = await signedIn(name).searchRoomEvents({ term: words });
        return found.results.map((result) => result.context.getEvent().getContent().body);
    },

    async log_out(name) {
        const client = signedIn(name);
        await client.logout(true);
        clients.delete(name);
        return null;
    },

    async close(name) {
        clients.get(name)?.stopClient();
        clients.delete(name);
        return null;
    },
};

async function obey({ id, client, verb, args }) {
    try {
        if (!Object.hasOwn(verbs, verb)) throw new Error(`unknown verb ${verb}`);
        return { id, result: (await verbs[verb](client, args)) ?? null };
    } catch (error) {
        return { id, error: error?.stack ?? String(error), status: error?.httpStatus, errcode: error?.errcode };
    }
}

createInterface({ input: process.stdin })
    .on("line", async (line) => {
        process.stdout.write(`${JSON.stringify(await obey(JSON.parse(line)))}\n`);
    })
    .on("close", () => process.exit(0));
