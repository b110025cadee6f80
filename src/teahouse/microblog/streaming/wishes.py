"""What a client may ask to hear: names of streams, their parameters, and the key under which each is told. Pure."""

import unicodedata
from dataclasses import dataclass

from teahouse.errors import InvalidParam, NotFound
from teahouse.microblog.entities.forms import parse_id

PLAIN = (
    "user",
    "user:notification",
    "public",
    "public:media",
    "public:local",
    "public:local:media",
    "public:remote",
    "public:remote:media",
    "direct",
)
PERSONAL = ("user", "user:notification", "direct", "list")
LONGEST_TAG = 200


@dataclass(frozen=True, slots=True)
class Wish:
    """One stream: its name, and a tag or a list's id where the name needs one."""

    stream: str
    parameter: str = ""

    @property
    def label(self) -> list[str]:
        """How events of this stream are marked for a client that hears several."""
        return [self.stream, self.parameter] if self.parameter else [self.stream]

    @property
    def is_personal(self) -> bool:
        """Tell whether the stream is about one user, so that an app without one can't hear it."""
        return self.stream in PERSONAL

    @property
    def grant(self) -> str:
        """The grant that a session needs to hear the stream."""
        return "read:notifications" if self.stream == "user:notification" else "read:statuses"


def wish_of(stream: str | None, tag: str | None, list_id: str | None) -> Wish:
    """Read a wish; raises InvalidParam (400) for a stream that does not exist or lacks its parameter."""
    if stream in PLAIN:
        return Wish(str(stream))
    if stream in ("hashtag", "hashtag:local"):
        name = folded(tag or "")
        if not name or len(name) > LONGEST_TAG:
            raise InvalidParam("Missing tag name parameter", status=400)
        return Wish(stream, name)
    if stream == "list":
        try:
            return Wish(stream, str(parse_id(list_id)))
        except NotFound:
            raise InvalidParam("Missing list name parameter", status=400) from None
    raise InvalidParam("Unknown stream type", status=400)


def folded(tag: str) -> str:
    """Give a tag as it is compared: without its sign, compatible forms and cases made one."""
    return unicodedata.normalize("NFKC", tag.strip().strip("#")).casefold()


def listed_streams(*, has_media: bool) -> list[Wish]:
    """Give the streams that hear every listed post. All posts are made here, so none is remote."""
    names = ["public", "public:local"] + (["public:media", "public:local:media"] if has_media else [])
    return [Wish(name) for name in names]
