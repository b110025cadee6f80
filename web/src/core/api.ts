/** Plain requests to the server, for what must work before the Matrix library is loaded: signing in and up. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly body: Record<string, unknown> = {},
  ) {
    super(message);
  }

  get retryAfterMs(): number {
    return Number(this.body.retry_after_ms ?? 0);
  }
}

/** The operators' own words in the refusal of a locked account; a server of another make has none. */
export const reasonOf = (refusal: Record<string, unknown>): string => {
  const { "org.teahouse.reason": reason } = refusal;
  return typeof reason === "string" ? reason : "";
};

export interface Session {
  userId: string;
  deviceId: string;
  accessToken: string;
  /** Of a sign-in by OAuth: the access token ends at `expiresAt`, and the app `clientId` gets a new pair for this. */
  refreshToken?: string;
  expiresAt?: number;
  clientId?: string;
}

/** Make a request; throws ApiError, with status 0 when the server can't be reached. Forms are sent as what they are. */
export async function request<T>(method: string, path: string, body?: unknown, token?: string): Promise<T> {
  const isForm = body instanceof URLSearchParams || body instanceof FormData;
  const headers: Record<string, string> =
    body === undefined || isForm ? {} : { "Content-Type": "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  let answer: Response;
  try {
    answer = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : isForm ? body : JSON.stringify(body),
    });
  } catch (error) {
    throw new ApiError(0, "OFFLINE", String(error));
  }
  const content = (await answer.json().catch(() => ({}))) as Record<string, unknown>;
  if (!answer.ok) {
    throw new ApiError(
      answer.status,
      // OAuth names its errors in `error`.
      String(content.errcode ?? content.error ?? "M_UNKNOWN"),
      String(content.error ?? ""),
      content,
    );
  }
  return content as T;
}

interface LoginAnswer {
  user_id: string;
  device_id: string;
  access_token: string;
  refresh_token?: string;
}

const asSession = (answer: LoginAnswer): Session => ({
  userId: answer.user_id,
  deviceId: answer.device_id,
  accessToken: answer.access_token,
});

export const deviceName = (): string => {
  const agent = navigator.userAgent;
  const browser = /Edg\//.test(agent)
    ? "Edge"
    : /Firefox\//.test(agent)
      ? "Firefox"
      : /Chrome\//.test(agent)
        ? "Chrome"
        : "Safari";
  const system = /Android/.test(agent)
    ? "Android"
    : /iPhone|iPad/.test(agent)
      ? "iOS"
      : /Mac/.test(agent)
        ? "Mac"
        : /Win/.test(agent)
          ? "Windows"
          : "Linux";
  return `Teahouse · ${browser} · ${system}`;
};

/** Whether the server lets apps ask for passwords; else people sign in on its own pages. */
export async function takesPasswords(): Promise<boolean> {
  try {
    const { flows } = await request<{ flows: { type: string }[] }>("GET", "/_matrix/client/v3/login");
    return flows.some((flow) => flow.type === "m.login.password");
  } catch (error) {
    return !(error instanceof ApiError && error.status === 404);
  }
}

export async function signIn(name: string, password: string): Promise<Session> {
  const body = {
    type: "m.login.password",
    identifier: { type: "m.id.user", user: name },
    password,
    initial_device_display_name: deviceName(),
  };
  return asSession(await request<LoginAnswer>("POST", "/_matrix/client/v3/login", body));
}

/** Make an account. Throws ApiError with the code `TOKEN_NEEDED` when the server wants an invitation code. */
export async function signUp(name: string, password: string, token?: string): Promise<Session> {
  const body: Record<string, unknown> = {
    username: name,
    password,
    initial_device_display_name: deviceName(),
  };
  const path = "/_matrix/client/v3/register";
  try {
    return asSession(await request<LoginAnswer>("POST", path, body));
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401 || !error.body.session) throw error;
    const flows = (error.body.flows ?? []) as { stages: string[] }[];
    const session = error.body.session;
    const open = flows.some((flow) => flow.stages.every((stage) => stage === "m.login.dummy"));
    if (open) {
      return asSession(
        await request<LoginAnswer>("POST", path, { ...body, auth: { type: "m.login.dummy", session } }),
      );
    }
    if (!token) throw new ApiError(401, "TOKEN_NEEDED", "");
    const auth = { type: "m.login.registration_token", token, session };
    try {
      return asSession(await request<LoginAnswer>("POST", path, { ...body, auth }));
    } catch (later) {
      if (!(later instanceof ApiError) || later.status !== 401) throw later;
      const done = (later.body.completed ?? []) as string[];
      if (!done.includes("m.login.registration_token")) throw new ApiError(401, "BAD_TOKEN", "");
      return asSession(
        await request<LoginAnswer>("POST", path, { ...body, auth: { type: "m.login.dummy", session } }),
      );
    }
  }
}
