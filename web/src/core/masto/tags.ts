/** Topics: what is talked about, and which ones one follows. */
import { api } from "./client";
import type { Tag } from "./model";
import { tag } from "./read";

export async function hotTags(): Promise<Tag[]> {
  return (await api().v1.trends.tags.list({ limit: 10 })).map(tag);
}

export async function followedTags(): Promise<Tag[]> {
  const found: Tag[] = [];
  for await (const page of api().v1.followedTags.list({ limit: 100 })) found.push(...page.map(tag));
  return found;
}

const one = (name: string) => api().v1.tags.$select(encodeURIComponent(name));

export async function tagNamed(name: string): Promise<Tag> {
  return tag(await one(name).fetch());
}

export async function followTag(name: string, follow: boolean): Promise<Tag> {
  return tag(await (follow ? one(name).follow() : one(name).unfollow()));
}
