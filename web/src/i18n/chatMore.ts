/** The words of what not every chat has, loaded with it. */
import { settings } from "../core/store/settings.svelte";
import { chatMore as en } from "./en/chatMore";
import { chatMore as zh } from "./zh/chatMore";

export const chatWords = {
  get t(): typeof en {
    return settings.language === "zh" ? zh : en;
  },
};
