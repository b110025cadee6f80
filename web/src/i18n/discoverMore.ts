/** The words of the microblog's quieter screens, loaded with them. */
import { settings } from "../core/store/settings.svelte";
import { discoverMore as en } from "./en/discoverMore";
import { discoverMore as zh } from "./zh/discoverMore";

export const moreWords = {
  get t(): typeof en {
    return settings.language === "zh" ? zh : en;
  },
};
