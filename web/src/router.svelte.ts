/**
 * Addresses and history. Each tab keeps the place where the person left it; the browser's back gesture walks the
 * way that was really taken. A path belongs to the tab that its first segment names.
 */
import { uncover } from "./ui/covers";

export interface Place {
  path: string;
  query: URLSearchParams;
  tab: string;
}

/** Give the screen behind the public address of a person, a post or a topic; any other path as it is. */
export function screenOf(path: string): string {
  const found = /^\/(?:(@[^/]+)(?:\/(\d+))?|tags\/([^/]+))$/.exec(path);
  if (!found) return path;
  const [, person, post, tag] = found;
  return `/discover/${post ? `post/${post}` : (person ?? `tags/${tag}`)}`;
}

function here(): Place {
  // The server's sign-in pages lead to the second of these.
  const path = ["/", "/signed-in"].includes(location.pathname)
    ? "/chats"
    : screenOf(location.pathname.replace(/\/+$/, ""));
  return { path, query: new URLSearchParams(location.search), tab: path.split("/")[1] ?? "chats" };
}

class Router {
  place = $state.raw<Place>(here());
  #left = new Map<string, string>();
  #depth: number = history.state?.depth ?? 0;
  #returning = false;

  constructor() {
    addEventListener("popstate", () => this.#moved());
    // A link inside the app changes the place without loading the page anew.
    document.addEventListener("click", (event) => {
      if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey)
        return;
      const link = (event.target as Element | null)?.closest?.("a");
      if (!link || link.target || link.origin !== location.origin || link.hasAttribute("download")) return;
      event.preventDefault();
      this.go(link.pathname + link.search);
    });
  }

  go(to: string, options: { replace?: boolean } = {}): void {
    if (to === location.pathname + location.search) return;
    const depth = (history.state?.depth ?? 0) + (options.replace ? 0 : 1);
    if (options.replace) history.replaceState({ depth }, "", to);
    else history.pushState({ depth }, "", to);
    this.#arrive();
  }

  /** Go where the person came from; to `parent` when the app was opened right here. */
  back(parent: string): void {
    if ((history.state?.depth ?? 0) > 0) history.back();
    else this.go(parent, { replace: true });
  }

  /** Open a tab where it was left; its root when it is open already. */
  openTab(tab: string): void {
    this.go(this.place.tab === tab ? `/${tab}` : (this.#left.get(tab) ?? `/${tab}`));
  }

  #moved(): void {
    const depth = history.state?.depth ?? 0;
    if (this.#returning) this.#returning = false;
    else if (depth < this.#depth && uncover()) {
      // Back was meant for what lay over the screen: the screen stays.
      this.#returning = true;
      history.go(this.#depth - depth);
    } else this.#arrive();
  }

  #arrive(): void {
    this.#depth = history.state?.depth ?? 0;
    this.place = here();
    this.#left.set(this.place.tab, location.pathname + location.search);
  }
}

export const router = new Router();

/** Match a path against a pattern such as `/chats/:room/info`; undefined when it is another place. */
export function match(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return undefined;
  const found: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? "";
    if (part.startsWith(":")) {
      try {
        found[part.slice(1)] = decodeURIComponent(value);
      } catch {
        return undefined;
      }
    } else if (part !== value) return undefined;
  }
  return found;
}

/** Put a value into a path. */
export const segment = encodeURIComponent;
