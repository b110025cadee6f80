// The verbs of files: sent as apps send them, encrypted ones as the specification describes ("Sending encrypted
// attachments"), and fetched with the access token in the header, as Element's service worker does.
import { webcrypto } from "node:crypto";

const unpadded = (bytes) => Buffer.from(bytes).toString("base64").replace(/=+$/, "");

async function seal(bytes) {
    const iv = new Uint8Array(16);
    webcrypto.getRandomValues(iv.subarray(0, 8));
    const key = await webcrypto.subtle.generateKey({ name: "AES-CTR", length: 256 }, true, ["encrypt", "decrypt"]);
    const sealed = await webcrypto.subtle.encrypt({ name: "AES-CTR", counter: iv, length: 64 }, key, bytes);
    const hash = await webcrypto.subtle.digest("SHA-256", sealed);
    const file = {
        v: "v2",
        key: await webcrypto.subtle.exportKey("jwk", key),
        iv: unpadded(iv),
        hashes: { sha256: unpadded(hash) },
    };
    return { sealed, file };
}

async function unseal(sealed, file) {
    const hash = unpadded(await webcrypto.subtle.digest("SHA-256", sealed));
    if (hash !== file.hashes.sha256.replace(/=+$/, "")) throw new Error("the file is not the one that was sent");
    const key = await webcrypto.subtle.importKey("jwk", file.key, { name: "AES-CTR" }, false, ["decrypt"]);
    const counter = Buffer.from(file.iv, "base64");
    return webcrypto.subtle.decrypt({ name: "AES-CTR", counter, length: 64 }, key, sealed);
}

export function mediaVerbs(signedIn, roomOf) {
    return {
        async send_file(name, { room_id: roomId, msgtype, file_name: fileName, mimetype, data, encrypted }) {
            const client = signedIn(name);
            const bytes = Buffer.from(data, "base64");
            const content = { msgtype, body: fileName, info: { mimetype, size: bytes.length } };
            if (encrypted) {
                const { sealed, file } = await seal(bytes);
                const blob = new Blob([sealed], { type: "application/octet-stream" });
                const { content_uri: url } = await client.uploadContent(blob, { includeFilename: false });
                content.file = { ...file, url };
            } else {
                const blob = new Blob([bytes], { type: mimetype });
                content.url = (await client.uploadContent(blob, { name: fileName, type: mimetype })).content_uri;
            }
            return (await client.sendEvent(roomId, "m.room.message", content)).event_id;
        },

        // Null until the event is in the model.
        async received_file(name, { room_id: roomId, event_id: eventId }) {
            const client = signedIn(name);
            const event = roomOf(client, roomId).findEventById(eventId);
            if (!event) return null;
            const content = event.getContent();
            const url = client.mxcUrlToHttp(
                content.file?.url ?? content.url, undefined, undefined, undefined, false, true, true,
            );
            const headers = { Authorization: `Bearer ${client.getAccessToken()}` };
            const answer = await fetch(url, { headers });
            if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
            let bytes = await answer.arrayBuffer();
            if (content.file) bytes = await unseal(bytes, content.file);
            return {
                msgtype: content.msgtype,
                file_name: content.body,
                mimetype: content.info.mimetype,
                data: Buffer.from(bytes).toString("base64"),
            };
        },
    };
}
