/** People: what one may know of them, and whom one does not want to hear. */
import { ClientEvent, EventType } from "matrix-js-sdk";
import type { Person } from "../model";
import { unturned } from "../plain";
import { matrix } from "./client";
import { thumbnail } from "./media";
import { handleOf } from "./messages";

export async function personOf(id: string): Promise<Person> {
  const found = await matrix().getProfileInfo(id);
  return {
    id,
    name: unturned(found.displayname ?? "") || handleOf(id),
    avatar: thumbnail(found.avatar_url, 192),
  };
}

/** The groups that both of us are in. */
export function sharedGroups(id: string): { id: string; name: string }[] {
  return matrix()
    .getRooms()
    .filter(
      (room) =>
        room.getMyMembership() === "join" &&
        room.getMember(id)?.membership === "join" &&
        room.getJoinedMemberCount() > 2,
    )
    .map((room) => ({ id: room.roomId, name: room.name }));
}

class Blocked {
  #ids = $state.raw<ReadonlySet<string>>(new Set());

  load(): void {
    const read = (): void => {
      this.#ids = new Set(matrix().getIgnoredUsers());
    };
    read();
    matrix().on(ClientEvent.AccountData, (event) => event.getType() === EventType.IgnoredUserList && read());
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  get all(): string[] {
    return [...this.#ids];
  }

  async set(id: string, block: boolean): Promise<void> {
    const others = matrix()
      .getIgnoredUsers()
      .filter((one) => one !== id);
    await matrix().setIgnoredUsers(block ? [...others, id] : others);
  }
}

export const blocked = new Blocked();
