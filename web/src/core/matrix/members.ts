/** Who is in a chat, and what they may do. */
import { EventType, type Room } from "matrix-js-sdk";
import type { Member } from "../model";
import { matrix } from "./client";
import { avatarOf, nameIn, publicNameIn } from "./messages";

export interface KnownMember extends Member {
  me: boolean;
  /** What everybody calls them, for words that others read. */
  publicName: string;
}

/** Give everybody who is in a chat or invited; those who may do most come first. */
export async function membersOf(roomId: string): Promise<KnownMember[]> {
  const room = matrix().getRoom(roomId);
  if (!room) return [];
  await room.loadMembersIfNeeded();
  const me = matrix().getUserId();
  const owners = creatorsOf(room);
  return room
    .getMembers()
    .filter((one) => one.membership === "join" || one.membership === "invite")
    .map((one) => ({
      id: one.userId,
      name: nameIn(room, one.userId),
      publicName: publicNameIn(room, one.userId),
      avatar: avatarOf(room, one.userId),
      power: owners.has(one.userId) ? Number.POSITIVE_INFINITY : one.powerLevel,
      role: roleOf(owners.has(one.userId), one.powerLevel),
      invited: one.membership === "invite",
      me: one.userId === me,
    }))
    .sort((a, b) => (a.power === b.power ? a.name.localeCompare(b.name) : b.power - a.power));
}

function roleOf(isOwner: boolean, power: number): Member["role"] {
  if (isOwner) return "owner";
  return power >= 100 ? "admin" : power >= 50 ? "moderator" : "member";
}

// In room version 12 whoever made the room stands above every level.
function creatorsOf(room: Room): Set<string> {
  const event = room.currentState.getStateEvents(EventType.RoomCreate, "");
  if (Number(room.getVersion()) < 12) return new Set();
  const more = event?.getContent().additional_creators;
  return new Set([event?.getSender() ?? "", ...(Array.isArray(more) ? more.map(String) : [])]);
}
