"""Who takes part: names, languages, what they care about. Pure."""

import random
from dataclasses import dataclass

TOPICS = ("tea", "photography", "cooking", "books", "cycling", "music", "gardens", "code")

_NAMES = (
    ("mei", "林小梅", "zh"), ("oskar", "Oskar", "en"), ("yun", "云上的茶", "zh"), ("amara", "Amara", "en"),
    ("jun", "阿俊", "zh"), ("clara", "Clara", "en"), ("xiaoyu", "小雨", "zh"), ("tomas", "Tomás", "en"),
    ("lan", "兰姐", "zh"), ("nadia", "Nadia", "en"), ("bohai", "渤海", "zh"), ("felix", "Felix", "en"),
    ("qing", "青山不语", "zh"), ("ines", "Inês", "en"), ("hao", "豪哥", "zh"), ("linnea", "Linnéa", "en"),
    ("shan", "山里人", "zh"), ("kofi", "Kofi", "en"), ("ying", "小莹", "zh"), ("maeve", "Maeve", "en"),
    ("dao", "稻香", "zh"), ("ravi", "Ravi", "en"), ("xue", "初雪", "zh"), ("elena", "Elena", "en"),
    ("feng", "老冯", "zh"), ("jonas", "Jonas", "en"), ("zhi", "知了", "zh"), ("sofia", "Sofia", "en"),
    ("bai", "白茶", "zh"), ("henrik", "Henrik", "en"), ("tang", "糖糖", "zh"), ("zoe", "Zoé", "en"),
)  # fmt: skip

_BIOS = {
    "en": {
        "tea": "Third infusion is the best one.", "photography": "Light, mostly in the morning.",
        "cooking": "Cooks for ten, eats for two.", "books": "Reads on trains.",
        "cycling": "Uphill slowly, downhill singing.", "music": "Second violin, first to laugh.",
        "gardens": "Talks to tomatoes.", "code": "Deletes more lines than I write.",
    },
    "zh": {
        "tea": "第三泡最好。", "photography": "喜欢清晨的光。", "cooking": "会做饭，更会吃。",
        "books": "在地铁上看书的人。", "cycling": "慢慢上坡，唱着下坡。", "music": "拉二胡，也听摇滚。",
        "gardens": "跟番茄说话。", "code": "删的代码比写的多。",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Character:
    """Somebody of the cast. `fame` is how much of the attention they get."""

    name: str
    display_name: str
    language: str
    topics: tuple[str, ...]
    bio: str
    fame: float


def cast_of(count: int, dice: random.Random) -> list[Character]:
    """Choose so many people; who is first is at home everywhere."""
    made = []
    for index in range(count):
        name, display_name, language = _NAMES[index % len(_NAMES)]
        again = index // len(_NAMES)
        if again:
            name, display_name = f"{name}{again + 1}", f"{display_name} {again + 1}"
        topics = tuple(dice.sample(TOPICS, 2))
        fame = 1.0 / (1 + index % len(_NAMES)) ** 0.7
        made.append(Character(name, display_name, language, topics, _BIOS[language][topics[0]], fame))
    return made
