import { expect, test } from "vitest";
import { goesOn, isIn, leafOf } from "./merkle";

// Made by the server's own tree over the entries "0" to "10".
const SIZE = 11;
const ROOTS: Record<number, string> = {
  "1": "2zQm6HgGjSjSabbIcXIyLOU3K2V1bQeJAB00g19gHAM=",
  "2": "ywCYnZSlacCmeK4EK2Pc1GJduWRAUX83put5duok7Us=",
  "3": "cl1SMNto9VdHDcNfHYhlgTrNfrsHrRUndBQd7LrnEyc=",
  "4": "n0o/wg1BYtw31OI9kHhIcxp2BD//9taSiL8av7z/R44=",
  "5": "tnSPbtepnefahP2X4aO6xvq4mZ9KQ2lcq5Uoot5DEUc=",
  "6": "MoBcxelBNHQ9CqWA7y7jMmh7aH/C5OL3L+4cxxLgugw=",
  "7": "o+I7Msy2v5bQktFl2KpUbgmCnejwOw6JV1gdHha5K98=",
  "8": "O4WpYmwcy2TGuV7H+mSIje/izxLjnnfhCBLOX8uctY4=",
  "9": "4Qy5noqcSK6KJebDerPIjmyT6M8qYs9+TcrB6ll+d9Q=",
  "10": "LwPyA9H6Om4TiPpMtRh8O0+Udi5XjgEGgVFA5qjGvSE=",
  "11": "ZbBxmcgZLJooegYyewP9eZxpS5lTquT8GclooXAM8NU=",
};
const PATHS: string[][] = [
  [
    "IhXorE4rhxwqSBieeXOMlWwIHiOsLyQVv3faGZ39kgw=",
    "1R8t/stZVm2r27a0C/ZRzfOeZ3tEJRZeIXWQ/z4BDts=",
    "MfKXOrY+GTdd/g0WWpLr2aE9KLXm/HgHLEBovXu/vDc=",
    "aBSNhqkp35oTD3yhnf+eXDa19F0mdU1sLW1VQs/bzjE=",
  ],
  [
    "2zQm6HgGjSjSabbIcXIyLOU3K2V1bQeJAB00g19gHAM=",
    "1R8t/stZVm2r27a0C/ZRzfOeZ3tEJRZeIXWQ/z4BDts=",
    "MfKXOrY+GTdd/g0WWpLr2aE9KLXm/HgHLEBovXu/vDc=",
    "aBSNhqkp35oTD3yhnf+eXDa19F0mdU1sLW1VQs/bzjE=",
  ],
  [
    "kGxdJIXK5yIHOkMPTQT+F2dQdZLO8iZimurbhaLskJ0=",
    "ywCYnZSlacCmeK4EK2Pc1GJduWRAUX83put5duok7Us=",
    "MfKXOrY+GTdd/g0WWpLr2aE9KLXm/HgHLEBovXu/vDc=",
    "aBSNhqkp35oTD3yhnf+eXDa19F0mdU1sLW1VQs/bzjE=",
  ],
  [
    "+mHj3sNDlYn0eEyJO/Mh0AhPBMVyx68raOPzNgo1tIY=",
    "ywCYnZSlacCmeK4EK2Pc1GJduWRAUX83put5duok7Us=",
    "MfKXOrY+GTdd/g0WWpLr2aE9KLXm/HgHLEBovXu/vDc=",
    "aBSNhqkp35oTD3yhnf+eXDa19F0mdU1sLW1VQs/bzjE=",
  ],
  [
    "UzBPXj/UvNILOave8v4RgDHMWughe86gCN6n4nhpNIo=",
    "84SgD/FIOtEjwFy1A1yb+kai2SVUil+jas8Xdsmw9Eg=",
    "n0o/wg1BYtw31OI9kHhIcxp2BD//9taSiL8av7z/R44=",
    "aBSNhqkp35oTD3yhnf+eXDa19F0mdU1sLW1VQs/bzjE=",
  ],
  [
    "EeH1WCI/THG2vhzs/R8N6HFG0llId8J7KexRn5BAITw=",
    "84SgD/FIOtEjwFy1A1yb+kai2SVUil+jas8Xdsmw9Eg=",
    "n0o/wg1BYtw31OI9kHhIcxp2BD//9taSiL8av7z/R44=",
    "aBSNhqkp35oTD3yhnf+eXDa19F0mdU1sLW1VQs/bzjE=",
  ],
  [
    "eXQnz4NoBR/nuOPp1a3pxbydDPlvTz+tKh4deEg2gYg=",
    "0nN9zop98dfVz01fUtJ0gCxxv+IKLgeGguccGC05jJA=",
    "n0o/wg1BYtw31OI9kHhIcxp2BD//9taSiL8av7z/R44=",
    "aBSNhqkp35oTD3yhnf+eXDa19F0mdU1sLW1VQs/bzjE=",
  ],
  [
    "O/nIHCMcrnC2eNPzA4+fT21rnXrc+bN48lkZrlPRdoY=",
    "0nN9zop98dfVz01fUtJ0gCxxv+IKLgeGguccGC05jJA=",
    "n0o/wg1BYtw31OI9kHhIcxp2BD//9taSiL8av7z/R44=",
    "aBSNhqkp35oTD3yhnf+eXDa19F0mdU1sLW1VQs/bzjE=",
  ],
  [
    "hSJKXAGGsgWj4KGsCsAjv7jMb0vxnJC+iPxfDCMWqfo=",
    "XIie9MnK+6f1Ek/9ogKUote4W93rYPiZoqzW98XkZqM=",
    "O4WpYmwcy2TGuV7H+mSIje/izxLjnnfhCBLOX8uctY4=",
  ],
  [
    "GV9YvG1rezYzXJXgg0OCWnrm8wQ3tKfm+nuJ12kHVwo=",
    "XIie9MnK+6f1Ek/9ogKUote4W93rYPiZoqzW98XkZqM=",
    "O4WpYmwcy2TGuV7H+mSIje/izxLjnnfhCBLOX8uctY4=",
  ],
  ["CD8my2Lpgr8t7kBK2Uc2wCsP5Owvw9MoH0wPQQ10BGI=", "O4WpYmwcy2TGuV7H+mSIje/izxLjnnfhCBLOX8uctY4="],
];
const GROWTH: Record<string, string[]> = {
  "1": [
    "IhXorE4rhxwqSBieeXOMlWwIHiOsLyQVv3faGZ39kgw=",
    "1R8t/stZVm2r27a0C/ZRzfOeZ3tEJRZeIXWQ/z4BDts=",
    "MfKXOrY+GTdd/g0WWpLr2aE9KLXm/HgHLEBovXu/vDc=",
    "aBSNhqkp35oTD3yhnf+eXDa19F0mdU1sLW1VQs/bzjE=",
  ],
  "2": [
    "1R8t/stZVm2r27a0C/ZRzfOeZ3tEJRZeIXWQ/z4BDts=",
    "MfKXOrY+GTdd/g0WWpLr2aE9KLXm/HgHLEBovXu/vDc=",
    "aBSNhqkp35oTD3yhnf+eXDa19F0mdU1sLW1VQs/bzjE=",
  ],
  "3": [
    "+mHj3sNDlYn0eEyJO/Mh0AhPBMVyx68raOPzNgo1tIY=",
    "kGxdJIXK5yIHOkMPTQT+F2dQdZLO8iZimurbhaLskJ0=",
    "ywCYnZSlacCmeK4EK2Pc1GJduWRAUX83put5duok7Us=",
    "MfKXOrY+GTdd/g0WWpLr2aE9KLXm/HgHLEBovXu/vDc=",
    "aBSNhqkp35oTD3yhnf+eXDa19F0mdU1sLW1VQs/bzjE=",
  ],
  "4": ["MfKXOrY+GTdd/g0WWpLr2aE9KLXm/HgHLEBovXu/vDc=", "aBSNhqkp35oTD3yhnf+eXDa19F0mdU1sLW1VQs/bzjE="],
  "5": [
    "EeH1WCI/THG2vhzs/R8N6HFG0llId8J7KexRn5BAITw=",
    "UzBPXj/UvNILOave8v4RgDHMWughe86gCN6n4nhpNIo=",
    "84SgD/FIOtEjwFy1A1yb+kai2SVUil+jas8Xdsmw9Eg=",
    "n0o/wg1BYtw31OI9kHhIcxp2BD//9taSiL8av7z/R44=",
    "aBSNhqkp35oTD3yhnf+eXDa19F0mdU1sLW1VQs/bzjE=",
  ],
  "6": [
    "0nN9zop98dfVz01fUtJ0gCxxv+IKLgeGguccGC05jJA=",
    "84SgD/FIOtEjwFy1A1yb+kai2SVUil+jas8Xdsmw9Eg=",
    "n0o/wg1BYtw31OI9kHhIcxp2BD//9taSiL8av7z/R44=",
    "aBSNhqkp35oTD3yhnf+eXDa19F0mdU1sLW1VQs/bzjE=",
  ],
  "7": [
    "O/nIHCMcrnC2eNPzA4+fT21rnXrc+bN48lkZrlPRdoY=",
    "eXQnz4NoBR/nuOPp1a3pxbydDPlvTz+tKh4deEg2gYg=",
    "0nN9zop98dfVz01fUtJ0gCxxv+IKLgeGguccGC05jJA=",
    "n0o/wg1BYtw31OI9kHhIcxp2BD//9taSiL8av7z/R44=",
    "aBSNhqkp35oTD3yhnf+eXDa19F0mdU1sLW1VQs/bzjE=",
  ],
  "8": ["aBSNhqkp35oTD3yhnf+eXDa19F0mdU1sLW1VQs/bzjE="],
  "9": [
    "GV9YvG1rezYzXJXgg0OCWnrm8wQ3tKfm+nuJ12kHVwo=",
    "hSJKXAGGsgWj4KGsCsAjv7jMb0vxnJC+iPxfDCMWqfo=",
    "XIie9MnK+6f1Ek/9ogKUote4W93rYPiZoqzW98XkZqM=",
    "O4WpYmwcy2TGuV7H+mSIje/izxLjnnfhCBLOX8uctY4=",
  ],
  "10": [
    "CD8my2Lpgr8t7kBK2Uc2wCsP5Owvw9MoH0wPQQ10BGI=",
    "XIie9MnK+6f1Ek/9ogKUote4W93rYPiZoqzW98XkZqM=",
    "O4WpYmwcy2TGuV7H+mSIje/izxLjnnfhCBLOX8uctY4=",
  ],
  "11": [],
};

test("an entry is proved where it is and nowhere else", async () => {
  for (const [index, path] of PATHS.entries()) {
    const leaf = await leafOf(String(index));
    expect(await isIn(leaf, index, SIZE, path, ROOTS[SIZE] ?? "")).toBe(true);
    expect(await isIn(leaf, (index + 1) % SIZE, SIZE, path, ROOTS[SIZE] ?? "")).toBe(false);
    expect(await isIn(await leafOf("forged"), index, SIZE, path, ROOTS[SIZE] ?? "")).toBe(false);
    expect(await isIn(leaf, index, SIZE, path.slice(1), ROOTS[SIZE] ?? "")).toBe(false);
  }
});

test("a log is proved to have only grown", async () => {
  const now = { size: SIZE, root: ROOTS[SIZE] ?? "" };
  for (const [size, proof] of Object.entries(GROWTH)) {
    const then = { size: Number(size), root: ROOTS[Number(size)] ?? "" };
    expect(await goesOn(then, now, proof)).toBe(true);
    expect(await goesOn({ ...then, root: ROOTS[1 + (then.size % 10)] ?? "" }, now, proof)).toBe(false);
    expect(await goesOn(then, { ...now, root: ROOTS[3] ?? "" }, proof)).toBe(false);
    expect(await goesOn(then, now, [...proof, now.root])).toBe(false);
  }
});
