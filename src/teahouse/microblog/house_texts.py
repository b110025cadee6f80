"""What the house says of itself at length: its description, its privacy policy, its terms.

The texts are settings. Since when each holds is remembered by its content, so that a restart changes nothing.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from teahouse.errors import InvalidParam, NotFound
from teahouse.kernel.storage import remember
from teahouse.microblog.core import Core
from teahouse.microblog.entities.forms import day, timestamp
from teahouse.microblog.entities.instance import ExtendedDescription, PrivacyPolicy, TermsOfService
from teahouse.microblog.text.html import render


def under_rule(rules: Sequence[str], number: int | None, reason: str) -> str:
    """Give a reason after the house rule that it is about, if any; raises InvalidParam for a rule that isn't there."""
    if number is None:
        return reason
    if not 1 <= number <= len(rules):
        raise InvalidParam(f"There is no rule {number}; the house has {len(rules)}")
    return f"{rules[number - 1]}\n\n{reason}".strip()


class HouseTexts:
    """Gives the long texts as HTML."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._since: dict[str, int] = {}

    async def description(self) -> ExtendedDescription:
        """Give the long description; the short one where there is none."""
        settings = self._core.config.instance
        said = settings.extended_description or settings.description
        return ExtendedDescription(timestamp(await self._held_since("description", said)), self._html(said))

    async def privacy_policy(self) -> PrivacyPolicy:
        """Give the privacy policy; an empty one where the operators wrote none."""
        said = self._core.config.instance.privacy_policy or ""
        return PrivacyPolicy(timestamp(await self._held_since("privacy", said)), self._html(said))

    async def terms(self, since: str | None = None) -> TermsOfService:
        """Give the terms, those of a day if asked; raises NotFound where there are none, or others."""
        said = self._core.config.instance.terms_of_service
        if not said:
            raise NotFound("Record not found")
        held_since = day(await self._held_since("terms", said))
        if since not in (None, held_since):
            raise NotFound("Record not found")
        return TermsOfService(held_since, True, self._html(said), None)

    def _html(self, text: str) -> str:
        return render(text, {}, self._core.public_url)

    async def _held_since(self, what: str, text: str) -> int:
        """Give when this text was first shown, in milliseconds."""
        key = f"{what}_since_{hashlib.sha256(text.encode()).hexdigest()[:16]}"
        if key not in self._since:
            now = datetime.fromtimestamp(self._core.clock.now_ms() / 1000, UTC)
            kept = await remember(self._core.db, key, now.isoformat(timespec="milliseconds"))
            self._since[key] = int(datetime.fromisoformat(kept).timestamp() * 1000)
        return self._since[key]
