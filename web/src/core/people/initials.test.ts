import { expect, test } from "vitest";
import { initialsOf, isFoundBy, letterOf, sections } from "./initials";

const READINGS = {
  A: "安艾敖",
  B: "白包毕卜薄",
  C: "陈蔡曹程崔车谌",
  D: "邓丁董杜戴都",
  E: "鄂",
  F: "冯范方傅费",
  G: "高郭顾龚葛盖",
  H: "黄何胡韩侯黑",
  J: "江金姜贾蒋纪",
  K: "孔康柯",
  L: "李刘林罗梁龙",
  M: "马毛孟莫梅",
  N: "倪宁聂牛那",
  O: "欧区",
  P: "潘彭庞裴朴",
  Q: "钱秦邱齐覃",
  R: "任阮荣",
  S: "孙宋苏沈石单盛",
  T: "唐田谭陶汤",
  W: "王吴魏汪万",
  X: "徐许谢萧薛解冼",
  Y: "杨叶余袁于俞乐",
  Z: "张赵周朱郑曾查翟",
};

test("Chinese surnames are filed by their reading", () => {
  const wrong = Object.entries(READINGS).flatMap(([letter, names]) =>
    [...names]
      .filter((name) => letterOf(`${name}一`) !== letter)
      .map((name) => `${name} as ${letterOf(name)}`),
  );
  expect(wrong).toEqual([]);
});

test("compound surnames are read as one", () => {
  expect([letterOf("尉迟恭"), letterOf("万俟卨"), letterOf("长孙皇后"), letterOf("单于")]).toEqual([
    "Y",
    "M",
    "Z",
    "C",
  ]);
});

test("Latin names of any form go by their letter, everything else comes last", () => {
  expect([" émile", "Ångström", "ｚｏｅ", "lin"].map(letterOf)).toEqual(["E", "A", "Z", "L"]);
  expect(["Ольга", "🍵", "7", ""].map(letterOf)).toEqual(["#", "#", "#", "#"]);
});

test("a name is found by a part of it and by its first letters", () => {
  expect(["张三", "单雄信", "Bo Chen", "李 Lee"].map(initialsOf)).toEqual(["zs", "sxx", "bc", "ll"]);
  expect(isFoundBy(["张三", "@zhang:example.org"], "zs")).toBe(true);
  expect(isFoundBy(["张三", "@zhang:example.org"], "HANG")).toBe(true);
  expect(isFoundBy(["张三"], "z")).toBe(false);
  expect(isFoundBy(["张三"], "李")).toBe(false);
});

test("sections run from A to Z and are sorted inside", () => {
  const found = sections(["7up", "王芳", "Wang", "阿明", "吴昊", "bao"], (name) => name);
  expect(found).toEqual([
    { letter: "A", items: ["阿明"] },
    { letter: "B", items: ["bao"] },
    { letter: "W", items: ["王芳", "吴昊", "Wang"] },
    { letter: "#", items: ["7up"] },
  ]);
});
