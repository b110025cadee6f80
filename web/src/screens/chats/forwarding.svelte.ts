/** What is about to be forwarded, and from where. */
import type { Message } from "../../core/model";

class Forwarding {
  from = $state("");
  messages = $state.raw<Message[]>([]);

  start(from: string, messages: Message[]): void {
    this.from = from;
    this.messages = messages;
  }

  end(): void {
    this.messages = [];
  }
}

export const forwarding = new Forwarding();
