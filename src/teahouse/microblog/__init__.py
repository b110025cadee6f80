"""The microblog: the Mastodon client API over accounts, posts and timelines; a post is one row whatever the audience.

    service.py      the door: wires the capabilities
    core.py         what they all stand on;  snowflakes.py  ids;  paging.py  pages by id;  activity.py  who is told
    instance.py     what the server tells of itself;  usage.py  how much it is used;  errands.py  what is done later
    entities/       one struct for each entity of the API: whatever goes out, goes out through one of them
    text/           mentions, tags, links and the HTML of a text (pure)
    people/         accounts, profiles, follows, blocks, mutes, lists
    posts/          writing, editing, deleting, marks, polls, conversations;  visibility.py  the one door of reading
    timelines/      home, public, tags, lists, profiles: merged when they are read, never pushed
    discovery/      search, trends, suggestions, the directory
    notifications/  what somebody is told, in groups and one by one; strangers who wait
    emojis/  announcements/    what operators give everybody
    reports/        what operators are told of people;  house_texts.py  what the house says of itself
    moderation/     what operators decide, with appeals;  restraints.py  who is limited or suspended
    moderators/     what moderators see from their apps: accounts with their users, reports
    web_push/       notifications to apps that are not running
    streaming/      live streams over WebSocket and server-sent events
    pages/          what visitors see of profiles, posts and tags without script, and feeds
    routes/         the wire;  store_*.py  all SQL

Seams for parts that build on this one:

*Inside the write*: `microblog.activities.within(hook)` awaits `hook(tx, activities)` before the commit, once for each
act that concerns somebody else, or once for several that differ only in who acts: mention, quote, status, reblog,
favourite, follow, follow_request, poll, update, quoted_update (the notification types of the API; see activity.py for
whom each concerns).

*After the commit*, facts: status_posted, status_edited, status_carded (its card is there), status_deleted (body:
StatusFact; user_id: the author), link_wanted, field_check_wanted,
status_counted (body: the post's id: its counts changed), following_changed (user_id: whose follows, blocks or mutes
changed), account_changed (user_id; body: the account's id), conversation_changed (body: account id, conversation id),
filters_changed (user_id), notifications_merged (body: account id).

*Reading*: `book.viewer(caller)` says who looks (and makes the account at first use); `show.many(viewer, ids, context)`
gives Status entities of what that viewer may see, in order; `book.many(ids)` gives Account entities;
`people.account(row)` makes one of a row; `posts.gather.visible_rows(tx, viewer, ids, now)` is the door for anything
else. A list pages with `Page` and `taking(...)` of kernel/http, and with `paging.span_of`, `paging.found` and
`routes.answers.page_of`.

Tables: accounts and all others of migrations 0040 to 0059. Refuses to know rooms.
"""

from teahouse.microblog.announcements.store_announcements import AnnouncementRow
from teahouse.microblog.emojis.store_emojis import EmojiRow
from teahouse.microblog.moderation import Appeal
from teahouse.microblog.reports.reports import OpenReport
from teahouse.microblog.routes import (
    accounts,
    admin_accounts,
    admin_lock,
    admin_reports,
    admin_trends,
    discovery,
    filters,
    house,
    instance,
    media,
    moderation,
    notifications,
    oembed,
    pages,
    people,
    statuses,
    threads,
    timelines,
    web_push,
)
from teahouse.microblog.service import Microblog
from teahouse.microblog.streaming import routes as streaming

ROUTES = [
    *accounts.ROUTES,
    *people.ROUTES,
    *statuses.ROUTES,
    *threads.ROUTES,
    *timelines.ROUTES,
    *filters.ROUTES,
    *discovery.ROUTES,
    *media.ROUTES,
    *notifications.ROUTES,
    *streaming.ROUTES,
    *instance.ROUTES,
    *house.ROUTES,
    *moderation.ROUTES,
    *admin_accounts.ROUTES,
    *admin_lock.ROUTES,
    *admin_reports.ROUTES,
    *admin_trends.ROUTES,
    *web_push.ROUTES,
    *pages.ROUTES,
    *oembed.ROUTES,
]

__all__ = ["ROUTES", "AnnouncementRow", "Appeal", "EmojiRow", "Microblog", "OpenReport"]
