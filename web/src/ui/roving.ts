/**
 * Makes a list one stop of the Tab key: inside, the arrows, Home and End move on. The stop is what was reached last,
 * or what is shown beside the list.
 */
import type { Attachment } from "svelte/attachments";

export function roving(selector = "a[href], button:not([disabled])"): Attachment<HTMLElement> {
  return (box) => {
    let last: HTMLElement | undefined;
    const items = (): HTMLElement[] => [...box.querySelectorAll<HTMLElement>(selector)];
    const settle = (): void => {
      const all = items();
      const kept = last && all.includes(last) ? last : undefined;
      const stop = kept ?? all.find((one) => one.ariaCurrent === "true") ?? all[0];
      for (const one of all) {
        const index = one === stop ? "0" : "-1";
        if (one.getAttribute("tabindex") !== index) one.setAttribute("tabindex", index);
      }
    };
    const focused = (event: FocusEvent): void => {
      const one = (event.target as HTMLElement).closest<HTMLElement>(selector);
      if (!one || one === last) return;
      last = one;
      settle();
    };
    const move = (event: KeyboardEvent): void => {
      if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      const all = items();
      const now = all.indexOf(document.activeElement as HTMLElement);
      if (now < 0) return;
      const to = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: all.length - 1 }[event.key];
      const next = to === undefined ? undefined : all[to];
      if (!next) return;
      event.preventDefault();
      next.focus();
    };
    const watcher = new MutationObserver(settle);
    watcher.observe(box, { childList: true, subtree: true });
    box.addEventListener("focusin", focused);
    box.addEventListener("keydown", move);
    settle();
    return () => {
      watcher.disconnect();
      box.removeEventListener("focusin", focused);
      box.removeEventListener("keydown", move);
    };
  };
}
