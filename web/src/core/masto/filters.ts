/** Words of my own that hide posts, or cover them with a warning. The server finds them; this changes them. */
import type { mastodon } from "masto";
import { api } from "./client";
import type { Filter, Place } from "./model";

function read(wire: mastodon.v2.Filter): Filter {
  return {
    id: wire.id,
    title: wire.title,
    places: wire.context as Place[],
    hides: wire.filterAction === "hide",
    until: wire.expiresAt ? Date.parse(wire.expiresAt) : undefined,
    words: wire.keywords.map(({ id, keyword, wholeWord }) => ({ id, text: keyword, whole: wholeWord })),
  };
}

export async function filters(): Promise<Filter[]> {
  return (await api().v2.filters.list()).map(read);
}

/**
 * Make a filter, or change the one that it was before. `seconds` is how long from now it shall hold: 0 for ever,
 * undefined for as long as before.
 */
export async function saveFilter(wanted: Filter, before?: Filter, seconds?: number): Promise<void> {
  const params = {
    title: wanted.title,
    context: wanted.places,
    filterAction: wanted.hides ? "hide" : "warn",
    ...(seconds !== undefined && { expiresIn: seconds || null }),
  };
  const words = wanted.words.filter((one) => one.text.trim() !== "");
  if (!before) {
    const keywordsAttributes = words.map(({ text, whole }) => ({ keyword: text.trim(), wholeWord: whole }));
    await api().v2.filters.create({ ...params, keywordsAttributes } as mastodon.rest.v2.CreateFilterParams);
    return;
  }
  const one = api().v2.filters.$select(before.id);
  await one.update(params as mastodon.rest.v2.UpdateFilterParams);
  const had = new Map(before.words.map((word) => [word.id, word]));
  for (const { id, text, whole } of words) {
    const known = had.get(id);
    had.delete(id);
    const wish = { keyword: text.trim(), wholeWord: whole };
    if (!id || !known) await one.keywords.create(wish);
    else if (known.text !== wish.keyword || known.whole !== whole)
      await api().v2.filters.keywords.$select(id).update(wish);
  }
  for (const id of had.keys()) if (id) await api().v2.filters.keywords.$select(id).remove();
}

export async function removeFilter(id: string): Promise<void> {
  await api().v2.filters.$select(id).remove();
}
