import type { contacts as english } from "../en/contacts";

export const contacts: typeof english = {
  title: "通讯录",
  person: "联系人",
  write: "发消息",
  block: "屏蔽",
  unblock: "取消屏蔽",
  blockMore: "你不会再看到被屏蔽者的任何内容",
  copyHandle: "复制账号",
  groups: "共同的群聊",
};
