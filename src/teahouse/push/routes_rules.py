"""Routes of push rules: decode, ask, answer (client-server API, "Push Rules: API").

GET     /pushrules                                  get_push_rules
GET     /pushrules/global                           get_push_rules_global
GET     /pushrules/global/{kind}                    get_push_rules_of_kind
GET     /pushrules/global/{kind}/{ruleId}           get_push_rule
PUT     /pushrules/global/{kind}/{ruleId}           set_push_rule
DELETE  /pushrules/global/{kind}/{ruleId}           delete_push_rule
GET     /pushrules/global/{kind}/{ruleId}/enabled   is_push_rule_enabled
PUT     /pushrules/global/{kind}/{ruleId}/enabled   set_push_rule_enabled
GET     /pushrules/global/{kind}/{ruleId}/actions   get_push_rule_actions
PUT     /pushrules/global/{kind}/{ruleId}/actions   set_push_rule_actions
"""

from typing import Any

from litestar import delete, get, put

from teahouse.errors import InvalidParam, MissingParam
from teahouse.kernel.http import JsonObject, Scope, signed_in
from teahouse.push.rules.default_rules import KINDS
from teahouse.push.service import Push

RULES = "/_matrix/client/v3/pushrules"
RULE = RULES + "/global/{kind:str}/{rule_id:str}"


@get(RULES, guards=[signed_in])
async def get_push_rules(caller: Scope, push: Push) -> JsonObject:
    """Give all rules of the caller."""
    return {"global": (await push.rules.rules_of(caller.user_id)).ruleset}


@get(RULES + "/global", guards=[signed_in])
async def get_push_rules_global(caller: Scope, push: Push) -> JsonObject:
    """Give the rules of the only scope there is."""
    return (await push.rules.rules_of(caller.user_id)).ruleset


@get(RULES + "/global/{kind:str}", guards=[signed_in])
async def get_push_rules_of_kind(caller: Scope, push: Push, kind: str) -> list[JsonObject]:
    """Give the rules of one kind; older clients ask for it though the specification dropped it."""
    if kind not in KINDS:
        raise InvalidParam(f"Unknown kind of push rule; the kinds are {', '.join(KINDS)}")
    return (await push.rules.rules_of(caller.user_id)).ruleset[kind]


@get(RULE, guards=[signed_in])
async def get_push_rule(caller: Scope, push: Push, kind: str, rule_id: str) -> JsonObject:
    """Give one rule."""
    return await push.find_rule(caller, kind, rule_id)


@put(RULE, guards=[signed_in])
async def set_push_rule(
    caller: Scope,
    push: Push,
    kind: str,
    rule_id: str,
    data: JsonObject,
    before: str | None = None,
    after: str | None = None,
) -> JsonObject:
    """Add a rule or replace it."""
    await push.put_rule(caller, (kind, rule_id), data, before=before, after=after)
    return {}


@delete(RULE, guards=[signed_in], status_code=200)
async def delete_push_rule(caller: Scope, push: Push, kind: str, rule_id: str) -> JsonObject:
    """Delete one of the caller's own rules."""
    await push.delete_rule(caller, kind, rule_id)
    return {}


@get(RULE + "/enabled", guards=[signed_in])
async def is_push_rule_enabled(caller: Scope, push: Push, kind: str, rule_id: str) -> JsonObject:
    """Say whether a rule is on."""
    return {"enabled": (await push.find_rule(caller, kind, rule_id))["enabled"]}


@put(RULE + "/enabled", guards=[signed_in])
async def set_push_rule_enabled(
    caller: Scope, push: Push, kind: str, rule_id: str, data: JsonObject
) -> JsonObject:
    """Switch a rule on or off."""
    await push.set_enabled(caller, kind, rule_id, _needed(data, "enabled"))
    return {}


@get(RULE + "/actions", guards=[signed_in])
async def get_push_rule_actions(caller: Scope, push: Push, kind: str, rule_id: str) -> JsonObject:
    """Give the actions of a rule."""
    return {"actions": (await push.find_rule(caller, kind, rule_id))["actions"]}


@put(RULE + "/actions", guards=[signed_in])
async def set_push_rule_actions(
    caller: Scope, push: Push, kind: str, rule_id: str, data: JsonObject
) -> JsonObject:
    """Give a rule other actions."""
    await push.set_actions(caller, kind, rule_id, _needed(data, "actions"))
    return {}


def _needed(data: JsonObject, name: str) -> Any:
    if name not in data:
        raise MissingParam(f"The body needs {name!r}")
    return data[name]


ROUTES = [
    get_push_rules,
    get_push_rules_global,
    get_push_rules_of_kind,
    get_push_rule,
    set_push_rule,
    delete_push_rule,
    is_push_rule_enabled,
    set_push_rule_enabled,
    get_push_rule_actions,
    set_push_rule_actions,
]
