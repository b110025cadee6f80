/** The server's own emoji, for choosing one while writing. Asked for once a visit. */
import { api } from "./client";
import { own } from "./read";

export interface ServerEmoji {
  name: string;
  picture: string;
  category: string;
}

class ServerEmojis {
  all = $state.raw<readonly ServerEmoji[]>([]);
  #asked = false;

  async load(): Promise<void> {
    if (this.#asked) return;
    this.#asked = true;
    try {
      const found = await api().v1.customEmojis.list();
      this.all = found.flatMap((one) => {
        const picture = own(one.url);
        if (!picture || !one.visibleInPicker) return [];
        return [{ name: one.shortcode, picture, category: one.category ?? "" }];
      });
    } catch {
      this.#asked = false;
    }
  }
}

export const serverEmojis = new ServerEmojis();
