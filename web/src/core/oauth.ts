/** Signing in on the server's own pages: an authorisation code with PKCE, in this tab, back to this origin. */
import { ApiError, request, type Session } from "./api";

const KEPT = "teahouse.oauth";
const SCOPES = ["urn:matrix:client:api:*", "read", "write", "follow", "push", "profile"];

interface Metadata {
  issuer: string;
  authorization_endpoint: string;
  token_endpoint: string;
  registration_endpoint: string;
  account_management_uri?: string;
}

interface Begun {
  state: string;
  verifier: string;
  clientId: string;
  place: string;
}

const metadata = (): Promise<Metadata> => request<Metadata>("GET", "/_matrix/client/v1/auth_metadata");

// Everything is on our own server; it may only have been opened by another of its names.
const path = (address: string): string => new URL(address).pathname;
const redirect = (): string => `${location.origin}/signed-in`;

/** Leave for the server's pages. They come back to `/signed-in`. */
export async function begin(creating: boolean): Promise<void> {
  const server = await metadata();
  const clientId = await register(path(server.registration_endpoint));
  const place = location.pathname + location.search;
  const begun: Begun = { state: random(), verifier: random(), clientId, place };
  sessionStorage.setItem(KEPT, JSON.stringify(begun));
  const query = new URLSearchParams({
    response_type: "code",
    response_mode: "query",
    client_id: clientId,
    redirect_uri: redirect(),
    scope: [...SCOPES, `urn:matrix:client:device:${random().slice(0, 12)}`].join(" "),
    state: begun.state,
    code_challenge: await challenge(begun.verifier),
    code_challenge_method: "S256",
    ...(creating ? { prompt: "create" } : {}),
  });
  location.assign(`${path(server.authorization_endpoint)}?${query}`);
}

/** Change what the pages answered into a session, and give where in the app it was begun. Throws ApiError with the code `DENIED` when the person said no. */
export async function finish(answer: URLSearchParams): Promise<[Session, place: string]> {
  const begun = JSON.parse(sessionStorage.getItem(KEPT) ?? "{}") as Partial<Begun>;
  sessionStorage.removeItem(KEPT);
  if (answer.get("error")) throw new ApiError(403, "DENIED", answer.get("error_description") ?? "");
  const server = await metadata();
  const issuer = answer.get("iss");
  if (!begun.state || answer.get("state") !== begun.state || (issuer && issuer !== server.issuer))
    throw new ApiError(400, "NOT_BEGUN", "");
  const got = await request<{ access_token: string; refresh_token?: string; expires_in?: number }>(
    "POST",
    path(server.token_endpoint),
    new URLSearchParams({
      grant_type: "authorization_code",
      code: answer.get("code") ?? "",
      redirect_uri: redirect(),
      client_id: begun.clientId ?? "",
      code_verifier: begun.verifier ?? "",
    }),
  );
  const expiresAt = got.expires_in === undefined ? undefined : Date.now() + got.expires_in * 1000;
  const who = await request<{ user_id: string; device_id: string }>(
    "GET",
    "/_matrix/client/v3/account/whoami",
    undefined,
    got.access_token,
  );
  const session: Session = {
    userId: who.user_id,
    deviceId: who.device_id,
    accessToken: got.access_token,
    refreshToken: got.refresh_token,
    expiresAt,
    clientId: begun.clientId,
  };
  return [session, begun.place ?? "/"];
}

/** The server's pages about one's own account, at one of its actions. */
export async function accountPage(action: string): Promise<string> {
  const { account_management_uri: address } = await metadata();
  return `${path(address ?? `${location.origin}/account`)}?action=${action}`;
}

// Each sign-in registers anew: an app that the server has forgotten would be a dead end, and it forgets the unused ones.
async function register(endpoint: string): Promise<string> {
  const plain = location.protocol === "http:";
  const address = new URL(redirect());
  // On the own machine the port does not count, and is not registered.
  if (plain) address.port = "";
  const { client_id } = await request<{ client_id: string }>("POST", endpoint, {
    client_name: "Teahouse",
    client_uri: `https://${location.hostname}`,
    redirect_uris: [address.href],
    application_type: plain ? "native" : "web",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
  });
  return client_id;
}

function random(): string {
  return base64(crypto.getRandomValues(new Uint8Array(32)));
}

async function challenge(verifier: string): Promise<string> {
  return base64(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
