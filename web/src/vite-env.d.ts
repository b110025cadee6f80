/// <reference types="svelte" />
/// <reference types="vite/client" />

/** The app's version, from package.json. */
declare const __VERSION__: string;

interface Window {
  /** Absent where the browser has no Trusted Types. */
  readonly trustedTypes?: {
    createPolicy(
      name: string,
      rules: { createScriptURL(url: string): string },
    ): { createScriptURL(url: string): unknown };
  };
}
