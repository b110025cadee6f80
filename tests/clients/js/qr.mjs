// Signs a new device in by a QR code that another one shows, both with matrix-js-sdk: prints the address to open in
// a browser, waits for a line on stdin when the person has allowed it, and prints what both devices then know. It
// owns no assertion.
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

const [libraryPath, baseUrl, userId, deviceId, accessToken] = process.argv.slice(2);
const library = pathToFileURL(libraryPath);
const sdk = await import(library.href);
const { OAuth2 } = await import(new URL("./oauth/index.js", library).href);
const meeting = await import(new URL("./rendezvous/index.js", library).href);
const wasm = await import(new URL("../../@matrix-org/matrix-sdk-crypto-wasm/node.mjs", library).href);
const say = (told) => process.stdout.write(JSON.stringify(told) + "\n");

async function started(options) {
    const client = sdk.createClient({ baseUrl, ...options });
    await client.initRustCrypto({ useIndexedDB: false });
    await client.startClient({ initialSyncLimit: 1 });
    return client;
}

// The device that is signed in already: it has the person's keys and a backup.
const old = await started({ userId, deviceId, accessToken });
await old.getCrypto().bootstrapCrossSigning({
    authUploadDeviceSigningKeys: async (send) => void (await send(null)),
});
await old.getCrypto().resetKeyBackup();

// It shows a code.
const shown = new meeting.MSC4108RendezvousSession({ client: old });
await shown.send("");
const showing = new meeting.MSC4108SignInWithQR(new meeting.MSC4108SecureChannel(shown), false, old);
await showing.generateCode();

// The new device reads it.
const code = wasm.QrCodeData.fromBytes(showing.code);
const scanned = new meeting.MSC4108RendezvousSession({ url: code.rendezvousUrl });
const scanning = new meeting.MSC4108SignInWithQR(new meeting.MSC4108SecureChannel(scanned, code.publicKey), true);
await Promise.all([showing.negotiateProtocols(), scanning.negotiateProtocols()]);
const checks = [showing.checkCode, scanning.checkCode];

// The new device asks to be let in, the old one leads its person to the page for that.
const metadata = await sdk.createClient({ baseUrl }).getAuthMetadata();
const clientId = await OAuth2.registerClient(metadata, {
    client_name: "New phone",
    client_uri: "https://app.example/",
    redirect_uris: ["https://app.example/callback"],
});
const newDeviceId = "SCANNED1234";
const [, { verificationUri }] = await Promise.all([
    scanning.deviceAuthorizationGrant({ metadata, clientId, deviceId: newDeviceId }),
    showing.deviceAuthorizationGrant(),
]);
say({ open: verificationUri, checks });

for await (const _ of createInterface({ input: process.stdin })) {
    const shared = showing.shareSecrets();
    const tokens = await scanning.completeLoginOnNewDevice({ clientId });
    const fresh = await started({ userId, deviceId: newDeviceId, accessToken: tokens.access_token });
    const { secrets } = await scanning.shareSecrets();
    await shared; console.error("E");
    await fresh.getCrypto().importSecretsBundle(secrets);
    const status = await fresh.getCrypto().getCrossSigningStatus();
    say({
        who: await fresh.whoami(),
        isMasterKeyHere: status.privateKeysCachedLocally.masterKey,
        isBackupKeyHere: (await fresh.getCrypto().getSessionBackupPrivateKey()) !== null,
    });
    await scanned.close();
    const ended = await fetch(scanned.url);
    say({ status: ended.status });
    break;
}
process.exit(0);
