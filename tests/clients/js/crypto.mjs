// The verbs of end-to-end encryption. They press the buttons that an app has, and report what it would show.
import { setTimeout as pause } from "node:timers/promises";

// Far more than a quiet machine needs: after a restart the SDK itself waits up to half a minute between attempts.
const PATIENCE_MS = 150_000;
// COMPAT(matrix-js-sdk, 43): when a key overtakes the answer to one's own, the SDK never shows the emojis.
const GIVES_UP_MS = 20_000;

// Waits for what is named; when it comes not at all, `found` says what is there instead.
async function until(what, condition, found = () => "") {
    const deadline = Date.now() + PATIENCE_MS;
    while (Date.now() < deadline) {
        const found = await condition();
        if (found) return found;
        await pause(20);
    }
    throw new Error(`waited in vain for: ${what}\n${found()}`);
}

export function cryptoVerbs(sdk, cryptoApi, signedIn, secrets) {
    const { EventType } = sdk;

    // By client: the verification that it is in the midst of.
    const comparing = new Map();

    // Goes on until the emojis are on the screen, and returns them; null when it takes so long that one gives up.
    async function showEmojis(name, request, verifier) {
        const shown = new Promise((resolve) => verifier.on(cryptoApi.VerifierEvent.ShowSas, resolve));
        const verified = verifier.verify();
        verified.catch(() => {});
        const sas = verifier.getShowSasCallbacks() ?? (await Promise.race([shown, pause(GIVES_UP_MS, null)]));
        if (sas === null) {
            await request.cancel();
            return null;
        }
        comparing.set(name, { request, verified, sas });
        return sas.sas.emoji.map(([, emoji]) => emoji);
    }

    return {
        // Makes the device's keys, which are published with the first syncs; to be called before `start`.
        async start_encryption(name) {
            await signedIn(name).initRustCrypto({ useIndexedDB: false });
            return null;
        },

        async create_encrypted_room(name, { room_name: roomName, rotates_after: rotatesAfter, is_public: isPublic }) {
            const content = { algorithm: "m.megolm.v1.aes-sha2", rotation_period_msgs: rotatesAfter };
            const { room_id } = await signedIn(name).createRoom({
                name: roomName,
                preset: isPublic ? "public_chat" : "private_chat",
                initial_state: [{ type: EventType.RoomEncryption, state_key: "", content }],
            });
            return room_id;
        },

        // What stands in the room as the SDK could read it: the type after decryption, and the text.
        async decrypted(name, { room_id: roomId, event_id: eventId }) {
            const event = signedIn(name).getRoom(roomId)?.findEventById(eventId);
            if (!event) return null;
            await event.getDecryptionPromise();
            return { encrypted: event.isEncrypted(), type: event.getType(), body: event.getContent().body ?? null };
        },

        // Waits until so many messages of the room can be read, and returns their texts, oldest first. Whoever was
        // away for long has a gap before his newest messages; he scrolls back over it, and on through what he had
        // before, which the SDK keeps as a timeline of its own even when the gap held nothing new.
        async read_all(name, { room_id: roomId, count }) {
            const client = signedIn(name);
            const wholeRoom = client.getRoom(roomId).getUnfilteredTimelineSet();
            let events = [];
            const texts = async () => {
                const window = new sdk.TimelineWindow(client, wholeRoom);
                await window.load(undefined, count);
                const { Backward } = sdk.Direction;
                while (window.canPaginate(Backward) && (await window.paginate(Backward, 100)));
                events = window.getEvents();
                await Promise.all(events.map((event) => event.getDecryptionPromise()));
                return events
                    .filter((event) => event.isEncrypted() && !event.isDecryptionFailure() && !event.status)
                    .filter((event) => event.getType() === EventType.RoomMessage)
                    .map((event) => event.getContent().body);
            };
            const described = () =>
                events
                    .map((event) => [event.getId(), event.status, event.getContent().body].join(" "))
                    .join("\n");
            await until(`${count} messages`, async () => (await texts()).length >= count, described);
            return texts();
        },

        // Sends as an app does whose user presses "retry" until it is sent.
        async send_persistently(name, { room_id: roomId, body }) {
            const client = signedIn(name);
            const room = client.getRoom(roomId);
            try {
                return (await client.sendTextMessage(roomId, body)).event_id;
            } catch (error) {
                if (error.name !== "ConnectionError") throw error;
            }
            for (;;) {
                await pause(50);
                const isIt = (event) => event.getContent().body === body;
                const failed = room.getPendingEvents().find(isIt);
                // Only the answer was lost, and the message came back with a sync meanwhile.
                if (!failed) return room.getLiveTimeline().getEvents().find(isIt).getId();
                try {
                    return (await client.resendEvent(failed, room)).event_id;
                } catch (error) {
                    if (error.name !== "ConnectionError") throw error;
                }
            }
        },

        // The app comes to the front: it does not wait for its next poll.
        async look_again(name) {
            signedIn(name).retryImmediately();
            return null;
        },

        // Sets the account up as Element does after a first sign-in: own keys, secret storage, backup.
        async set_up_recovery(name) {
            const crypto = signedIn(name).getCrypto();
            await crypto.bootstrapCrossSigning({
                authUploadDeviceSigningKeys: async (send) => void (await send(null)),
            });
            const key = await crypto.createRecoveryKeyFromPassphrase();
            await crypto.bootstrapSecretStorage({
                createSecretStorageKey: async () => key,
                setupNewSecretStorage: true,
                setupNewKeyBackup: true,
            });
            return key.encodedPrivateKey;
        },

        // Enters the recovery key on a new device: it signs itself and reads the old keys. Returns how many.
        async recover(name, { recovery_key: recoveryKey }) {
            secrets.set(name, cryptoApi.decodeRecoveryKey(recoveryKey));
            const crypto = signedIn(name).getCrypto();
            await until("own keys", () => crypto.userHasCrossSigningKeys(signedIn(name).getUserId(), true));
            await crypto.bootstrapCrossSigning({});
            await crypto.loadSessionBackupPrivateKeyFromSecretStorage();
            await crypto.checkKeyBackupAndEnable();
            return (await crypto.restoreKeyBackup()).imported;
        },

        // Asks for a verification, of another person in a room or of one's own other device; returns the emojis.
        async verify(name, { user_id: userId, room_id: roomId }) {
            const crypto = signedIn(name).getCrypto();
            const request = roomId
                ? await crypto.requestVerificationDM(userId, roomId)
                : await crypto.requestOwnUserVerification();
            await until("the other side to accept", () => request.phase === cryptoApi.VerificationPhase.Ready);
            return showEmojis(name, request, await request.startVerification("m.sas.v1"));
        },

        // Accepts what `verify` asks on the other side.
        async be_verified(name, { user_id: userId, room_id: roomId }) {
            const crypto = signedIn(name).getCrypto();
            const isNew = (request) => request?.phase === cryptoApi.VerificationPhase.Requested;
            const known = () =>
                roomId
                    ? [crypto.findVerificationRequestDMInProgress(roomId, userId)]
                    : crypto.getVerificationRequestsToDeviceInProgress(userId);
            const request = await until("a request", () => known().find(isNew));
            await request.accept();
            const verifier = await until("the other side to start", () => request.verifier);
            return showEmojis(name, request, verifier);
        },

        // Presses "they match", and waits for the other side to do so.
        async emojis_match(name) {
            const { request, verified, sas } = comparing.get(name);
            await sas.confirm();
            await verified;
            await until("the verification to be done", () => request.phase === cryptoApi.VerificationPhase.Done);
            return null;
        },

        // Waits until the app shows the user as verified.
        async sees_verified(name, { user_id: userId }) {
            const crypto = signedIn(name).getCrypto();
            await until(`${userId} to be verified`, async () =>
                (await crypto.getUserVerificationStatus(userId)).isCrossSigningVerified(),
            );
            return null;
        },

        // The devices of a user as this app knows them, and whether their owner signed each.
        async devices(name, { user_id: userId }) {
            const crypto = signedIn(name).getCrypto();
            const known = (await crypto.getUserDeviceInfo([userId], true)).get(userId) ?? new Map();
            const found = {};
            for (const deviceId of known.keys()) {
                const status = await crypto.getDeviceVerificationStatus(userId, deviceId);
                found[deviceId] = status?.signedByOwner ?? false;
            }
            return found;
        },

        // Signs another of one's own devices out, with the password as the server demands.
        async remove_device(name, { device_id: deviceId, password }) {
            const client = signedIn(name);
            try {
                await client.deleteMultipleDevices([deviceId]);
            } catch (error) {
                const identifier = { type: "m.id.user", user: client.getUserId() };
                const auth = { type: "m.login.password", session: error.data.session, identifier, password };
                await client.deleteMultipleDevices([deviceId], auth);
            }
            return null;
        },
    };
}
