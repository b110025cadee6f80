/** My contacts: those who share a private chat with me, those whom I asked, and those who ask me. */
import { EventType, Method, Preset, Visibility } from "matrix-js-sdk";
import type { Contact } from "../model";
import { declineInvite, leaveChat, notePrivate, setState, waitFor } from "./actions";
import { chats } from "./chats.svelte";
import { matrix } from "./client";
import { notes } from "./notes.svelte";
import { blocked } from "./people.svelte";

class Contacts {
  /** Everybody with whom I share a private chat. */
  readonly list = $derived(this.#those("in"));
  /** Those whom I asked and who have not answered. */
  readonly asked = $derived(this.#those("invited"));
  /** Those who ask me. */
  readonly asking = $derived(chats.invites.filter((one) => one.private && !blocked.has(one.from)));
  readonly tags = $derived(
    [...new Set(this.list.flatMap((one) => one.tags))].sort((a, b) => a.localeCompare(b)),
  );

  contact(id: string): Contact | undefined {
    return this.list.find((one) => one.id === id) ?? this.asked.find((one) => one.id === id);
  }

  #those(state: "in" | "invited"): Contact[] {
    const found = new Map<string, Contact>();
    for (const { id: chat, person, personName, personIs, name, avatar } of chats.list) {
      if (!person || personIs !== state || found.has(person)) continue;
      found.set(person, {
        id: person,
        name,
        ownName: personName ?? name,
        avatar,
        chat,
        tags: notes.tagsOf(person),
      });
    }
    return [...found.values()];
  }
}

/** Ask somebody to be a contact: an invitation to an encrypted private chat that carries a greeting. */
export async function askPerson(person: string, greeting: string): Promise<void> {
  const { room_id } = await matrix().createRoom({
    is_direct: true,
    preset: Preset.TrustedPrivateChat,
    visibility: Visibility.Private,
    initial_state: [
      { type: EventType.RoomEncryption, state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } },
    ],
    // The two are equals. A first invitation in this request would do that, but it could carry no greeting.
    creation_content: { additional_creators: [person] },
  });
  const words = greeting.trim();
  const invite = { membership: "invite", is_direct: true, ...(words ? { reason: words } : {}) };
  try {
    await setState(room_id, EventType.RoomMember, invite, person);
  } catch (error) {
    await leaveChat(room_id).catch(() => {});
    throw error;
  }
  await notePrivate(room_id, person);
  await waitFor(room_id);
}

/** See and hear nothing of somebody any more; what they asked is declined. */
export async function blockPerson(id: string): Promise<void> {
  await blocked.set(id, true);
  for (const invite of chats.invites.filter((one) => one.from === id)) await declineInvite(invite.id);
}

/** Tell those who moderate this server about somebody. */
export async function reportPerson(id: string, reason: string): Promise<void> {
  const path = `/users/${encodeURIComponent(id)}/report`;
  await matrix().http.authedRequest(Method.Post, path, undefined, { reason });
}

export const contacts = new Contacts();
