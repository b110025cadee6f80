import type { me as english } from "../en/me";

export const me: typeof english = {
  title: "我",
  settings: "设置",
  language: "语言",
  theme: "外观",
  themes: { system: "跟随系统", light: "浅色", dark: "深色" },
  textSize: "文字大小",
  sizes: ["小", "标准", "大", "特大"],
  saved: "收藏的动态",
  pushOffer: "接收新消息通知",
  alerts: "通知",
  notNow: "暂不",
  pickOne: "选择要查看或更改的内容",
  sendWithCtrl: "回车换行，Ctrl+回车发送",
  signOut: "退出登录",
  signOutAsk: "要在此设备上退出登录吗？",
  signOutText: "此设备上未发送的消息和草稿会被删除。",
};
