"""The one door of reading: who may see a post. Pure; every path to a post asks here.

Nobody sees the posts of an account that is gone, or of one with which a block stands, in either direction. A post
for followers is also for those whom it mentions; a direct one is for them alone.
"""

from teahouse.microblog.people.records import Ties, Viewer
from teahouse.microblog.posts.records import DIRECT, PRIVATE, StatusRow


def may_see(viewer: Viewer, row: StatusRow, ties: Ties, *, author_is_gone: bool) -> bool:
    """Tell whether the viewer may see a post, or a repost as such; for a repost ask for its root too."""
    if author_is_gone:
        return False
    if viewer.is_known and row.account_id == viewer.id:
        return True
    if ties.apart(row.account_id):
        return False
    if row.visibility < PRIVATE:
        return True
    if not viewer.is_known:
        return False
    if viewer.id in row.mentioned:
        return True
    return row.visibility != DIRECT and row.account_id in ties.follows


def may_reply(viewer: Viewer, row: StatusRow, *, follows_author: bool) -> bool:
    """Tell whether the author lets the viewer comment on a post."""
    if viewer.id == row.account_id or row.reply_policy == 0 or viewer.id in row.mentioned:
        return True
    return row.reply_policy == 1 and follows_author


def may_quote(viewer: Viewer, row: StatusRow, *, follows_author: bool) -> bool:
    """Tell whether the author lets the viewer quote a post; what is not public only its author may."""
    if viewer.id == row.account_id:
        return row.visibility != DIRECT
    if not viewer.is_known or row.visibility >= PRIVATE:
        return False
    return row.quote_policy == 0 or (row.quote_policy == 1 and follows_author)


def may_reblog(viewer: Viewer, row: StatusRow) -> bool:
    """Tell whether the viewer may repost a post that they see."""
    return row.visibility < PRIVATE or (row.visibility == PRIVATE and row.account_id == viewer.id)
