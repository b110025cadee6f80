import type { chatMore as en } from "../en/chatMore";

export const chatMore: typeof en = {
  newPoll: "发起投票",
  question: "问题",
  answer: (n: number) => `选项 ${n}`,
  removeAnswer: (n: number) => `删除选项 ${n}`,
  addAnswer: "添加选项",
  many: "可多选",
  hidden: "结束后才显示票数",
  startPoll: "发起投票",
  chooseOne: "单选",
  chooseUpTo: (n: number) => `最多选 ${n} 项`,
  shownAtEnd: "结束后显示票数",
  votes: (n: number) => `${n} 票`,
  voted: (n: number) => `${n} 人已投票`,
  yourVote: "我的选择",
  notCounted: "投票没有发出，请重新选择。",
  over: "投票已结束",
  end: "结束投票",
  endAsk: "结束这次投票？",
  endText: "结束后不能再投票，所有人都能看到票数。",
  endedWith: (answer: string) => `投票已结束，得票最多：${answer}`,
};
