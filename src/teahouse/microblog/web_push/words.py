"""What a push says, in the few words that fit on a locked screen. Pure."""

from typing import Any

from msgspec import UNSET

from teahouse.microblog.entities.notifications import Notification
from teahouse.microblog.text.html import plain

MOST_BODY = 140
TITLES = {
    "en": {
        "mention": "{name} mentioned you",
        "status": "{name} posted",
        "reblog": "{name} reposted your post",
        "follow": "{name} follows you now",
        "follow_request": "{name} asks to follow you",
        "favourite": "{name} likes your post",
        "poll": "A poll has ended",
        "update": "{name} edited a post that you reposted",
        "quote": "{name} quoted your post",
        "quoted_update": "{name} edited a post that you quoted",
    },
    "zh": {
        "mention": "{name} 提到了你",
        "status": "{name} 发布了动态",
        "reblog": "{name} 转发了你的动态",
        "follow": "{name} 关注了你",
        "follow_request": "{name} 请求关注你",
        "favourite": "{name} 赞了你的动态",
        "poll": "投票已结束",
        "update": "{name} 修改了你转发的动态",
        "quote": "{name} 引用了你的动态",
        "quoted_update": "{name} 修改了你引用的动态",
    },
}


def payload_of(notification: Notification, token: str, locale: str = "en") -> dict[str, Any]:
    """Give what an app is told; it fetches the rest by the notification's id."""
    sender = notification.account
    title = (
        TITLES[locale].get(notification.type, "{name}").format(name=sender.display_name or sender.username)
    )
    status = notification.status
    said = "" if status is UNSET else (status.spoiler_text or plain(status.content))
    return {
        "access_token": token,
        "preferred_locale": locale,
        "notification_id": notification.id,
        "notification_type": notification.type,
        "icon": sender.avatar_static,
        "title": title,
        "body": said if len(said) <= MOST_BODY else said[: MOST_BODY - 1] + "…",
    }
