/** What an event says of a poll, in the words of the specification or of the proposal that apps send today. */
import type { Poll } from "../model";

type Content = Record<string, unknown>;
const record = (value: unknown): Content => (value && typeof value === "object" ? (value as Content) : {});

const DRAFT = "org.matrix.msc3381.poll";
export const STARTS = new Set(["m.poll.start", `${DRAFT}.start`]);
export const RESPONSES = new Set(["m.poll.response", `${DRAFT}.response`]);
export const ENDS = new Set(["m.poll.end", `${DRAFT}.end`]);
const MOST_ANSWERS = 20;

/** Read the text of a part: the specification's list of forms, or the proposal's plain one. */
function wordsOf(part: unknown): string {
  const { body } = record(part);
  const forms = record(part)["m.text"];
  const plain = Array.isArray(forms)
    ? record(forms.find((one) => !record(one).mimetype) ?? forms[0]).body
    : forms;
  const found = [plain, record(part)["org.matrix.msc1767.text"], body].find((one) => typeof one === "string");
  return String(found ?? "").trim();
}

/** Read a poll; undefined when the event holds none that could be answered. */
export function pollOf(content: Content): Poll | undefined {
  const poll = record(content["m.poll"] ?? content["m.poll.start"] ?? content[`${DRAFT}.start`]);
  const question = wordsOf(poll.question);
  const answers = (Array.isArray(poll.answers) ? poll.answers.slice(0, MOST_ANSWERS) : [])
    .map((one) => ({ id: record(one)["m.id"] ?? record(one).id, text: wordsOf(one) }))
    .filter((one): one is { id: string; text: string } => typeof one.id === "string" && one.text !== "");
  if (!question || answers.length === 0) return undefined;
  const most = Number.isInteger(poll.max_selections) ? Number(poll.max_selections) : 1;
  const { kind } = poll;
  const open = kind === "m.disclosed" || kind === "m.poll.disclosed" || kind === `${DRAFT}.disclosed`;
  return { question, answers, most: Math.max(1, Math.min(most, answers.length)), open };
}

/** Read what somebody chose. */
export function chosenIn(content: Content): unknown[] {
  const found =
    content["m.selections"] ?? record(content[`${DRAFT}.response`] ?? content["m.poll.response"]).answers;
  return Array.isArray(found) ? found : [];
}

const about = (id: string): Content => ({ "m.relates_to": { rel_type: "m.reference", event_id: id } });

/** Make the event that begins a poll; apps that know none show its words. */
export function startOf(
  question: string,
  answers: string[],
  many: boolean,
  open: boolean,
): [string, Content] {
  const listed = answers.map((text) => ({ id: crypto.randomUUID(), "org.matrix.msc1767.text": text }));
  const fallback = [question, ...answers.map((text, index) => `${index + 1}. ${text}`)].join("\n");
  return [
    `${DRAFT}.start`,
    {
      [`${DRAFT}.start`]: {
        question: { msgtype: "m.text", body: question, "org.matrix.msc1767.text": question },
        kind: `${DRAFT}.${open ? "disclosed" : "undisclosed"}`,
        max_selections: many ? answers.length : 1,
        answers: listed,
      },
      "org.matrix.msc1767.text": fallback,
    },
  ];
}

export function responseTo(id: string, answers: string[]): [string, Content] {
  return [`${DRAFT}.response`, { [`${DRAFT}.response`]: { answers }, ...about(id) }];
}

export function endOf(id: string, words: string): [string, Content] {
  return [`${DRAFT}.end`, { [`${DRAFT}.end`]: {}, "org.matrix.msc1767.text": words, ...about(id) }];
}
