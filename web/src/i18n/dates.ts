/** Times as people write them, in the language of the app. */
import { i18n } from ".";

const DAY_MS = 86_400_000;
const made = new Map<string, Intl.DateTimeFormat>();

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = i18n.locale + JSON.stringify(options);
  let one = made.get(key);
  if (!one) made.set(key, (one = new Intl.DateTimeFormat(i18n.locale, options)));
  return one;
}

const daysAgo = (at: number): number =>
  Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / DAY_MS);

export function clock(at: number): string {
  return format({ hour: "2-digit", minute: "2-digit", hour12: false }).format(at);
}

/** For lists: the time today, then yesterday, the weekday, the date. */
export function shortTime(at: number): string {
  const days = daysAgo(at);
  if (days <= 0) return clock(at);
  if (days === 1) return dayBeside(1);
  if (days < 7) return format({ weekday: "short" }).format(at);
  const sameYear = new Date(at).getFullYear() === new Date().getFullYear();
  return format(
    sameYear ? { month: "short", day: "numeric" } : { year: "numeric", month: "short", day: "numeric" },
  ).format(at);
}

/** For the middle of a chat, and for what is to come: always with the time. */
export function longTime(at: number): string {
  const days = daysAgo(at);
  if (days === 0) return clock(at);
  if (days === 1 || days === -1) return `${dayBeside(days)} ${clock(at)}`;
  if (days > 0 && days < 7) return `${format({ weekday: "long" }).format(at)} ${clock(at)}`;
  return format({
    year: "numeric",
    month: "long",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
  }).format(at);
}

function dayBeside(daysAgo: 1 | -1): string {
  const words = new Intl.RelativeTimeFormat(i18n.locale, { numeric: "auto" }).format(-daysAgo, "day");
  // What is past stands alone, what is to come inside a sentence.
  return daysAgo < 0 ? words : words.charAt(0).toLocaleUpperCase() + words.slice(1);
}

export function seconds(ms: number): string {
  const all = Math.round(ms / 1000);
  return `${Math.floor(all / 60)}:${String(all % 60).padStart(2, "0")}`;
}

export function size(bytes: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const step = bytes < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(bytes) / 3));
  const digits = step > 1 ? 1 : 0;
  return new Intl.NumberFormat(i18n.locale, {
    style: "unit",
    unit: units[step],
    unitDisplay: step ? "short" : "long",
    maximumFractionDigits: digits,
  }).format(bytes / 1000 ** step);
}
