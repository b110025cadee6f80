/** The words of public accounts, loaded with their screens. */
import { settings } from "../core/store/settings.svelte";
import { accounts as en } from "./en/accounts";
import { accounts as zh } from "./zh/accounts";

export const words = {
  get t(): typeof en {
    return settings.language === "zh" ? zh : en;
  },
};
