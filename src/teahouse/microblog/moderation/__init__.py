"""What operators decide about accounts and posts: never in silence. Each decision is a row with its reason, told as a
notification; whoever it concerns may appeal once. Table account_warnings. Who acts is the command line.
"""

from teahouse.microblog.moderation.moderation import Appeal, Moderation

__all__ = ["Appeal", "Moderation"]
