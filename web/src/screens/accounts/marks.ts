/** The marks in which an article's body is written, and what a button of the bar does to them. */
import { Marked } from "marked";
import { cleaned } from "../../ui/sanitise";

const marked = new Marked({ gfm: true, breaks: true });
// Whoever writes HTML means the letters of it.
marked.use({ renderer: { html: ({ text }) => escapedText(text) } });

const escapedText = (text: string): string =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

/** Give the HTML of a body. */
export function htmlOf(source: string): string {
  return cleaned(marked.parse(source, { async: false }));
}
