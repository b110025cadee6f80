/**
 * The words of the app. Each part has a file in `en/` and one in `zh/` of the same shape, so a missing word is a
 * type error. `i18n.t.chats.title` follows the language live.
 */
import { settings } from "../core/store/settings.svelte";
import * as en from "./en";
import * as zh from "./zh";

export type Words = typeof en;
const dictionaries: Record<string, Words> = { en, zh };

export const i18n = {
  get t(): Words {
    return dictionaries[settings.language] ?? en;
  },
  get locale(): string {
    return settings.language === "zh" ? "zh-CN" : "en";
  },
};
