"""The other pages and acts of a city: what each costs the server, on the same five million posts."""

from typing import Any

from bench.blog.asking import Asking
from bench.blog.filling import FIRST_ACCOUNT, FOLLOWED, City
from bench.measures import Measure, at_most
from bench.stage import Stage

GOAL = at_most(20)
_READ = {
    "list": "an exclusive list of 1,000",
    "tag": "a tag that 100,000 posts have",
    "tags": "a tag and another that no post shares",
    "local": "everybody's posts",
    "account": "an account's posts",
    "followers": "followers of the celebrity",
    "familiar": "familiar followers of the celebrity",
    "rare": "search: a word of 1,000 posts",
    "common": "search: a word that every post has",
    "library": "search: the same in one's own library",
    "polls": "search: has:poll, and no post has one",
    "told": "notifications, 200,000 likes",
    "mentions": "mentions among 200,000 likes",
    "groups": "notifications in groups, the same",
    "comments": "the hottest of 5,000 comments",
    "trends": "trends",
}
_ACTS = {
    "unfollow": "unfollow the celebrity",
    "follow": "follow the celebrity",
    "block": "block somebody",
    "unblock": "unblock somebody",
    "mute": "mute somebody",
    "comment": "comment among 5,000, mentioning",
    "delete": "delete a post",
    "delete_comment": "delete a comment among 5,000",
}
MEASURES = [
    Measure(f"{key}_cpu_ms", f"CPU: {label}", "ms", GOAL) for key, label in (_READ | _ACTS).items()
] + [
    Measure("context_cpu_ms", "CPU: a thread, 1,000 of 5,000 comments", "ms"),
]


async def paths(stage: Stage, plan: City, asking: Asking) -> dict[str, float]:
    """Give the CPU of each."""
    fan, popular, friend = plan.followers, plan.popular, plan.reader(len(FOLLOWED) - 1, quiet=False)
    asked = {
        "list": (plan.lister, "/v1/timelines/list/1?limit=40"),
        "tag": (fan, "/v1/timelines/tag/tea?limit=40"),
        "tags": (fan, "/v1/timelines/tag/tea?limit=40&all[]=tag7"),
        "local": (fan, "/v1/timelines/public?limit=40&local=true"),
        "account": (fan, f"/v1/accounts/{FIRST_ACCOUNT + 5}/statuses?limit=40&exclude_replies=true"),
        "followers": (fan, f"/v1/accounts/{plan.celebrity}/followers?limit=80"),
        "familiar": (friend, f"/v1/accounts/familiar_followers?id[]={plan.celebrity}"),
        "rare": (fan, "/v2/search?q=w4321&type=statuses"),
        "common": (fan, "/v2/search?q=city&type=statuses"),
        "library": (fan, "/v2/search?q=in:library%20city&type=statuses"),
        "polls": (fan, "/v2/search?q=has:poll&type=statuses"),
        "told": (popular, "/v1/notifications?limit=40"),
        "mentions": (popular, "/v1/notifications?limit=40&types[]=mention"),
        "groups": (popular, "/v2/notifications?limit=40"),
        "comments": (fan, f"/v1/statuses/{plan.thread}/comments?order=hot&limit=40"),
        "trends": (fan, "/v1/trends/statuses"),
        "context": (fan, f"/v1/statuses/{plan.thread}/context"),
    }
    values: dict[str, float] = {}
    count = stage.size(25, 6)
    with stage.steps("other pages", len(asked)) as step:
        for key, (who, path) in asked.items():
            _, values[f"{key}_cpu_ms"], _ = await asking.cost(
                [(who, "GET", path, None)] * (count + 10), warm=10
            )
            step()
    return values | await _acts(stage, plan, asking)


async def _acts(stage: Stage, plan: City, asking: Asking) -> dict[str, float]:
    count = stage.size(30, 6)
    fans = [plan.followers + 2000 + number for number in range(count)]
    friend, star, thread = plan.reader(0, quiet=False), plan.celebrity, plan.thread
    values: dict[str, float] = {}
    for fan in fans:
        await asking.ask(fan, "GET", "/v1/accounts/verify_credentials")

    async def measured(key: str, asks: list[tuple[int, str, str, Any]]) -> list[Any]:
        _, values[f"{key}_cpu_ms"], answers = await asking.cost(asks)
        return answers

    for verb in ("unfollow", "follow"):
        await measured(verb, [(fan, "POST", f"/v1/accounts/{star}/{verb}", None) for fan in fans])
    for verb in ("block", "unblock", "mute"):
        others = range(FIRST_ACCOUNT + 301, FIRST_ACCOUNT + 301 + count)
        await measured(verb, [(friend, "POST", f"/v1/accounts/{one}/{verb}", None) for one in others])
    said = {"status": "@made20000 so it is", "in_reply_to_id": str(thread)}
    comments = await measured("comment", [(fan, "POST", "/v1/statuses", said) for fan in fans])
    erased = [
        (fan, "DELETE", f"/v1/statuses/{one['id']}", None) for fan, one in zip(fans, comments, strict=True)
    ]
    await measured("delete_comment", erased)
    posts = [
        (await asking.ask(star, "POST", "/v1/statuses", {"status": f"gone {n}"}))[0] for n in range(count)
    ]
    await measured("delete", [(star, "DELETE", f"/v1/statuses/{one['id']}", None) for one in posts])
    return values
