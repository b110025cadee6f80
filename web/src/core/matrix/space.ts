/** Spaces: chats that hold others, as other apps make them. Here they are a page with what is in them. */
import { matrix } from "./client";
import { thumbnail } from "./media";

export interface Place {
  id: string;
  name: string;
  topic: string;
  avatar?: string;
  members: number;
  joined: boolean;
}

/** Whether this is the address of a space that I am in. */
export function isSpace(roomId: string): boolean {
  const room = matrix().getRoom(roomId);
  return room?.getMyMembership() === "join" && room.isSpaceRoom();
}

/** The spaces that I am in. */
export function mySpaces(): { id: string; name: string; avatar?: string }[] {
  return matrix()
    .getVisibleRooms()
    .filter((room) => isSpace(room.roomId))
    .map((room) => ({ id: room.roomId, name: room.name, avatar: thumbnail(room.getMxcAvatarUrl(), 96) }));
}

/** A space, followed by what of it I may see. */
export async function placesIn(spaceId: string): Promise<Place[]> {
  const { rooms } = await matrix().getRoomHierarchy(spaceId, 100, 1);
  return rooms.map((one) => ({
    id: one.room_id,
    name: one.name ?? one.canonical_alias ?? one.room_id,
    topic: one.topic ?? "",
    avatar: thumbnail(one.avatar_url, 96),
    members: one.num_joined_members,
    joined: matrix().getRoom(one.room_id)?.getMyMembership() === "join",
  }));
}
