/**
 * All tabs and screens of the app. A screen has a pattern, a pane and a function that loads it when it is first
 * opened. `list` is the left pane, `detail` the main one, `side` the third on wide screens: it names the detail
 * that stays beside it.
 */
import type { Component } from "svelte";
import { i18n } from "../i18n";
import { router } from "../router.svelte";
import type { IconName } from "../ui/icons";

// biome-ignore lint/suspicious/noExplicitAny: a screen's properties are the names in its own pattern.
type Screen = Component<any>;
export type Loader = () => Promise<{ default: Screen }>;

export interface TabSpec {
  id: string;
  icon: IconName;
  iconOn: IconName;
  label: () => string;
  list: Loader;
  /** What the empty pane beside the list says. */
  pickOne?: () => string;
  /** What the main pane shows on wide screens while nothing else is open. */
  main?: Loader;
}

export interface ScreenSpec {
  pattern: string;
  load: Loader;
  beside?: string;
}

export const tabs: TabSpec[] = [
  {
    id: "chats",
    icon: "chats",
    iconOn: "chatsOn",
    label: () => i18n.t.shell.tabs.chats,
    list: () => import("./chats/ChatList.svelte"),
  },
  {
    id: "contacts",
    icon: "contacts",
    iconOn: "contactsOn",
    label: () => i18n.t.shell.tabs.contacts,
    pickOne: () => i18n.t.contacts.pickOne,
    list: () => import("./contacts/ContactList.svelte"),
  },
  {
    id: "discover",
    icon: "discover",
    iconOn: "discoverOn",
    label: () => i18n.t.shell.tabs.discover,
    list: () => import("./discover/Discover.svelte"),
    main: () => import("./discover/Timelines.svelte"),
  },
  {
    id: "me",
    icon: "me",
    iconOn: "meOn",
    label: () => i18n.t.shell.tabs.me,
    pickOne: () => i18n.t.me.pickOne,
    list: () => import("./me/Me.svelte"),
  },
];

/** Load the list of the tab that the address names. */
export const firstList = (): ReturnType<Loader> | undefined =>
  tabs.find(({ id }) => id === router.place.tab)?.list();

/** What lies behind a public account, in the tab from which it was opened. */
const accountScreens = (at: string): ScreenSpec[] => [
  { pattern: `${at}/write`, load: () => import("./accounts/Write.svelte") },
  { pattern: `${at}/edit`, load: () => import("./accounts/Edit.svelte") },
  { pattern: `${at}/:event`, load: () => import("./accounts/Article.svelte") },
];

export const screens: ScreenSpec[] = [
  { pattern: "/chats/new", load: () => import("./chats/NewChat.svelte") },
  { pattern: "/chats/requests", load: () => import("./chats/Requests.svelte") },
  { pattern: "/chats/search", load: () => import("./chats/Search.svelte") },
  { pattern: "/chats/join/:room", load: () => import("./chats/Join.svelte") },
  { pattern: "/chats/:room/info", load: () => import("./chats/ChatInfo.svelte"), beside: "/chats/:room" },
  { pattern: "/chats/:room/search", load: () => import("./chats/Search.svelte"), beside: "/chats/:room" },
  { pattern: "/chats/:room/media", load: () => import("./chats/MediaGrid.svelte"), beside: "/chats/:room" },
  { pattern: "/chats/:room", load: () => import("./chats/Room.svelte") },
  ...accountScreens("/chats/:room"),
  { pattern: "/contacts/new", load: () => import("./contacts/NewFriends.svelte") },
  { pattern: "/contacts/groups", load: () => import("./contacts/Groups.svelte") },
  { pattern: "/contacts/accounts", load: () => import("./contacts/PublicAccounts.svelte") },
  { pattern: "/contacts/accounts/find", load: () => import("./accounts/Find.svelte") },
  { pattern: "/contacts/accounts/new", load: () => import("./accounts/New.svelte") },
  { pattern: "/contacts/accounts/:room", load: () => import("./accounts/Account.svelte") },
  ...accountScreens("/contacts/accounts/:room"),
  { pattern: "/contacts/blocked", load: () => import("./contacts/Blocked.svelte") },
  { pattern: "/contacts/add", load: () => import("./contacts/AddFriend.svelte") },
  { pattern: "/contacts/code", load: () => import("./contacts/MyCode.svelte") },
  { pattern: "/contacts/scan", load: () => import("./contacts/Scan.svelte") },
  { pattern: "/contacts/:person", load: () => import("./contacts/Person.svelte") },
  { pattern: "/discover/write", load: () => import("./discover/Write.svelte") },
  { pattern: "/discover/search", load: () => import("./discover/Search.svelte") },
  { pattern: "/discover/notifications", load: () => import("./discover/Notifications.svelte") },
  { pattern: "/discover/profile", load: () => import("./discover/EditProfile.svelte") },
  { pattern: "/discover/bookmarks", load: () => import("./discover/Marked.svelte") },
  { pattern: "/discover/likes", load: () => import("./discover/Marked.svelte") },
  { pattern: "/discover/direct", load: () => import("./discover/Direct.svelte") },
  { pattern: "/discover/tags", load: () => import("./discover/Topics.svelte") },
  { pattern: "/discover/scheduled", load: () => import("./discover/Scheduled.svelte") },
  { pattern: "/discover/settings", load: () => import("./discover/Rules.svelte") },
  { pattern: "/discover/filters", load: () => import("./discover/Filters.svelte") },
  { pattern: "/discover/waiting", load: () => import("./discover/Waiting.svelte") },
  { pattern: "/discover/decisions", load: () => import("./discover/Decisions.svelte") },
  { pattern: "/discover/log", load: () => import("./discover/PublicLog.svelte") },
  { pattern: "/discover/announcements", load: () => import("./discover/News.svelte") },
  { pattern: "/discover/muted", load: () => import("./discover/People.svelte") },
  { pattern: "/discover/blocked", load: () => import("./discover/People.svelte") },
  { pattern: "/discover/requests", load: () => import("./discover/People.svelte") },
  { pattern: "/discover/lists", load: () => import("./discover/Lists.svelte") },
  { pattern: "/discover/lists/:list", load: () => import("./discover/Marked.svelte") },
  { pattern: "/discover/lists/:list/people", load: () => import("./discover/ListPeople.svelte") },
  { pattern: "/discover/tags/:tag", load: () => import("./discover/Marked.svelte") },
  { pattern: "/discover/post/:post", load: () => import("./discover/PostView.svelte") },
  { pattern: "/discover/post/:post/quotes", load: () => import("./discover/Marked.svelte") },
  { pattern: "/discover/post/:post/likes", load: () => import("./discover/People.svelte") },
  { pattern: "/discover/post/:post/reposts", load: () => import("./discover/People.svelte") },
  { pattern: "/discover/:handle", load: () => import("./discover/Profile.svelte") },
  { pattern: "/discover/:handle/followers", load: () => import("./discover/People.svelte") },
  { pattern: "/discover/:handle/following", load: () => import("./discover/People.svelte") },
  { pattern: "/me/encryption", load: () => import("./keys/Encryption.svelte") },
  { pattern: "/me/profile", load: () => import("./me/Profile.svelte") },
  { pattern: "/me/notifications", load: () => import("./me/Notifications.svelte") },
  { pattern: "/me/privacy", load: () => import("./me/Privacy.svelte") },
  { pattern: "/me/devices", load: () => import("./me/Devices.svelte") },
  { pattern: "/me/storage", load: () => import("./me/Storage.svelte") },
  { pattern: "/me/account", load: () => import("./me/Account.svelte") },
  { pattern: "/me/export", load: () => import("./me/Export.svelte") },
  { pattern: "/me/about", load: () => import("./me/About.svelte") },
  { pattern: "/me/settings", load: () => import("./me/Settings.svelte") },
];
