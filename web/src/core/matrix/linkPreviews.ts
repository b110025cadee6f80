/** What is behind a link, as the server tells: nobody's browser visits the page. Each link is asked for once. */
import { ClientPrefix, Method } from "matrix-js-sdk";
import { LINKS_KEPT } from "../limits";
import { matrix } from "./client";
import { thumbnail } from "./media";

export interface LinkPreview {
  title: string;
  site: string;
  description?: string;
  picture?: string;
}

const asked = new Map<string, Promise<LinkPreview | undefined>>();

/** Give what a page says of itself; undefined when it says nothing, or the server does not look. */
export function linkPreview(url: string): Promise<LinkPreview | undefined> {
  let found = asked.get(url);
  if (!found) {
    found = ask(url);
    found.catch(() => asked.delete(url));
    asked.set(url, found);
    const [oldest] = asked.keys();
    if (oldest && asked.size > LINKS_KEPT) asked.delete(oldest);
  }
  return found;
}

async function ask(url: string): Promise<LinkPreview | undefined> {
  const path = "/media/preview_url";
  const options = { prefix: ClientPrefix.V1 };
  const told = await matrix().http.authedRequest<Record<string, unknown>>(
    Method.Get,
    path,
    { url },
    undefined,
    options,
  );
  const words = (name: string): string | undefined => {
    const value = told[name];
    return typeof value === "string" && value.trim() ? value.trim().slice(0, 300) : undefined;
  };
  const title = words("og:title");
  if (!title) return undefined;
  const site = words("og:site_name") ?? new URL(url).host.replace(/^www\./, "");
  const picture = thumbnail(told["og:image"], 128);
  return { title, site, description: words("og:description"), picture };
}
