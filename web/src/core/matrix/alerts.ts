/** What makes a notification: the account's push rules, in the few choices that people make. */
import { ClientEvent, EventType, PushRuleActionName, PushRuleKind, RuleId } from "matrix-js-sdk";
import { matrix } from "./client";

export type GroupAlerts = "all" | "mentions";
export type ChatAlerts = "all" | "mentions" | "none";

export interface Alerts {
  /** Nothing notifies on any device. */
  silent: boolean;
  groups: GroupAlerts;
  privateChats: boolean;
  invites: boolean;
}

const GROUPS = [RuleId.Message, RuleId.EncryptedMessage];
const PRIVATE = [RuleId.DM, RuleId.EncryptedDM];

function isOn(kind: PushRuleKind, id: string): boolean {
  const set = (matrix().pushRules?.global?.[kind] ?? []) as { rule_id: string; enabled: boolean }[];
  return set.find((rule) => rule.rule_id === id)?.enabled ?? false;
}

/** Tell what notifies once it is known, and again whenever another device changes it, until the answer is called. */
export function watchAlerts(told: () => void): () => void {
  const client = matrix();
  let watching = true;
  const changed = (event: { getType(): string }): void => {
    if (event.getType() === EventType.PushRules) told();
  };
  client.on(ClientEvent.AccountData, changed);
  const known = client.pushRules
    ? Promise.resolve()
    : client.getPushRules().then((all) => client.setPushRules(all));
  known.then(
    () => watching && told(),
    () => {},
  );
  return () => {
    watching = false;
    client.off(ClientEvent.AccountData, changed);
  };
}

export function alerts(): Alerts {
  return {
    silent: isOn(PushRuleKind.Override, RuleId.Master),
    groups: GROUPS.some((id) => isOn(PushRuleKind.Underride, id)) ? "all" : "mentions",
    privateChats: PRIVATE.some((id) => isOn(PushRuleKind.Underride, id)),
    invites: isOn(PushRuleKind.Override, RuleId.InviteToSelf),
  };
}

let changing: Promise<unknown> = Promise.resolve();

/** One change after another: an answer that was asked for before the next one would undo it on the screen. */
export function setAlerts(change: Partial<Alerts>): Promise<void> {
  const done = changing.then(() => put(change));
  changing = done.catch(() => {});
  return done;
}

async function put(change: Partial<Alerts>): Promise<void> {
  const client = matrix();
  const set = (kind: PushRuleKind, id: string, on: boolean) =>
    client.setPushRuleEnabled("global", kind, id, on);
  if (change.silent !== undefined) await set(PushRuleKind.Override, RuleId.Master, change.silent);
  if (change.invites !== undefined) await set(PushRuleKind.Override, RuleId.InviteToSelf, change.invites);
  if (change.groups !== undefined)
    for (const id of GROUPS) await set(PushRuleKind.Underride, id, change.groups === "all");
  if (change.privateChats !== undefined)
    for (const id of PRIVATE) await set(PushRuleKind.Underride, id, change.privateChats);
  client.setPushRules(await client.getPushRules());
}

const silences = (actions: readonly unknown[]): boolean =>
  actions.length === 0 || actions.includes("dont_notify");

/** What one chat's own rules say: above all others, "nothing"; below mentions, "mentions". */
export function chatAlerts(roomId: string): ChatAlerts {
  const rules = matrix().pushRules?.global;
  const above = rules?.override?.find((rule) => rule.rule_id === roomId && rule.enabled);
  if (above && silences(above.actions)) return "none";
  const own = rules?.room?.find((rule) => rule.rule_id === roomId && rule.enabled);
  return own && silences(own.actions) ? "mentions" : "all";
}

export async function setChatAlerts(roomId: string, wanted: ChatAlerts): Promise<void> {
  const client = matrix();
  const now = chatAlerts(roomId);
  if (now === wanted) return;
  if (now === "none") await client.deletePushRule("global", PushRuleKind.Override, roomId);
  if (now === "mentions") await client.deletePushRule("global", PushRuleKind.RoomSpecific, roomId);
  if (wanted === "mentions")
    await client.addPushRule("global", PushRuleKind.RoomSpecific, roomId, {
      actions: [PushRuleActionName.DontNotify],
    });
  if (wanted === "none")
    await client.addPushRule("global", PushRuleKind.Override, roomId, {
      conditions: [{ kind: "event_match", key: "room_id", pattern: roomId } as never],
      actions: [PushRuleActionName.DontNotify],
    });
  client.setPushRules(await client.getPushRules());
}
