/** Our own stickers: a cup of tea and its moods, drawn in public/stickers. */
export const stickers = ["hello", "thanks", "love", "laugh", "sad", "angry", "sleepy", "cheers"] as const;
