/** Where the screens of public accounts are: they open in the tab from which one comes. */
import { router, segment } from "../../router.svelte";

const inChats = (): boolean => router.place.tab === "chats";

export const placeOf = (room: string): string =>
  `${inChats() ? "/chats" : "/contacts/accounts"}/${segment(room)}`;

export const above = (): string => (inChats() ? "/chats" : "/contacts/accounts");

export const articleAt = (room: string, event: string): string => `${placeOf(room)}/${segment(event)}`;
