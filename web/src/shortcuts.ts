/** The keys that work on every screen. Those of one screen stand with it; `screens/KeySheet.svelte` lists all. */
import { match, router } from "./router.svelte";
import { type ScreenSpec, tabs } from "./screens";

export interface Shortcuts {
  /** Put the focus into the list of the open tab, on the row of an address when it is there. */
  toList: (address?: string) => void;
  showKeys: () => void;
  markAllRead: () => void;
}

export function shortcut(event: KeyboardEvent, screen: ScreenSpec | undefined, run: Shortcuts): void {
  if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open], :popover-open"))
    return;
  const command = event.ctrlKey || event.metaKey;
  const tab = event.altKey && !command ? tabs[Number(event.key) - 1] : undefined;
  if (command && !event.altKey && event.key.toLowerCase() === "k") router.go("/chats/search");
  else if (tab) {
    router.openTab(tab.id);
    run.toList();
  } else if (event.key === "Escape" && event.shiftKey) run.markAllRead();
  else if (event.key === "Escape") leave(event, screen, run);
  else if (event.key === "?" && !isField(event.target)) run.showKeys();
  else return;
  event.preventDefault();
}

// Words in a field are not thrown away by one press: it first leaves the field.
function leave(event: KeyboardEvent, screen: ScreenSpec | undefined, run: Shortcuts): void {
  if (isField(event.target) && event.target.value !== "") event.target.blur();
  // There is no row for a post or a person to return to: the way back is the way that was taken.
  else if (screen && router.place.tab === "discover") router.back("/discover");
  else if (screen) {
    const { path } = router.place;
    router.go(parentOf(screen));
    run.toList(path);
  }
}

/** Where a screen is closed to: the one it stands beside, or the root of its tab. */
function parentOf(screen: ScreenSpec): string {
  const { path, tab } = router.place;
  if (!screen.beside) return `/${tab}`;
  const params = match(screen.pattern, path) ?? {};
  return screen.beside.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
}

function isField(target: EventTarget | null): target is HTMLInputElement | HTMLTextAreaElement {
  if (target instanceof HTMLTextAreaElement) return true;
  return (
    target instanceof HTMLInputElement &&
    !["checkbox", "radio", "range", "file", "button"].includes(target.type)
  );
}
