/** What the parts of one open chat share: the chat, what is being answered, edited or selected. */
import { getContext, setContext } from "svelte";
import { SvelteSet } from "svelte/reactivity";
import type { OpenChat } from "../../core/matrix/timeline.svelte";
import type { Message } from "../../core/model";

const KEY = Symbol("chat");

export class ChatContext {
  quote = $state.raw<Message | undefined>();
  editing = $state.raw<Message | undefined>();
  selecting = $state(false);
  selected = new SvelteSet<string>();
  /** The event to bring into view and to light up for a moment. */
  target = $state<string | undefined>();
  /** How often such an event was not found. */
  missed = $state(0);
  /** The message that any emoji may be put to. */
  reacting = $state.raw<Message | undefined>();
  /** The message whose readers are shown. */
  readers = $state.raw<Message | undefined>();
  /** Words to put into the composer, of a recalled message. */
  again = $state<string | undefined>();
  /** The photo or film that is open in the viewer. */
  viewing = $state<string | undefined>();
  /** What was recalled here lately, to write it again. */
  recalled = new Map<string, { text: string; at: number }>();

  constructor(readonly chat: OpenChat) {}

  async show(eventId: string): Promise<boolean> {
    const found = await this.chat.reach(eventId);
    if (found) this.target = eventId;
    else this.missed += 1;
    return found;
  }

  endSelection(): void {
    this.selecting = false;
    this.selected.clear();
  }
}

export function provide(context: ChatContext): ChatContext {
  return setContext(KEY, context);
}

export function here(): ChatContext {
  return getContext<ChatContext>(KEY);
}
