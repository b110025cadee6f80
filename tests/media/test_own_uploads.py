"""What I have uploaded is listed for me alone, and I alone can delete it; erasing an account erases its files."""

from __future__ import annotations

from tests.actors import PASSWORD, Actor
from tests.media.files import fetch, fetched, gone, media_id_of, upload

LIST = "/_teahouse/media/uploads"


async def test_uploads_are_listed_newest_first_page_by_page(alice: Actor, bob: Actor) -> None:
    await upload(bob, b"not alice's")
    ids = [await upload(alice, f"leaf {n}".encode(), "text/plain", f"{n}.txt") for n in range(5)]
    media_id_of(await alice.post("/_matrix/media/v1/create"))  # A reservation is no upload yet.
    seen, start = [], None
    while True:
        page = await alice.get(LIST, **{"limit": 2, "from": start})
        seen += page["uploads"]
        if (start := page.get("next_from")) is None:
            break
    assert {one["media_id"] for one in seen} == set(ids)
    assert [one["created_ts"] for one in seen] == sorted((one["created_ts"] for one in seen), reverse=True)
    assert page["usage"] == {"files": 5, "bytes": 30, "quota_bytes": 10_737_418_240}
    newest = next(one for one in seen if one["media_id"] == ids[-1])
    assert newest["file_name"] == "4.txt"
    assert newest["content_uri"] == f"mxc://localhost/{ids[-1]}"


async def test_only_the_owner_deletes_and_then_it_is_gone_for_everybody(alice: Actor, bob: Actor) -> None:
    media_id = await upload(alice, b"regretted")
    await bob.refused("DELETE", f"{LIST}/{media_id}", 404, "M_NOT_FOUND")
    tag = (await fetch(bob, media_id)).headers["etag"]
    assert await fetched(bob, media_id) == b"regretted"
    assert await alice.request("DELETE", f"{LIST}/{media_id}") == {}
    assert await gone(alice, media_id)
    assert await gone(bob, media_id)
    still_cached = await fetch(bob, media_id, headers={"If-None-Match": tag})
    assert still_cached.status_code == 404, "a cache that asks is told too"
    await alice.refused("DELETE", f"{LIST}/{media_id}", 404, "M_NOT_FOUND")
    assert (await alice.get(LIST))["uploads"] == []


async def test_a_place_that_no_page_gave_is_refused(alice: Actor) -> None:
    for place in ("x", "1", "1.", "-1.abc", "1.a/b"):
        await alice.refused("GET", LIST, 400, "M_INVALID_PARAM", params={"from": place})
    await alice.refused("GET", LIST, 400, "M_INVALID_PARAM", params={"limit": 0})


async def test_an_erased_account_takes_its_files_along(alice: Actor, bob: Actor) -> None:
    media_id = await upload(alice, b"alice's")
    kept = await upload(bob, b"bob's")
    auth = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": alice.user_id},
        "password": PASSWORD,
    }
    await alice.post("/account/deactivate", {"auth": auth, "erase": True})
    assert await gone(bob, media_id)
    assert await fetched(bob, kept) == b"bob's"
