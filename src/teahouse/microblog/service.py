"""The slice's door: one object that wires the capabilities together and names what other parts may ask."""

from teahouse.accounts import Accounts
from teahouse.clock import Clock
from teahouse.config import Config
from teahouse.kernel.http import RateLimiter
from teahouse.kernel.sealing import Sealer, load_or_create_sealer
from teahouse.kernel.storage import Database
from teahouse.kernel.web_push import ServerKey, load_or_create_server_key
from teahouse.media import Media
from teahouse.microblog.announcements.announcements import Announcements
from teahouse.microblog.core import Core
from teahouse.microblog.discovery.search import Discovery
from teahouse.microblog.discovery.suggestions import Suggestions
from teahouse.microblog.discovery.trends import Trends
from teahouse.microblog.emojis.desk import EmojiDesk
from teahouse.microblog.house_texts import HouseTexts
from teahouse.microblog.instance import InstanceInfo
from teahouse.microblog.moderation import Moderation
from teahouse.microblog.moderators import Moderators
from teahouse.microblog.notifications.groups import Groups
from teahouse.microblog.notifications.notices import Notices
from teahouse.microblog.notifications.notify import Notify
from teahouse.microblog.notifications.requests import Requests
from teahouse.microblog.pages.public import PublicPages
from teahouse.microblog.people.accounts import AccountBook
from teahouse.microblog.people.blocks import Blocks
from teahouse.microblog.people.follows import Follows
from teahouse.microblog.people.lists import Lists
from teahouse.microblog.people.profile import OwnProfile
from teahouse.microblog.people.proofs import Proofs
from teahouse.microblog.people.relationships import Relationships
from teahouse.microblog.people.show import ShowAccounts
from teahouse.microblog.people.tags import Tags
from teahouse.microblog.posts.attachments import Attachments
from teahouse.microblog.posts.cards import Cards
from teahouse.microblog.posts.conversations import Conversations
from teahouse.microblog.posts.edit import Edit
from teahouse.microblog.posts.erase import Erase
from teahouse.microblog.posts.filters import Filters
from teahouse.microblog.posts.leftovers import Leftovers
from teahouse.microblog.posts.marks import Marks
from teahouse.microblog.posts.polls import Polls
from teahouse.microblog.posts.publish import Publish
from teahouse.microblog.posts.remove import Remove
from teahouse.microblog.posts.restore import Restore
from teahouse.microblog.posts.schedule import Schedule
from teahouse.microblog.posts.show import ShowStatuses
from teahouse.microblog.posts.threads import Threads
from teahouse.microblog.posts.traces import Traces
from teahouse.microblog.posts.uploads import PostUploads
from teahouse.microblog.reports.reports import Reports
from teahouse.microblog.streaming.live import Live
from teahouse.microblog.timelines.timelines import Timelines
from teahouse.microblog.usage import Usage
from teahouse.microblog.web_push.sender import PushSender
from teahouse.microblog.web_push.subscriptions import Subscriptions
from teahouse.trust import Trust


class Microblog:
    """The microblog; each attribute is one capability."""

    def __init__(
        self, db: Database, config: Config, clock: Clock, limiter: RateLimiter, accounts: Accounts, media: Media,
        trust: Trust,
    ) -> None:  # fmt: skip
        sealer = load_or_create_sealer(config.data / "sealing.key")
        push_key = load_or_create_server_key(config.data / "web-push.pem")
        accounts.add_to_apps("vapid_key", push_key.public)
        self.core = Core(db, config, clock, limiter, accounts)
        self.activities = self.core.activities
        self.people = ShowAccounts(self.core)
        self.usage = Usage(self.core)
        self.book = AccountBook(self.core, self.people, self.usage)
        self.profile = OwnProfile(self.core, self.book, self.people)
        self.follows = Follows(self.core, self.book)
        self.blocks = Blocks(self.core, self.book, self.follows)
        self.relationships = Relationships(self.core, self.book, self.people)
        self.show = ShowStatuses(self.core, self.people)
        self.attachments = Attachments(self.core)
        self.uploads = PostUploads(self.core, media)
        self.traces = Traces(self.core)
        self.leftovers = Leftovers(self.core, media, self.attachments)
        self.conversations = Conversations(self.core, self.book, self.people, self.show)
        self.cards = Cards(self.core, media)
        self.proofs = Proofs(self.core, media)
        self.publish = Publish(self.core, self.conversations, self.attachments)
        self.marks = Marks(self.core)
        self.remove = Remove(self.core, self.show, self.marks, self.conversations, self.attachments)
        self.erase = Erase(self.core, self.follows, self.marks, self.remove)
        self.restore = Restore(self.core, self.publish, self.conversations)
        self.edit = Edit(self.core, self.book, self.people, self.publish, self.attachments)
        self.threads = Threads(self.core, self.book, self.show)
        self.polls = Polls(self.core, self.show)
        self.schedule = Schedule(self.core, self.book, self.publish, self.attachments)
        self.filters = Filters(self.core, self.show)
        self.lists = Lists(self.core, self.book)
        self.tags = Tags(self.core, self.book)
        self.emoji_desk = EmojiDesk(db, clock, media)
        self.announcements = Announcements(self.core)
        self.reports = Reports(self.core, self.book, self.people)
        self.moderation = Moderation(
            self.core, trust, media, self.book, self.remove, self.marks, self.restore
        )
        self.house_texts = HouseTexts(self.core)
        self.instance = InstanceInfo(self.core, push_key.public, self.usage)
        self.timelines = Timelines(self.core, self.book, self.show)
        self.pages = PublicPages(self.core, self.book, self.people, self.timelines, self.threads, self.show)
        self.discovery = Discovery(self.core, self.book, self.show, self.tags)
        self.trends = Trends(self.core, self.show, self.tags)
        self.suggestions = Suggestions(self.core, self.book)
        self._wire_telling(sealer, push_key)
        self.moderators = Moderators(self.core, self.book, self.people, self.show, self.moderation)

    def _wire_telling(self, sealer: Sealer, push_key: ServerKey) -> None:
        """Make what tells people of things, on what is there."""
        self.notify = Notify(self.core)
        self.notices = Notices(self.core, self.book, self.people, self.show)
        self.groups = Groups(self.core, self.notices)
        self.requests = Requests(self.core, self.book, self.people, self.show)
        self.subscriptions = Subscriptions(self.core, sealer, push_key)
        self.push_sender = PushSender(self.core, self.notices, sealer, push_key)
        self.live = Live(self.core, self.show, self.notices, self.conversations, self.announcements)

    async def start(self) -> None:
        """Begin to push and to do what is done by the clock; go on with what was being done when the server ended."""
        self.core.serves = True
        await self.live.start()
        await self.core.emojis.load()
        await self.trends.standing.load()
        await self.uploads.resume()
        self.schedule.start()
        self.leftovers.start()
        self.traces.errands.start()
        if self.core.config.media.previews:
            self.cards.errands.start()
            self.proofs.errands.start()
        await self.push_sender.start()

    async def stop(self) -> None:
        """End what is done by the clock, and the pushing."""
        await self.trends.standing.stop()
        await self.schedule.stop()
        await self.leftovers.stop()
        await self.traces.errands.stop()
        await self.cards.errands.stop()
        await self.proofs.errands.stop()
        await self.uploads.stop()
        await self.push_sender.stop()
        await self.core.emojis.stop()
