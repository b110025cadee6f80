"""Live streams: what happens is heard at once, by those and only those whom it concerns, in the form clients know."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.microblog.bloggers import Blogger
from tests.microblog.test_media import picture
from tests.running_server import RunningServer

PATH = "/api/v1/streaming"
PATIENCE_S = 20


@contextlib.asynccontextmanager
async def hearing(reader: Blogger, *streams: str, **params: str) -> AsyncIterator[ClientConnection]:
    """Connect a WebSocket that hears streams."""
    url = reader.actor.url.replace("http://", "ws://") + PATH
    headers = {"Authorization": f"Bearer {reader.actor.access_token}"}
    async with connect(url, additional_headers=headers, ping_interval=None) as socket:
        for stream in streams:
            await socket.send(json.dumps({"type": "subscribe", "stream": stream, **params}))
        # What is refused is answered, so the answer to nonsense says that all before it was read.
        await socket.send(json.dumps({"type": "subscribe", "stream": "nonsense"}))
        assert json.loads(await socket.recv()) == {"error": "Unknown stream type", "status": 400}
        yield socket


async def event(socket: ClientConnection) -> tuple[list[str], str, Any]:
    """Wait for the next event and give its stream, its name and its decoded payload."""
    async with asyncio.timeout(PATIENCE_S):
        frame = json.loads(await socket.recv())
    payload = frame["payload"]
    return frame["stream"], frame["event"], json.loads(payload) if payload[:1] in "{[" else payload


async def upload(author: Blogger) -> str:
    """Upload a picture and give its id."""
    sent = {"file": ("tea.jpg", picture(64, 32), "image/jpeg")}
    return str((await author.call("POST", "/v2/media", files=sent))["id"])


async def test_nobody_hears_what_they_may_not_see(ann: Blogger, ben: Blogger, cleo: Blogger) -> None:
    await ben.follow(ann)
    await cleo.follow(ann)
    await ann.do(f"/v1/accounts/{cleo.id}/block")
    async with hearing(ben, "user", "public") as friend, hearing(cleo, "user", "public") as foe:
        secret = await ann.post("for followers", visibility="private")
        whisper = await ann.post(f"@{ben.name} only you", visibility="direct")
        public = await ann.post("for all")
        mark = await cleo.post("the mark")
        heard = [await event(friend) for _ in range(5)]
        assert [(stream, name, body["id"]) for stream, name, body in heard if name == "update"] == [
            (["user"], "update", secret["id"]),
            (["user"], "update", public["id"]),
            (["public"], "update", public["id"]),
            (["public"], "update", mark["id"]),
        ]
        assert [body["status"]["id"] for _, name, body in heard if name == "notification"] == [whisper["id"]]
        assert {(await event(foe))[2]["id"], (await event(foe))[2]["id"]} == {mark["id"]}


async def test_notifications_are_heard_where_they_are_wanted(ann: Blogger, ben: Blogger) -> None:
    said = await ann.post("like me")
    async with hearing(ann, "user", "user:notification") as socket:
        await ben.act(said, "favourite")
        heard = [await event(socket), await event(socket)]
        assert sorted(stream for stream, _, _ in heard) == [["user"], ["user:notification"]]
        for _, name, body in heard:
            assert (name, body["type"], body["account"]["id"]) == ("notification", "favourite", ben.id)
            assert body["status"]["favourites_count"] == 1


async def test_a_conversation_is_heard_by_those_in_it(ann: Blogger, ben: Blogger) -> None:
    async with hearing(ben, "direct") as socket:
        said = await ann.post(f"@{ben.name} psst", visibility="direct")
        stream, name, body = await event(socket)
        assert (stream, name, body["last_status"]["id"]) == (["direct"], "conversation", said["id"])


async def test_a_token_may_come_as_subprotocol_which_is_told_back(ann: Blogger) -> None:
    url = ann.actor.url.replace("http://", "ws://") + f"{PATH}/?stream=user"
    async with connect(url, subprotocols=[ann.actor.access_token]) as socket:  # type: ignore[list-item]
        assert socket.subprotocol == ann.actor.access_token
        said = await ann.post("to myself")
        assert (await event(socket))[2]["id"] == said["id"]


async def test_an_ended_session_hears_nothing_more(ann: Blogger) -> None:
    again = Blogger(await ann.actor.log_in_again(), ann.account)
    async with hearing(again, "user") as socket, lines(again, "user") as stream:
        await again.actor.log_out()
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(socket.recv(), PATIENCE_S)
        async with asyncio.timeout(PATIENCE_S):
            assert [line async for line in stream if line and not line.startswith(":")] == []
    await again.actor.close()


async def test_binary_frames_end_the_connection(ann: Blogger) -> None:
    async with hearing(ann, "user") as socket:
        await socket.send(b"\x00")
        with pytest.raises(ConnectionClosed) as ended:
            await asyncio.wait_for(socket.recv(), PATIENCE_S)
        assert ended.value.rcvd is not None
        assert ended.value.rcvd.code == 1003


@contextlib.asynccontextmanager
async def lines(reader: Blogger, stream: str, **params: str) -> AsyncIterator[AsyncIterator[str]]:
    """Open a stream of server-sent events and give its lines, once it is open."""
    headers = {"Authorization": f"Bearer {reader.actor.access_token}"}
    async with (
        httpx.AsyncClient(base_url=reader.actor.url, timeout=PATIENCE_S) as http,
        http.stream("GET", f"{PATH}/{stream}", params=params, headers=headers) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream"
        found = answer.aiter_lines()
        assert await anext(found) == ":)"
        yield found


async def test_server_sent_events_tell_the_same(ann: Blogger, ben: Blogger) -> None:
    await ben.follow(ann)
    async with lines(ben, "user") as home, lines(ben, "hashtag", tag="tea") as tag:
        said = await ann.post("a cup of #tea")
        for stream in (home, tag):
            assert await anext(stream) == "event: update"
            data = await anext(stream)
            assert json.loads(data.removeprefix("data: "))["id"] == said["id"]
            assert await anext(stream) == ""


async def test_the_health_of_streams_is_told_and_left_ones_are_forgotten(
    ann: Blogger, server: RunningServer
) -> None:
    async with httpx.AsyncClient(base_url=server.url) as http:
        assert (await http.get(f"{PATH}/health")).text == "OK"
        await ann.refused("GET", "/v1/streaming", 426)

        async def sockets() -> int:
            text = (await http.get("/metrics")).text
            [line] = [line for line in text.splitlines() if line.startswith("teahouse_http_sockets_open ")]
            return int(float(line.split()[1]))

        async with hearing(ann, "user"):
            assert await sockets() >= 1


async def test_a_followers_home_hears_posts_edits_and_deletions(ann: Blogger, ben: Blogger) -> None:
    await ben.follow(ann)
    async with hearing(ben, "user") as socket:
        said = await ann.post("hot water")
        stream, name, status = await event(socket)
        assert (stream, name, status["id"]) == (["user"], "update", said["id"])
        assert (status["favourited"], status["account"]["id"]) == (False, ann.id)
        await ann.call("PUT", f"/v1/statuses/{said['id']}", json={"status": "hotter water"})
        _, name, status = await event(socket)
        assert (name, status["content"]) == ("status.update", "<p>hotter water</p>")
        await ann.call("DELETE", f"/v1/statuses/{said['id']}")
        assert await event(socket) == (["user"], "delete", said["id"])


async def test_tags_and_lists_are_heard_by_their_names(ann: Blogger, ben: Blogger) -> None:
    await ben.follow(ann)
    friends = await ben.do("/v1/lists", title="friends")
    await ben.do(f"/v1/lists/{friends['id']}/accounts", account_ids=[ann.id])
    async with (
        hearing(ben, "list", list=friends["id"]) as by_list,
        hearing(ben, "hashtag", tag="Tea") as by_tag,
    ):
        plain, tagged = await ann.post("no tag"), await ann.post("with #tea")
        for said in (plain, tagged):
            stream, _, status = await event(by_list)
            assert (stream, status["id"]) == (["list", friends["id"]], said["id"])
        stream, _, status = await event(by_tag)
        assert (stream[0], status["id"]) == ("hashtag", tagged["id"])
        await by_list.send(json.dumps({"type": "unsubscribe", "stream": "list", "list": friends["id"]}))
        await by_list.send(json.dumps({"type": "subscribe", "stream": "public:local"}))
        await by_list.send("not JSON")
        assert json.loads(await by_list.recv())["status"] == 400
        last = await ann.post("once")
        assert (await event(by_list))[::2][0] == ["public:local"]
        assert last["id"]


async def test_anothers_list_and_a_strangers_ear_are_refused(
    ann: Blogger, ben: Blogger, visitor: Blogger
) -> None:
    friends = await ann.do("/v1/lists", title="friends")
    async with hearing(ben, "public") as socket:
        await socket.send(json.dumps({"type": "subscribe", "stream": "list", "list": friends["id"]}))
        assert json.loads(await socket.recv()) == {"error": "Record not found", "status": 404}
    url = ann.actor.url.replace("http://", "ws://") + PATH
    for where in (url, f"{url}?access_token=nonsense", f"{url}?stream=user"):
        with pytest.raises(InvalidStatus) as refused:
            async with connect(where):
                pass
        assert refused.value.response.status_code == 401
        assert set(json.loads(refused.value.response.body or b"{}")) == {"error"}
    assert await visitor.refused("GET", "/v1/streaming/user", 401)


async def test_a_mistake_is_answered_and_the_connection_goes_on(ann: Blogger) -> None:
    url = ann.actor.url.replace("http://", "ws://") + f"{PATH}?access_token={ann.actor.access_token}"
    async with connect(f"{url}&stream=mars") as socket:
        assert json.loads(await socket.recv()) == {"error": "Unknown stream type", "status": 400}
        for frame in ("[]", "null", "{", '"user"', '{"type":"subscribe"}', '{"type":"subscribe","stream":{}}',
                      '{"type":"subscribe","stream":"hashtag"}', '{"type":"unsubscribe","stream":"mars"}',
                      '{"type":"subscribe","stream":"list","list":"9223372036854775808"}'):  # fmt: skip
            await socket.send(frame)
            answer = json.loads(await socket.recv())
            assert (set(answer), answer["status"]) == ({"error", "status"}, 400), frame
        for number in range(101):
            await socket.send(json.dumps({"type": "subscribe", "stream": "hashtag", "tag": f"t{number}"}))
        assert json.loads(await socket.recv())["status"] == 429
        said = await ann.post("a cup of #t7")
        assert (await event(socket))[::2] == (["hashtag", "t7"], said)


async def test_who_was_told_of_a_private_word_hears_what_becomes_of_it(ann: Blogger, ben: Blogger) -> None:
    said = await ann.post(f"@{ben.name} psst", visibility="direct")
    async with hearing(ben, "user") as socket:
        await ann.call("PUT", f"/v1/statuses/{said['id']}", json={"status": f"@{ben.name} psssst"})
        stream, name, body = await event(socket)
        assert (stream, name, body["id"]) == (["user"], "status.update", said["id"])
        assert "psssst" in body["content"]
        await ann.call("DELETE", f"/v1/statuses/{said['id']}")
        assert await event(socket) == (["user"], "delete", said["id"])


async def test_letting_a_stranger_through_is_told(ann: Blogger, ben: Blogger) -> None:
    await ann.call("PATCH", "/v2/notifications/policy", json={"for_not_following": "filter"})
    await ben.post(f"hello @{ann.name}")
    [asked] = await ann.get("/v1/notifications/requests")
    async with hearing(ann, "user", "user:notification") as socket:
        await ann.do(f"/v1/notifications/requests/{asked['id']}/accept")
        heard = [await event(socket), await event(socket)]
    assert heard == [
        (["user"], "notifications_merged", "1"),
        (["user:notification"], "notifications_merged", "1"),
    ]


async def test_server_sent_events_of_media_alone_pass_words_over(ann: Blogger) -> None:
    async with lines(ann, "public", only_media="true") as pictures, lines(ann, "user") as home:
        said = await ann.post("only words")
        assert await anext(home) == "event: update"
        shown = await ann.post("with a picture", media_ids=[await upload(ann)])
        assert await anext(pictures) == "event: update"
        assert json.loads((await anext(pictures)).removeprefix("data: "))["id"] == shown["id"] != said["id"]
