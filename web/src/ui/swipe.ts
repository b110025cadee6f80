/** A finger that draws something to the side, as far as it takes to mean it. */
import type { Attachment } from "svelte/attachments";

const BEGINS_PX = 12;
const MEANT_PX = 56;
const MOST_PX = 72;
/** Where a phone's own back gesture begins. */
const EDGE_PX = 24;

export function swipe(onmeant: () => void): Attachment<HTMLElement> {
  return (element) => {
    let from: { x: number; y: number } | undefined;
    let by = 0;
    const end = (): void => {
      from = undefined;
      by = 0;
      element.style.translate = "";
    };
    const down = (event: PointerEvent): void => {
      const own = event.target instanceof Element && event.target.closest("pre, [role=slider]");
      if (event.pointerType === "mouse" || own || event.clientX < EDGE_PX) return;
      from = { x: event.clientX, y: event.clientY };
    };
    const move = (event: PointerEvent): void => {
      if (!from) return;
      const [x, y] = [event.clientX - from.x, Math.abs(event.clientY - from.y)];
      // Whoever goes up or down first is scrolling.
      if (by === 0 && y > BEGINS_PX) end();
      if (!from || (by === 0 && x < BEGINS_PX)) return;
      const was = by;
      by = Math.max(1, Math.min(MOST_PX, x - BEGINS_PX));
      if (was < MEANT_PX && by >= MEANT_PX) navigator.vibrate?.(10);
      element.style.translate = `${by}px`;
    };
    const up = (): void => {
      const meant = by >= MEANT_PX;
      end();
      if (meant) onmeant();
    };
    element.addEventListener("pointerdown", down);
    element.addEventListener("pointermove", move);
    element.addEventListener("pointerup", up);
    element.addEventListener("pointercancel", end);
    return () => {
      element.removeEventListener("pointerdown", down);
      element.removeEventListener("pointermove", move);
      element.removeEventListener("pointerup", up);
      element.removeEventListener("pointercancel", end);
    };
  };
}
