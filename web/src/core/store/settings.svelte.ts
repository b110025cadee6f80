/** What the person chose for this device: theme, text size, language. Applied before the first paint. */
export type Theme = "system" | "light" | "dark";
export type Language = "en" | "zh";

interface Chosen {
  theme: Theme;
  textSize: number;
  language: Language;
  sendWithCtrl: boolean;
  /** Whether others see what I have read, and that I type. */
  tellRead: boolean;
  tellTyping: boolean;
  /** Whether notifications say what was written, where it is not encrypted. */
  previews: boolean;
  /** Whether the server may look at the pages that are linked in encrypted chats. */
  cardsInEncrypted: boolean;
}

const KEY = "teahouse.settings";

function fromBrowser(): Language {
  return navigator.languages?.some((name) => name.toLowerCase().startsWith("zh")) &&
    navigator.language.toLowerCase().startsWith("zh")
    ? "zh"
    : "en";
}

function load(): Chosen {
  const fallback: Chosen = {
    theme: "system",
    textSize: 1,
    language: fromBrowser(),
    sendWithCtrl: false,
    tellRead: true,
    tellTyping: true,
    previews: false,
    cardsInEncrypted: false,
  };
  try {
    return { ...fallback, ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Chosen>) };
  } catch {
    return fallback;
  }
}

class Settings {
  theme = $state<Theme>("system");
  /** 0 to 3: small, normal, large, very large. */
  textSize = $state(1);
  language = $state<Language>("en");
  sendWithCtrl = $state(false);
  tellRead = $state(true);
  tellTyping = $state(true);
  previews = $state(false);
  cardsInEncrypted = $state(false);

  constructor() {
    Object.assign(this, load());
  }

  set(change: Partial<Chosen>): void {
    Object.assign(this, change);
    const { theme, textSize, language, sendWithCtrl, tellRead, tellTyping, previews, cardsInEncrypted } =
      this;
    const chosen: Chosen = {
      theme,
      textSize,
      language,
      sendWithCtrl,
      tellRead,
      tellTyping,
      previews,
      cardsInEncrypted,
    };
    localStorage.setItem(KEY, JSON.stringify(chosen));
    this.apply();
  }

  /** Put the choices on the page's root, where the style sheets look for them. */
  apply(): void {
    const root = document.documentElement;
    root.lang = this.language === "zh" ? "zh-CN" : "en";
    if (this.theme === "system") delete root.dataset.theme;
    else root.dataset.theme = this.theme;
    root.dataset.text = String(this.textSize);
  }
}

export const settings = new Settings();
