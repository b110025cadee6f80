/** A long press on a touch screen, or the right button of a mouse: both ask for a menu. */
import type { Attachment } from "svelte/attachments";

const HOLD_MS = 450;
const SLOP_PX = 10;

export function press(onmenu: (x: number, y: number) => void): Attachment<HTMLElement> {
  return (element) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let from = { x: 0, y: 0 };
    let fired = false;
    const stop = (): void => clearTimeout(timer);
    const down = (event: PointerEvent): void => {
      fired = false;
      if (event.pointerType === "mouse") return;
      from = { x: event.clientX, y: event.clientY };
      timer = setTimeout(() => {
        fired = true;
        navigator.vibrate?.(10);
        onmenu(from.x, from.y);
      }, HOLD_MS);
    };
    const move = (event: PointerEvent): void => {
      if (Math.hypot(event.clientX - from.x, event.clientY - from.y) > SLOP_PX) stop();
    };
    const menu = (event: MouseEvent): void => {
      event.preventDefault();
      if (!fired) onmenu(event.clientX, event.clientY);
    };
    const click = (event: MouseEvent): void => {
      if (!fired) return;
      event.preventDefault();
      event.stopPropagation();
      fired = false;
    };
    element.addEventListener("pointerdown", down);
    element.addEventListener("pointermove", move);
    for (const name of ["pointerup", "pointercancel", "pointerleave"] as const)
      element.addEventListener(name, stop);
    element.addEventListener("contextmenu", menu);
    element.addEventListener("click", click, true);
    return () => {
      stop();
      element.removeEventListener("pointerdown", down);
      element.removeEventListener("pointermove", move);
      for (const name of ["pointerup", "pointercancel", "pointerleave"] as const)
        element.removeEventListener(name, stop);
      element.removeEventListener("contextmenu", menu);
      element.removeEventListener("click", click, true);
    };
  };
}
