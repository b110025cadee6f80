/** The words of the Discover tab. They are loaded with its screens, not with the first list of chats. */
import { settings } from "../core/store/settings.svelte";
import { discover as en } from "./en/discover";
import { discover as zh } from "./zh/discover";

export const words = {
  get t(): typeof en {
    return settings.language === "zh" ? zh : en;
  },
};
