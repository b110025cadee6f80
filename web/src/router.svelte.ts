/**
 * Addresses and history. Each tab keeps the place where the person left it; the browser's back gesture walks the
 * way that was really taken. A path belongs to the tab that its first segment names.
 */
import { beforeCovering, uncover } from "./ui/covers";

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
  /** Whether this is not a place of its own, but the same again, so that back does not leave the app: `#guard`. */
  #guarded: boolean = history.state?.guard === true;
  /** Where to go once the guard is left. */
  #then: string | undefined;

  constructor() {
    addEventListener("popstate", () => this.#moved());
    beforeCovering(() => this.#guard());
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
    if (this.#guarded && options.replace) {
      this.#then = to;
      history.back();
      return;
    }
    const depth = (history.state?.depth ?? 0) + (options.replace || this.#guarded ? 0 : 1);
    if (options.replace || this.#guarded) history.replaceState({ depth }, "", to);
    else history.pushState({ depth }, "", to);
    this.#guarded = false;
    this.#arrive();
  }

  // Where the app was opened nothing of it lies behind: back would leave it, instead of closing what lies over it.
  #guard(): void {
    if ((history.state?.depth ?? 0) > 0) return;
    this.#depth = 1;
    this.#guarded = true;
    history.pushState({ depth: 1, guard: true }, "", location.href);
  }

  /** Go where the person came from; to `parent` when the app was opened right here. */
  back(parent: string): void {
    if ((history.state?.depth ?? 0) > 0 && !this.#guarded) history.back();
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
    } else {
      const then = this.#then;
      const isLeft = this.#guarded && depth < this.#depth;
      this.#then = undefined;
      this.#guarded = history.state?.guard === true;
      this.#arrive();
      if (then) this.go(then, { replace: true });
      // Back was meant for the place, of which this is the other half.
      else if (isLeft) history.back();
    }
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
