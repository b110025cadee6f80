import { expect, test } from "vitest";
import { Feed } from "./feed.svelte";

type Item = { key: string };
const keys = (items: readonly Item[]): string => items.map((one) => one.key).join(" ");

/** A list of which the server holds what `all` says, newest first, in pages of three. */
function list(all: string): { feed: Feed<Item>; hold: (now: string) => void } {
  let held = all.split(" ");
  const feed = new Feed<Item>(async ({ from }) => {
    const rest = from ? held.slice(held.indexOf(from) + 1) : held;
    const items = rest.slice(0, 3).map((key) => ({ key }));
    return { items, ...(rest.length > 3 && { next: { from: items[2]?.key ?? "" } }) };
  });
  return {
    feed,
    hold: (now) => {
      held = now.split(" ");
    },
  };
}

test("what came while nobody listened waits above, without a gap or a repeat", async () => {
  const { feed, hold } = list("c b a");
  await feed.open();
  hold("e d c b a");
  feed.arrived({ key: "e" });
  await feed.look();
  expect(keys(feed.fresh)).toBe("e d");
  feed.showFresh();
  expect(keys(feed.items)).toBe("e d c b a");
});

test("a reader keeps the place when more is new than a page holds", async () => {
  const { feed, hold } = list("c b a");
  await feed.open();
  feed.touched = true;
  hold("i h g f e d c b a");
  await feed.look();
  expect(keys(feed.items)).toBe("c b a");
  expect(keys(feed.fresh)).toBe("i h g");
  feed.arrived({ key: "j" });
  feed.showFresh();
  await feed.more();
  await feed.more();
  expect(keys(feed.items)).toBe("j i h g f e d c b a");
});

test("a list that nobody reads in begins anew when more is new than a page holds", async () => {
  const { feed, hold } = list("c b a");
  await feed.open();
  hold("g f e d c b a");
  await feed.look();
  expect(keys(feed.items)).toBe("g f e");
});

test("renewing changes the top and keeps what was read below it", async () => {
  const { feed, hold } = list("d c b a");
  await feed.open();
  await feed.more();
  hold("b e d c a");
  await feed.renew();
  expect(keys(feed.items)).toBe("b e d c a");
});
