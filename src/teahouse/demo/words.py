"""What people say, in English and Chinese: sentences with gaps, filled by the dice. Pure."""

import random

THINGS = {
    "en": {
        "tea": ("oolong", "white tea", "the old pu-erh", "a smoky lapsang", "sencha"),
        "photography": ("the harbour", "fog over the river", "a heron", "the night market", "rain on glass"),
        "cooking": ("hand-pulled noodles", "a lentil stew", "scallion pancakes", "plum dumplings", "braised aubergine"),
        "books": ("a book of letters", "an old atlas", "three short stories", "a novel about clocks", "poems"),
        "cycling": ("the pass", "the canal path", "the ring road", "forty kilometres", "the last hill"),
        "music": ("a string quartet", "the erhu", "a B side", "the choir", "slow blues"),
        "gardens": ("the tomatoes", "a fig cutting", "wild garlic", "the compost", "chrysanthemums"),
        "code": ("a parser", "the flaky test", "a migration", "the cache", "one long function"),
    },
    "zh": {
        "tea": ("乌龙", "白毫银针", "老普洱", "正山小种", "龙井"),
        "photography": ("码头", "江上的雾", "一只白鹭", "夜市", "玻璃上的雨"),
        "cooking": ("手擀面", "红烧茄子", "葱油饼", "梅子酱鸭", "砂锅粥"),
        "books": ("一本书信集", "旧地图册", "三个短篇", "讲钟表的小说", "诗集"),
        "cycling": ("山口", "运河边的小路", "环城路", "四十公里", "最后一个坡"),
        "music": ("弦乐四重奏", "二胡", "老唱片", "合唱团", "慢板蓝调"),
        "gardens": ("番茄", "无花果枝条", "野葱", "堆肥", "菊花"),
        "code": ("解析器", "不稳定的测试", "数据迁移", "缓存", "一个很长的函数"),
    },
}  # fmt: skip

TAGS = {
    "en": {topic: topic for topic in THINGS["en"]},
    "zh": {
        "tea": "茶", "photography": "摄影", "cooking": "做饭", "books": "读书", "cycling": "骑行", "music": "音乐",
        "gardens": "花园", "code": "代码",
    },
}  # fmt: skip

POSTS = {
    "en": (
        "Spent the whole morning on {thing}. Worth it. #{tag}",
        "Does anybody else think {thing} is better on a grey day? #{tag}",
        "A small note on {thing}: start earlier than you think, and stop earlier too.",
        "Today's lesson, again: {thing} does not care about my plans.",
        "If you are near the old teahouse on Saturday: we meet for {thing}. Bring a cup. #{tag}",
        "{thing}, and then nothing for an hour. #{tag}",
        "Somebody asked me how I got into this. It was {thing}, and an aunt who never hurried.",
        "Unpopular opinion: {thing} needs no improving.",
        "Found my notes from last year. Half of them are about {thing}; the other half are crossed out.",
        "Question for the people who know: what would you do with {thing}? #{tag}",
        "Two things I learned this week:\n\n- {thing} wants patience\n- so do I",
        "#slow afternoons# are for {thing}.",
    ),
    "zh": (
        "整个上午都在弄{thing}，值得。 #{tag}",
        "只有我觉得阴天的{thing}更好吗？ #{tag}",
        "关于{thing}的一点心得：早点开始，也早点收手。",
        "今天又学到了：{thing}从来不管我的计划。",
        "周六在老茶馆附近的朋友，一起来{thing}吧，自带杯子。 #{tag}",
        "{thing}，然后发呆一小时。 #{tag}",
        "有人问我怎么入的坑，因为{thing}，还有一个从不着急的姑姑。",
        "说句不讨喜的：{thing}不需要改进。",
        "翻到去年的笔记，一半写的是{thing}，另一半划掉了。",
        "请教各位：{thing}你们会怎么处理？ #{tag}",
        "#慢下来的下午#，适合{thing}。",
        "这周最开心的事，就是{thing}。谢谢大家的建议！ #{tag}",
    ),
}

COMMENTS = {
    "en": (
        "This made my day.", "I had to read this twice, in a good way.", "Where was this?", "Same here, every time.",
        "Please write more about it.", "My grandmother would agree.", "I tried it last week and failed beautifully.",
        "Hm, I see it the other way round, but I see it.", "Saved for the weekend.", "How long did it take you?",
        "That is exactly it.", "Can I borrow that sentence?",
    ),
    "zh": (
        "看完心情好多了。", "读了两遍，真好。", "这是在哪儿？", "我也是，每次都这样。", "多写点，爱看。",
        "我奶奶一定同意。", "上周试了，失败得很漂亮。", "我的看法正好相反，但能理解。", "先收藏，周末试试。",
        "花了多长时间？", "说得太对了。", "这句话借我用一下。",
    ),
}  # fmt: skip

QUOTES = {
    "en": (
        "Everybody should see this.",
        "This, and the comments below it.",
        "I keep thinking about this one.",
    ),
    "zh": ("大家都来看看。", "连同评论一起看。", "这条我想了一整天。"),
}
POLLS = {
    "en": (
        ("Which one on Saturday?", ("Oolong", "Pu-erh", "Whatever is open")),
        ("When do you write best?", ("Before breakfast", "After lunch", "At night", "Never")),
        ("Trails or roads?", ("Trails", "Roads")),
    ),
    "zh": (
        ("周六喝哪个？", ("乌龙", "普洱", "有什么喝什么")),
        ("什么时候效率最高？", ("早饭前", "午后", "深夜", "从来没有")),
        ("走小路还是大路？", ("小路", "大路")),
    ),
}
CHAT = {
    "en": (
        "Morning! Who is in today?", "I'm ten minutes late, sorry.", "Did you see the post about {thing}?",
        "Can somebody bring cups?", "Yes.", "No idea, but it sounds right.", "I put the list into the room's topic.",
        "Let's try {thing} next time.", "Haha, exactly.", "On my way.", "The shop closes at six, by the way.",
        "Thanks for yesterday, everybody!", "Has anyone tried {thing} with this?", "I can be there at seven.",
        "Sounds good to me.", "Wait, which Saturday?", "The one after the rain.", "Pictures later!",
        "It worked on the second try.", "Let me ask my sister.",
    ),
    "zh": (
        "早！今天谁来？", "我晚到十分钟，不好意思。", "看到那条关于{thing}的帖子了吗？", "谁能带几个杯子？", "好的。",
        "不清楚，不过听着没错。", "清单放在群公告里了。", "下次试试{thing}吧。", "哈哈，没错。", "在路上了。",
        "店里六点关门。", "昨天谢谢大家！", "有人拿它配过{thing}吗？", "我七点能到。", "我觉得可以。",
        "等等，哪个周六？", "下雨之后那个。", "照片晚点发！", "第二次就成功了。", "我问问我姐。",
    ),
}  # fmt: skip
ROOMS = (
    ("Saturday teahouse", "Every Saturday at three. Bring your own cup."), ("摄影散步", "每月一次，走哪儿拍哪儿。"),
    ("Kitchen table", "Recipes, failures, leftovers."), ("读书会", "这个月读短篇。"),
    ("Slow riders", "Nobody is left behind."),
    ("Community garden", "Plot 7, water on Tuesdays."), ("周末合奏", "新手欢迎。"),
    ("Code and cake", "First the tests."),
)  # fmt: skip
REACTIONS = ("👍", "❤️", "🍵", "😂", "🎉", "🙏")
WARNINGS = {"en": "Food, close up", "zh": "深夜放毒"}


def post(language: str, topic: str, dice: random.Random) -> str:
    """Say something about a topic."""
    return _filled(dice.choice(POSTS[language]), language, topic, dice)


def chat_line(language: str, topic: str, dice: random.Random) -> str:
    """Say something in a room."""
    return _filled(dice.choice(CHAT[language]), language, topic, dice)


def _filled(sentence: str, language: str, topic: str, dice: random.Random) -> str:
    made = sentence.format(thing=dice.choice(THINGS[language][topic]), tag=TAGS[language][topic])
    return made[:1].upper() + made[1:]
