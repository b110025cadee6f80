export const me = {
  title: "Me",
  settings: "Settings",
  language: "Language",
  theme: "Appearance",
  themes: { system: "Like the system", light: "Light", dark: "Dark" },
  textSize: "Text size",
  sizes: ["Small", "Normal", "Large", "Very large"],
  sendWithCtrl: "Enter makes a new line, Ctrl+Enter sends",
  signOut: "Sign out",
  signOutAsk: "Sign out of this device?",
  signOutText: "Unsent messages and drafts on this device are deleted.",
};
