import { expect, test } from "vitest";
import { shortened, unturned } from "./plain";

test("no file pretends to be of another kind by turning its name", () => {
  expect(unturned("invoice\u202egpj.exe")).toBe("invoicegpj.exe");
  expect(unturned("\u2067שלום\u2069 and 茶 👩‍👩‍👧")).toBe("שלום and 茶 👩‍👩‍👧");
});

test("a long name keeps its ending, and no letter is cut in two", () => {
  expect(shortened("plan.pdf")).toBe("plan.pdf");
  const short = shortened(`${"🍵".repeat(200)}.tar.gz`);
  expect(short.endsWith("🍵.tar.gz")).toBe(true);
  expect([...short].length).toBe(57);
});
