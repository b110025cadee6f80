"""What moderators see and do from their apps: accounts with their users, and reports. moderation/ decides."""

from teahouse.microblog.core import Core
from teahouse.microblog.moderation import Moderation, Orders
from teahouse.microblog.moderators.accounts import ModeratedAccounts
from teahouse.microblog.moderators.locks import Locks
from teahouse.microblog.moderators.reports import ModeratedReports
from teahouse.microblog.people.accounts import AccountBook
from teahouse.microblog.people.show import ShowAccounts
from teahouse.microblog.posts.show import ShowStatuses

__all__ = ["Moderators"]


class Moderators:
    """The desk of those who moderate; each attribute is one part of it."""

    def __init__(
        self, core: Core, book: AccountBook, people: ShowAccounts, show: ShowStatuses, moderation: Moderation
    ) -> None:
        self.orders = Orders(core, book, moderation)
        self.locks = Locks(core, book, moderation, self.orders)
        core.accounts.oversight.desk = self.locks
        self.accounts = ModeratedAccounts(core, people)
        self.reports = ModeratedReports(core, self.accounts, show)
