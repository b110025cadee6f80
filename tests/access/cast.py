"""The cast: one person for each role, and rooms in which each of them has had their part."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from tests.access.every_route import Place
from tests.actors import PASSWORD, Actor, Json, fresh_localpart, register
from tests.running_server import RunningServer

ROLES = (
    "nobody", "other", "invited", "joined", "left", "kicked", "banned", "moderator", "room_admin", "server_admin",
    "deactivated",
)  # fmt: skip
EXTRAS = ("target", "outsider", "barred")
MEMBERS = ("joined", "left", "kicked", "banned", "moderator", "target")


@dataclass
class Stage:
    """A room after its story: who came, left, was removed and banned."""

    room_id: str
    event_id: str
    alias: str


@dataclass
class Cast:
    """The actors by role; each signed-in one owns a filter, account data, a tag and push rules."""

    server: RunningServer
    actors: dict[str, Actor]
    filters: dict[str, str] = field(default_factory=dict)
    _common: Stage | None = None

    def __getitem__(self, role: str) -> Actor:
        """Give the actor of a role."""
        return self.actors[role]

    def place(self, role: str, stage: Stage, name: str) -> Place:
        """Give what a request of this role to this route speaks of."""
        others = {"invite_user": "outsider", "unban": "barred"}
        actor = self.actors[role]
        return Place(
            user_id=actor.user_id or "@nobody:localhost",
            device_id=actor.device_id or "NONE",
            other_id=self.actors[others.get(name, "target")].user_id,
            room_id=stage.room_id,
            event_id=stage.event_id,
            alias=stage.alias,
            filter_id=self.filters.get(role, "0"),
            fresh=lambda: fresh_localpart("t"),
        )

    async def stage(self, **options: object) -> Stage:
        """Play the story once more, in a new room of the room admin's."""
        admin = self.actors["room_admin"]
        alias = fresh_localpart("stage")
        invited = [self.actors[role].user_id for role in ("invited", *MEMBERS)]
        users = {self.actors["moderator"].user_id: 50}
        if options.get("room_version", "12") != "12":
            # From version 12 on creators need no level and may not be listed.
            users[admin.user_id] = 100
        room = await admin.create_room(
            preset="private_chat", room_alias_name=alias, invite=invited, power_level_content_override={"users": users},
            **options,
        )  # fmt: skip
        await asyncio.gather(*(self.actors[role].join(room) for role in MEMBERS))
        said = await admin.send_text(room, "tea")
        await self.actors["left"].leave(room)
        await admin.kick(room, self.actors["kicked"])
        await admin.ban(room, self.actors["banned"])
        await admin.ban(room, self.actors["barred"])
        return Stage(room, said, f"#{alias}:{self.server.server_name}")

    async def common_stage(self) -> Stage:
        """Give one stage for all who only look."""
        if self._common is None:
            self._common = await self.stage()
        return self._common

    async def close(self) -> None:
        """Close everybody's connections."""
        for actor in self.actors.values():
            await actor.close()


async def make_cast(server: RunningServer) -> Cast:
    """Register everybody; the one who is to be deactivated is."""
    secret = server.registration_shared_secret
    names = [role for role in (*ROLES, *EXTRAS) if role != "nobody"]
    made = await asyncio.gather(
        *(
            register(
                server.url, secret, fresh_localpart(name.replace("_", "-")), admin=name == "server_admin"
            )
            for name in names
        )
    )
    actors = dict(zip(names, made, strict=True))
    actors["nobody"] = Actor(server.url, "", "", "")
    cast = Cast(server, actors)
    for name in names:
        cast.filters[name] = await _furnish(actors[name])
    gone = actors["deactivated"]
    stage: Json = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": gone.user_id}}
    await gone.post("/account/deactivate", {"auth": {**stage, "password": PASSWORD}})
    return cast


async def _furnish(actor: Actor) -> str:
    """Give an actor things of their own, and the id of their filter."""
    me = f"/user/{actor.user_id}"
    await actor.put(f"{me}/account_data/org.example.tea", {"leaves": 1})
    await actor.put(f"/profile/{actor.user_id}/displayname", {"displayname": "Somebody"})
    for rule in ("tea", "gone"):
        await actor.put(f"/pushrules/global/content/{rule}", {"pattern": rule, "actions": ["notify"]})
    return str((await actor.post(f"{me}/filter", {"room": {"include_leave": True}}))["filter_id"])
