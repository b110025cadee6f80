import { strFromU8, unzipSync } from "fflate";
import { expect, test } from "vitest";
import { Archive, safeName } from "./zip";

async function unpacked(archive: Archive): Promise<Record<string, Uint8Array>> {
  return unzipSync(new Uint8Array(await archive.finish().arrayBuffer()));
}

test("what goes in comes out, under its own name each", async () => {
  const archive = new Archive();
  archive.json("account.json", { name: "琳" });
  archive.pages("chats/messages.json", ['{"a":1}', "", '{"b":2}']);
  await archive.file("files/tea.png", new Blob([new Uint8Array([1, 2, 3])]));
  await archive.file("files/tea.png", new Blob([new Uint8Array([4])]));
  const files = await unpacked(archive);
  expect(JSON.parse(strFromU8(files["account.json"] as Uint8Array))).toEqual({ name: "琳" });
  expect(JSON.parse(strFromU8(files["chats/messages.json"] as Uint8Array))).toEqual([{ a: 1 }, { b: 2 }]);
  expect(files["files/tea.png"]).toEqual(new Uint8Array([1, 2, 3]));
  expect(files["files/tea (2).png"]).toEqual(new Uint8Array([4]));
});

test("names of others lead nowhere", () => {
  expect(safeName("../../etc/passwd")).toBe("_.._etc_passwd");
  expect(safeName("..")).toBe("unnamed");
  expect(safeName("a\u202egnp.exe")).toBe("a_gnp.exe");
});
