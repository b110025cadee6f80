/** Requests that the server lets through only with the account's password. */
import { ApiError, request } from "../api";
import { holder } from "../session.svelte";

/** Make such a request. Throws ApiError with the code `WRONG_PASSWORD` when it is not the password. */
export async function confirmed(
  method: string,
  path: string,
  body: Record<string, unknown>,
  password: string,
): Promise<void> {
  await holder.fresh();
  const token = holder.session?.accessToken;
  try {
    await request(method, path, body, token);
  } catch (error) {
    const session = error instanceof ApiError && error.status === 401 ? error.body.session : undefined;
    if (!session) throw error;
    const auth = {
      type: "m.login.password",
      identifier: { type: "m.id.user", user: holder.session?.userId },
      password,
      session,
    };
    await request(method, path, { ...body, auth }, token).catch((refused: unknown) => {
      const wrong = refused instanceof ApiError && (refused.status === 401 || refused.status === 403);
      throw wrong && refused.code !== "M_UNKNOWN_TOKEN" ? new ApiError(403, "WRONG_PASSWORD", "") : refused;
    });
  }
}
