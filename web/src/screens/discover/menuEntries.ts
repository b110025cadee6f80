/** The places of this tab beside the timelines. */
import { social } from "../../core/masto/social.svelte";
import { words } from "../../i18n/discover";
import { router } from "../../router.svelte";
import type { IconName } from "../../ui/icons";
import type { MenuItem } from "../../ui/Menu.svelte";

export interface MenuPlace {
  href: string;
  label: string;
  icon: IconName;
}

const more = (): MenuPlace[] => {
  const { t } = words;
  return [
    { href: "/discover/direct", label: t.direct, icon: "at" },
    { href: "/discover/bookmarks", label: t.bookmarks, icon: "bookmark" },
    { href: "/discover/likes", label: t.likes, icon: "heart" },
    { href: "/discover/lists", label: t.lists, icon: "group" },
    { href: "/discover/tags", label: t.followedTags, icon: "tag" },
    { href: "/discover/scheduled", label: t.scheduled, icon: "clock" },
    { href: "/discover/settings", label: t.settings, icon: "gear" },
  ];
};

export function places(): MenuPlace[] {
  const { t } = words;
  return [
    { href: "/discover", label: t.home, icon: "discover" },
    { href: "/discover?view=square", label: t.square, icon: "globe" },
    { href: "/discover?view=hot", label: t.hot, icon: "star" },
    { href: "/discover/search", label: t.searchShort, icon: "search" },
    { href: "/discover/notifications", label: t.notifications, icon: "bell" },
    ...more(),
  ];
}

/** The same for a menu on a phone, where the timelines are on the screen already. */
export function menuEntries(): MenuItem[] {
  const { me } = social;
  const mine: MenuItem[] = me
    ? [{ label: words.t.myProfile, icon: "me", run: () => router.go(`/discover/@${me.handle}`) }]
    : [];
  return [
    ...mine,
    ...more().map(({ href, label, icon }): MenuItem => ({ label, icon, run: () => router.go(href) })),
  ];
}
