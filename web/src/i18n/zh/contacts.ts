import type { contacts as english } from "../en/contacts";

export const contacts: typeof english = {
  title: "通讯录",
};
