"""The push rules over HTTP: what apps read at the start, and how a change reaches the other devices."""

from __future__ import annotations

from typing import Any

from tests.actors import Actor, segment

Json = dict[str, Any]


def rules_of(answer: Json) -> Json | None:
    """Give the push rules of a sync answer."""
    events = answer.get("account_data", {}).get("events", [])
    found = [event["content"]["global"] for event in events if event["type"] == "m.push_rules"]
    assert len(found) <= 1
    return found[0] if found else None


async def test_a_new_user_has_the_default_rules_everywhere(alice: Actor) -> None:
    rules = (await alice.get("/pushrules/"))["global"]
    assert set(rules) == {"override", "content", "room", "sender", "underride"}
    assert rules["override"][0]["rule_id"] == ".m.rule.master"
    assert rules["content"][0]["pattern"] == alice.user_id[1:].split(":")[0]
    assert await alice.get("/pushrules/global/") == rules
    assert await alice.get("/pushrules") == {"global": rules}
    assert await alice.get("/pushrules/global/underride/.m.rule.message") == rules["underride"][3]
    assert rules_of(await alice.sync()) == rules


async def test_a_changed_rule_reaches_the_other_devices_once(alice: Actor) -> None:
    since = (await alice.sync())["next_batch"]
    await alice.put("/pushrules/global/content/tea", {"pattern": "tea", "actions": ["notify"]})
    answer = await alice.sync(since)
    rules = rules_of(answer)
    assert rules is not None
    assert rules["content"][0] == {
        "rule_id": "tea",
        "default": False,
        "enabled": True,
        "actions": ["notify"],
        "pattern": "tea",
    }
    assert rules_of(await alice.sync(answer["next_batch"])) is None


async def test_rules_are_added_switched_moved_and_deleted(alice: Actor, bob: Actor) -> None:
    for word in ("tea", "milk"):
        await alice.put(f"/pushrules/global/content/{word}", {"pattern": word, "actions": ["notify"]})
    await alice.request(
        "PUT", "/pushrules/global/content/cup", {"pattern": "cup", "actions": []}, {"after": "milk"}
    )
    ids = [rule["rule_id"] for rule in (await alice.get("/pushrules/global/content"))]
    assert ids == ["milk", "cup", "tea", ".m.rule.contains_user_name"]
    await alice.put("/pushrules/global/content/tea/enabled", {"enabled": False})
    await alice.put("/pushrules/global/content/tea/actions", {"actions": [{"set_tweak": "highlight"}]})
    assert await alice.get("/pushrules/global/content/tea/enabled") == {"enabled": False}
    assert await alice.get("/pushrules/global/content/tea/actions") == {
        "actions": [{"set_tweak": "highlight"}]
    }
    await alice.request("DELETE", "/pushrules/global/content/tea")
    await alice.refused("GET", "/pushrules/global/content/tea", 404, "M_NOT_FOUND")
    assert len(await bob.get("/pushrules/global/content")) == 1


async def test_ids_with_encoded_characters_name_the_rule_they_say(alice: Actor) -> None:
    room_id = "!a room%2F:tea.test"
    path = f"/pushrules/global/room/{segment(room_id)}"
    await alice.put(path, {"actions": []})
    assert (await alice.get(path))["rule_id"] == room_id
    await alice.refused(
        "PUT", f"/pushrules/global/room/{segment('a/b')}", 400, "M_INVALID_PARAM", {"actions": []}
    )


async def test_what_cannot_be_a_rule_is_refused_and_changes_nothing(alice: Actor) -> None:
    before = await alice.get("/pushrules/")
    good: Json = {"actions": []}
    for method, path, status, errcode, body in [
        ("PUT", "/pushrules/global/override/.mine", 400, "M_INVALID_PARAM", good),
        ("PUT", "/pushrules/global/nowhere/mine", 400, "M_INVALID_PARAM", good),
        ("PUT", "/pushrules/global/content/mine", 400, "M_MISSING_PARAM", good),
        ("PUT", "/pushrules/global/override/mine", 400, "M_MISSING_PARAM", {}),
        ("PUT", "/pushrules/global/override/mine", 400, "M_INVALID_PARAM", {"actions": [7]}),
        ("PUT", "/pushrules/global/override/mine?before=nothing", 400, "M_UNKNOWN", good),
        ("PUT", "/pushrules/global/override/mine/enabled", 404, "M_NOT_FOUND", {"enabled": True}),
        (
            "PUT",
            "/pushrules/global/override/.m.rule.master/enabled",
            400,
            "M_INVALID_PARAM",
            {"enabled": "x"},
        ),
        ("PUT", "/pushrules/global/override/.m.rule.master/enabled", 400, "M_MISSING_PARAM", {}),
        ("PUT", "/pushrules/global/override/mine/actions", 404, "M_NOT_FOUND", good),
        ("DELETE", "/pushrules/global/override/.m.rule.master", 404, "M_NOT_FOUND", None),
        ("GET", "/pushrules/global/nowhere/x", 400, "M_INVALID_PARAM", None),
    ]:
        await alice.refused(method, path, status, errcode, body)
    assert await alice.get("/pushrules/") == before


async def test_the_same_rule_set_again_moves_no_stream(alice: Actor) -> None:
    body = {"pattern": "tea", "actions": ["notify"]}
    await alice.put("/pushrules/global/content/tea", body)
    since = (await alice.sync())["next_batch"]
    await alice.put("/pushrules/global/content/tea", body)
    assert rules_of(await alice.sync(since)) is None
