/// <reference types="svelte" />
/// <reference types="vite/client" />

interface Window {
  /** Absent where the browser has no Trusted Types. */
  readonly trustedTypes?: {
    createPolicy(
      name: string,
      rules: { createScriptURL(url: string): string },
    ): { createScriptURL(url: string): unknown };
  };
}
