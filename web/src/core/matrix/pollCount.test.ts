import { expect, test } from "vitest";
import { chosenIn, pollOf, startOf } from "./pollContent";
import { counted } from "./pollCount";

const poll = {
  question: "Tea?",
  answers: [
    { id: "a", text: "Green" },
    { id: "b", text: "Black" },
  ],
  most: 1,
  open: true,
};
const vote = (sender: string, at: number, ...chosen: unknown[]) => ({ sender, at, chosen });

test("the last vote of each person counts, and none after the end", () => {
  const votes = [vote("lin", 3, "b"), vote("lin", 1, "a"), vote("bao", 2, "a"), vote("bao", 9, "b")];
  const count = counted(poll, votes, 5);
  expect([count.by.get("a"), count.by.get("b"), count.voters]).toEqual([["bao"], ["lin"], 2]);
});

test("a vote for what there is not, or for nothing, takes an earlier one back", () => {
  const votes = [vote("lin", 1, "a"), vote("lin", 2, "z"), vote("bao", 1, "b"), vote("bao", 2)];
  expect(counted(poll, votes).voters).toBe(0);
});

test("of more answers than may be chosen the first count, and each once", () => {
  expect(counted(poll, [vote("lin", 1, "b", "a")]).by.get("a")).toEqual([]);
  expect(counted({ ...poll, most: 2 }, [vote("lin", 1, "b", "b")]).by.get("b")).toEqual(["lin"]);
});

test("a poll is read in the specification's words and in those of its proposal", () => {
  const [, content] = startOf("Tea?", ["Green", "Black"], false, true);
  expect(pollOf(content)?.answers.map((one) => one.text)).toEqual(["Green", "Black"]);
  const stable = {
    "m.poll": {
      question: { "m.text": [{ body: "Tea?" }] },
      kind: "m.disclosed",
      max_selections: 1,
      answers: [
        { "m.id": "a", "m.text": [{ mimetype: "text/html", body: "<b>Green</b>" }, { body: "Green" }] },
        { "m.id": "b", "m.text": [{ body: "Black" }] },
      ],
    },
  };
  expect(pollOf(stable)).toEqual(poll);
  expect(pollOf({ "m.poll": { question: {}, answers: [] } })).toBeUndefined();
  expect(chosenIn({ "m.selections": ["a"] })).toEqual(["a"]);
});
