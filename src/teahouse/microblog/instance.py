"""The server's description for apps: limits, rules, counts. What it announces is what it does."""

from importlib import metadata
from typing import Any

from teahouse.microblog.core import Core
from teahouse.microblog.entities.instance import Contact, InstanceV1, InstanceV2, Rule
from teahouse.microblog.people.profile import MOST_FIELD_CHARS, MOST_FIELDS, MOST_NAME_CHARS, MOST_NOTE_CHARS
from teahouse.microblog.people.tags import MOST_FEATURED
from teahouse.microblog.posts import compose
from teahouse.microblog.posts.attachments import MOST_DESCRIPTION_CHARS
from teahouse.microblog.posts.marks import MOST_PINS
from teahouse.microblog.text.parsing import URL_LENGTH
from teahouse.microblog.usage import Usage

COMPATIBLE = "4.5.0"
"""The Mastodon version whose API is whole here; apps read the leading numbers."""
API_LEVEL = 7
"""What apps may rely on by number; each promise of each level is a test in tests/microblog/test_promises.py."""
NODEINFO_SCHEMA = "http://nodeinfo.diaspora.software/ns/schema/"
NODEINFO_VERSIONS = ("2.0", "2.1")
MIME_TYPES = [
    "image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/heic", "image/heif", "video/mp4",
    "video/quicktime", "video/webm", "audio/mpeg", "audio/ogg", "audio/wav", "audio/flac", "audio/mp4", "audio/aac",
]  # fmt: skip


class InstanceInfo:
    """Describes the server."""

    def __init__(self, core: Core, push_key: str, usage: Usage) -> None:
        self._core = core
        self._usage = usage
        self._push_key = push_key

    @property
    def version(self) -> str:
        """The version as apps read it: the Mastodon version first, ours as its build.

        COMPAT(masto 4 and 5, Soapbox): they refuse or distrust what is no semantic version, such as "(compatible; …)".
        """
        return f"{COMPATIBLE}+teahouse.{metadata.version('teahouse')}"

    def rules(self) -> list[Rule]:
        """Give the house rules."""
        lines = self._core.config.instance.house_rules
        return [Rule(str(number), line, "") for number, line in enumerate(lines, 1)]

    async def v2(self) -> InstanceV2:
        """Give the description of today."""
        settings = self._core.config.instance
        counts = await self._usage.counts()
        picture = self._picture()
        return InstanceV2(
            domain=self._core.host,
            title=settings.title,
            version=self.version,
            source_url=self._core.public_url,
            description=settings.description,
            usage={"users": {"active_month": counts.active_month}},
            thumbnail={"url": picture, "blurhash": None, "versions": {}},
            icon=[{"src": picture, "size": "512x512"}],
            languages=["en", "zh"],
            configuration={**self._limits(), **self._abilities()},
            registrations=self._registrations(),
            api_versions={"mastodon": API_LEVEL},
            contact=Contact(settings.contact_email or "", None),
            rules=self.rules(),
        )

    async def v1(self) -> InstanceV1:
        """Give the description that old apps ask for."""
        settings = self._core.config.instance
        counts = await self._usage.counts()
        registrations = self._registrations()
        return InstanceV1(
            uri=self._core.host,
            title=settings.title,
            short_description=settings.description,
            description=settings.description,
            email=settings.contact_email or "",
            version=self.version,
            urls={"streaming_api": self._streaming()},
            stats={"user_count": counts.people, "status_count": counts.posts, "domain_count": 1},
            thumbnail=self._picture(),
            languages=["en", "zh"],
            registrations=registrations["enabled"],
            approval_required=False,
            invites_enabled=False,
            configuration=self._limits(),
            contact_account=None,
            rules=self.rules(),
        )

    def nodeinfo_links(self) -> dict[str, Any]:
        """Say where the server describes itself to those who count servers."""
        return {
            "links": [
                {"rel": NODEINFO_SCHEMA + version, "href": f"{self._core.public_url}/nodeinfo/{version}"}
                for version in NODEINFO_VERSIONS
            ]
        }

    async def nodeinfo(self, version: str) -> dict[str, Any]:
        """Describe the server to those who count servers: no protocol of federation is spoken here."""
        settings = self._core.config.instance
        counts = await self._usage.counts()
        return {
            "version": version,
            "software": {"name": "teahouse", "version": metadata.version("teahouse")},
            "protocols": [],
            "services": {"inbound": [], "outbound": ["rss2.0"] if settings.public_pages else []},
            "usage": {
                "users": {
                    "total": counts.people,
                    "activeMonth": counts.active_month,
                    "activeHalfyear": counts.active_half_year,
                },
                "localPosts": counts.posts,
            },
            "openRegistrations": self._registrations()["enabled"],
            "metadata": {
                "nodeName": settings.title,
                "nodeDescription": settings.description,
                # COMPAT(Whalebird and others on megalodon): a name that they don't know must say whose API it speaks.
                "upstream": {"name": "mastodon"},
            },
        }

    def webfinger(self, username: str) -> dict[str, Any]:
        """Say where an account's page is."""
        url = self._core.profile_url(username)
        return {
            "subject": f"acct:{username}@{self._core.host}",
            "aliases": [url],
            "links": [
                {"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": url},
            ],
        }

    def host_meta(self) -> str:
        """Say as XML where webfinger is."""
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n'
            f'  <Link rel="lrdd" template="{self._core.public_url}/.well-known/webfinger?resource={{uri}}"/>\n'
            "</XRD>\n"
        )

    def _picture(self) -> str:
        return f"{self._core.public_url}/assets/headers/1.png"

    def _streaming(self) -> str:
        return "ws" + self._core.public_url.removeprefix("http")

    def _registrations(self) -> dict[str, Any]:
        is_open = self._core.config.registration.mode == "open"
        return {
            "enabled": is_open,
            "approval_required": False,
            "reason_required": False,
            "message": None,
            "min_age": None,
            "url": None,
        }

    def _limits(self) -> dict[str, Any]:
        most = self._core.config.media.max_upload_bytes
        return {
            "accounts": {
                "max_featured_tags": MOST_FEATURED,
                "max_pinned_statuses": MOST_PINS,
                "max_profile_fields": MOST_FIELDS,
                "profile_field_name_limit": MOST_FIELD_CHARS,
                "profile_field_value_limit": MOST_FIELD_CHARS,
                "max_display_name_length": MOST_NAME_CHARS,
                "max_note_length": MOST_NOTE_CHARS,
            },
            "statuses": {
                "max_characters": compose.MOST_CHARS,
                "max_media_attachments": compose.MOST_MEDIA,
                "characters_reserved_per_url": URL_LENGTH,
            },
            "media_attachments": {
                "supported_mime_types": MIME_TYPES,
                "description_limit": MOST_DESCRIPTION_CHARS,
                "image_size_limit": most,
                "image_matrix_limit": 100_000_000,
                "video_size_limit": most,
                "video_frame_rate_limit": 120,
                "video_matrix_limit": 33_177_600,
            },
            "polls": {
                "max_options": compose.MOST_POLL_OPTIONS,
                "max_characters_per_option": compose.MOST_OPTION_CHARS,
                "min_expiration": compose.SHORTEST_POLL_S,
                "max_expiration": compose.LONGEST_POLL_S,
            },
        }

    def _abilities(self) -> dict[str, Any]:
        feeds = {"local": "public", "remote": "disabled"}
        closed = {"local": "disabled", "remote": "disabled"}
        return {
            "urls": {
                "streaming": self._streaming(),
                "about": self._core.public_url,
                "privacy_policy": None,
                "terms_of_service": None,
            },
            "vapid": {"public_key": self._push_key},
            "translation": {"enabled": False},
            "timelines_access": {
                "live_feeds": feeds,
                "hashtag_feeds": feeds,
                "trending_link_feeds": feeds if self._core.config.media.previews else closed,
            },
            "limited_federation": False,
        }
