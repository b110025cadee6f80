/** The words of the Me tab. They are loaded with its screens, not with the first list of chats. */
import { settings } from "../core/store/settings.svelte";
import { account as en } from "./en/account";
import { account as zh } from "./zh/account";

export const words = {
  get t(): typeof en {
    return settings.language === "zh" ? zh : en;
  },
};
