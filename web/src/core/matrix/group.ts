/** Looking after a group: who is in it, what it is called, how one gets in. Throws with the server's reason. */
import { EventType, JoinRule, type Room } from "matrix-js-sdk";
import { setState } from "./actions";
import { CHANNEL } from "./articleContent";
import { matrix } from "./client";
import { download, thumbnail } from "./media";

export interface GroupInfo {
  name: string;
  topic: string;
  avatar?: string;
  picture?: string;
  open: boolean;
  may: {
    rename: boolean;
    topic: boolean;
    picture: boolean;
    invite: boolean;
    remove: boolean;
    open: boolean;
    powers: boolean;
  };
  power: number;
}

export function groupInfo(roomId: string): GroupInfo | undefined {
  const room = matrix().getRoom(roomId);
  if (!room) return undefined;
  const me = matrix().getUserId() ?? "";
  const state = room.currentState;
  const may = (type: string): boolean => state.maySendStateEvent(type, me);
  const power = room.getMember(me)?.powerLevel ?? 0;
  return {
    name: room.name,
    topic: String(state.getStateEvents(EventType.RoomTopic, "")?.getContent().topic ?? ""),
    avatar: thumbnail(room.getMxcAvatarUrl(), 192),
    picture: download(room.getMxcAvatarUrl()),
    open: room.getJoinRule() === JoinRule.Public,
    may: {
      rename: may(EventType.RoomName),
      topic: may(EventType.RoomTopic),
      picture: may(EventType.RoomAvatar),
      invite: room.canInvite(me),
      remove: state.hasSufficientPowerLevelFor("kick", power),
      open: may(EventType.RoomJoinRules),
      powers: may(EventType.RoomPowerLevels),
    },
    power,
  };
}

export async function renameGroup(roomId: string, name: string): Promise<void> {
  await setState(roomId, EventType.RoomName, { name });
}

export async function setNotice(roomId: string, topic: string): Promise<void> {
  await setState(roomId, EventType.RoomTopic, { topic });
}

export async function setGroupPicture(roomId: string, file: Blob): Promise<void> {
  const { content_uri } = await matrix().uploadContent(file, { includeFilename: false, type: file.type });
  await setState(roomId, EventType.RoomAvatar, { url: content_uri });
}

/** Let anybody who has the link in, or nobody without an invitation. */
export async function setOpen(roomId: string, open: boolean): Promise<void> {
  await setState(roomId, EventType.RoomJoinRules, { join_rule: open ? JoinRule.Public : JoinRule.Invite });
}

export async function invite(roomId: string, people: string[]): Promise<void> {
  for (const person of people) await matrix().invite(roomId, person);
}

/** Whether somebody asks to be let in, and I may do that. */
export function mayLetIn(roomId: string, person: string): boolean {
  const room = matrix().getRoom(roomId);
  const asks = room?.getMember(person)?.membership === "knock";
  return asks && room.canInvite(matrix().getUserId() ?? "");
}

export async function remove(roomId: string, person: string, ban: boolean): Promise<void> {
  if (ban) await matrix().ban(roomId, person);
  else await matrix().kick(roomId, person);
}

export async function setPower(roomId: string, person: string, power: number): Promise<void> {
  await matrix().setPowerLevel(roomId, person, power);
}

/** The address that opens a group's page for whoever has it. */
export function linkTo(roomId: string): string {
  return `${location.origin}/chats/join/${encodeURIComponent(roomId)}`;
}

export interface Preview {
  name: string;
  topic: string;
  members: number;
  avatar?: string;
  joined: boolean;
  /** Whether one has to ask for being let in. */
  asking: boolean;
  /** Whether it is a public account, which has a screen of its own. */
  channel: boolean;
}

/** What a group tells to those who are not in it. */
export async function previewGroup(idOrAlias: string): Promise<Preview> {
  const known: Room | null = matrix().getRoom(idOrAlias);
  const joined = known?.getMyMembership() === "join";
  const summary = await matrix().getRoomSummary(idOrAlias);
  return {
    name: summary.name ?? idOrAlias,
    topic: summary.topic ?? "",
    members: summary.num_joined_members,
    avatar: thumbnail(summary.avatar_url, 192),
    joined,
    asking: !joined && known?.getMyMembership() !== "invite" && String(summary.join_rule) === JoinRule.Knock,
    channel: summary.room_type === CHANNEL,
  };
}

export async function askToJoin(idOrAlias: string): Promise<void> {
  await matrix().knockRoom(idOrAlias);
}

export async function joinGroup(idOrAlias: string): Promise<string> {
  const room = await matrix().joinRoom(idOrAlias);
  return room.roomId;
}
