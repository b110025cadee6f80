/** What one does with one's account as a whole. */
import { request } from "../api";
import { holder } from "../session.svelte";
import { confirmed } from "./confirmed";

const CLIENT = "/_matrix/client/v3";

export function changePassword(now: string, fresh: string, endOthers: boolean): Promise<void> {
  return confirmed(
    "POST",
    `${CLIENT}/account/password`,
    { new_password: fresh, logout_devices: endOthers },
    now,
  );
}

/** End the account for ever; with `erase`, people who come later do not see what was written. */
export function closeAccount(password: string, erase: boolean): Promise<void> {
  return confirmed("POST", `${CLIENT}/account/deactivate`, { erase }, password);
}

export interface Device {
  id: string;
  name: string;
  seenAt?: number;
  address?: string;
  mine: boolean;
}

export async function devices(): Promise<Device[]> {
  await holder.fresh();
  const found = await request<{ devices: Record<string, unknown>[] }>(
    "GET",
    `${CLIENT}/devices`,
    undefined,
    holder.session?.accessToken,
  );
  const own = holder.session?.deviceId;
  return found.devices
    .map((one) => ({
      id: String(one.device_id),
      name: String(one.display_name ?? "") || String(one.device_id),
      seenAt: typeof one.last_seen_ts === "number" ? one.last_seen_ts : undefined,
      address: typeof one.last_seen_ip === "string" ? one.last_seen_ip : undefined,
      mine: one.device_id === own,
    }))
    .sort((a, b) => Number(b.mine) - Number(a.mine) || (b.seenAt ?? 0) - (a.seenAt ?? 0));
}

export async function renameDevice(id: string, name: string): Promise<void> {
  await request(
    "PUT",
    `${CLIENT}/devices/${encodeURIComponent(id)}`,
    { display_name: name },
    holder.session?.accessToken,
  );
}

export function endDevices(ids: string[], password: string): Promise<void> {
  return confirmed("POST", `${CLIENT}/delete_devices`, { devices: ids }, password);
}
