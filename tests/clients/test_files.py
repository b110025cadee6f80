"""A photo, a video, a voice message and a file go from one real library to the other, in the clear and encrypted."""

from __future__ import annotations

import pytest

from tests.clients.conftest import Library, People
from tests.clients.real_client import SentFile, share_a_room, until
from tests.media_processing.made import picture_in, spoken, video

pytestmark = pytest.mark.timeout(600)  # The first test may have to install Node and the SDK.


def files() -> list[SentFile]:
    """Make one file of each kind."""
    return [
        SentFile("m.image", "tea house.jpg", "image/jpeg", picture_in("JPEG")),
        SentFile("m.video", "pouring.mp4", "video/mp4", video()),
        SentFile("m.audio", "voice message.ogg", "audio/ogg", spoken("The water is hot. Come over.")),
        SentFile(
            "m.file",
            "Preisliste für Grüntee 茶.pdf",
            "application/pdf",
            b"%PDF-1.7\n" + bytes(range(256)) * 900,
        ),
    ]


@pytest.mark.parametrize(("sender", "receiver"), [("nio", "js-sdk"), ("js-sdk", "nio")])
async def test_each_kind_of_file_arrives_as_it_was_sent(
    people: People, sender: Library, receiver: Library
) -> None:
    alice, bob = await people.person(sender, "alice"), await people.person(receiver, "bob")
    room_id = await share_a_room(alice, bob, "Pictures")
    for encrypted in (False, True):
        for file in files():
            event_id = await alice.send_file(room_id, file, encrypted=encrypted)
            got = await until(
                lambda event_id=event_id: bob.received_file(room_id, event_id),  # type: ignore[misc]
                lambda found: found is not None,
                file.file_name,
            )
            assert got == file
