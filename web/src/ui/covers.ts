/** What lies over the screen: sheets, menus, the viewer. The back gesture takes the topmost away, and nothing else. */
const open: (() => void)[] = [];
let before = (): void => {};

/** Be told before something lies over the screen. */
export function beforeCovering(run: () => void): void {
  before = run;
}

/** Lie over the screen until the answer is called. */
export function cover(close: () => void): () => void {
  before();
  open.push(close);
  return () => {
    const at = open.lastIndexOf(close);
    if (at >= 0) open.splice(at, 1);
  };
}

/** Take the topmost away; false when nothing lies there. */
export function uncover(): boolean {
  const close = open.at(-1);
  close?.();
  return close !== undefined;
}
