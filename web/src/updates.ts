/** Registers the service worker, and offers a new version when one is installed. */
import { i18n } from "./i18n";
import { overlay } from "./ui/overlay.svelte";

// Only this script's address may become a worker: the page's policy lets no other string through.
const policy = window.trustedTypes?.createPolicy("teahouse", {
  createScriptURL: (url: string) => {
    if (url !== "/sw.js") throw new TypeError("not a script of this app");
    return url;
  },
});

let following = false;

export function followUpdates(): void {
  if (following || !import.meta.env.PROD || !navigator.serviceWorker) return;
  following = true;
  const url = (policy?.createScriptURL("/sw.js") ?? "/sw.js") as string;
  let reloading = false;
  let hadOne = navigator.serviceWorker.controller !== null;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (hadOne && !reloading) {
      reloading = true;
      location.reload();
    }
    hadOne = true;
  });
  void navigator.serviceWorker.register(url, { updateViaCache: "none" }).then((registration) => {
    const offer = (): void => {
      const waiting = registration.waiting;
      if (!waiting || !navigator.serviceWorker.controller) return;
      overlay.note(i18n.t.shell.updateReady, {
        label: i18n.t.shell.update,
        run: () => waiting.postMessage({ type: "activate" }),
      });
    };
    offer();
    registration.addEventListener("updatefound", () => {
      const fresh = registration.installing;
      fresh?.addEventListener("statechange", () => fresh.state === "installed" && offer());
    });
    setInterval(() => void registration.update().catch(() => {}), 60 * 60_000);
  });
}
