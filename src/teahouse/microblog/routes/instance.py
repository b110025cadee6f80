"""Routes about the server itself, and what other software asks before it begins."""

from typing import Any

import msgspec
from litestar import MediaType, Response, delete, get, post

from teahouse.errors import InvalidParam, NotFound
from teahouse.kernel.http import Scope, open_to_all, requires, taking
from teahouse.microblog.entities.instance import InstanceV1, InstanceV2, Rule
from teahouse.microblog.instance import NODEINFO_SCHEMA, NODEINFO_VERSIONS
from teahouse.microblog.service import Microblog

DOMAIN_BLOCKS = "/api/v1/domain_blocks"


class Resource(msgspec.Struct):
    resource: str = ""


@get("/api/v2/instance", guards=[open_to_all])
async def get_instance(microblog: Microblog) -> InstanceV2:
    """Describe the server."""
    return await microblog.instance.v2()


@get("/api/v1/instance", guards=[open_to_all])
async def get_instance_of_old(microblog: Microblog) -> InstanceV1:
    """Describe the server to old apps."""
    return await microblog.instance.v1()


@get("/api/v1/instance/rules", guards=[open_to_all])
async def get_instance_rules(microblog: Microblog) -> list[Rule]:
    """Give the house rules."""
    return microblog.instance.rules()


@get("/api/v1/instance/peers", guards=[open_to_all])
async def get_instance_peers() -> list[str]:
    """Give the servers that this one knows: none, since it does not federate."""
    return []


@get("/api/v1/instance/translation_languages", guards=[open_to_all])
async def get_translation_languages() -> dict[str, list[str]]:
    """Give from which language into which posts can be translated: none."""
    return {}


@get(DOMAIN_BLOCKS, guards=[requires("read:blocks")])
async def get_domain_blocks() -> list[str]:
    """Give the servers that one blocks: there are no others to block."""
    return []


@post(DOMAIN_BLOCKS, guards=[requires("write:blocks")], status_code=200)
async def block_domain() -> None:
    """Refuse to block a server: there are no others."""
    raise InvalidParam("There are no other servers to block")


@delete(DOMAIN_BLOCKS, guards=[requires("write:blocks")], status_code=200)
async def unblock_domain() -> dict[str, str]:
    """Block a server no longer: none is blocked."""
    return {}


@get("/api/v1/instance/domain_blocks", guards=[open_to_all])
async def get_instance_domain_blocks() -> list[str]:
    """Give the servers that the operators refuse: there are no others."""
    return []


@get("/api/v1/instance/activity", guards=[open_to_all])
async def get_instance_activity(microblog: Microblog) -> list[dict[str, str]]:
    """Give posts, people and new accounts of the last twelve weeks."""
    return await microblog.usage.weeks()


@get("/api/v1/preferences", guards=[requires("read:accounts")])
async def get_preferences(caller: Scope, microblog: Microblog) -> dict[str, Any]:
    """Give one's defaults."""
    wishes = await microblog.profile.preferences(await microblog.book.viewer(caller))
    return {
        "posting:default:visibility": wishes["privacy"],
        "posting:default:sensitive": wishes["sensitive"],
        "posting:default:language": wishes["language"],
        "posting:default:quote_policy": wishes["quote_policy"],
        "reading:expand:media": "default",
        "reading:expand:spoilers": False,
        "reading:autoplay:gifs": False,
    }


@get("/.well-known/webfinger", guards=[open_to_all], dependencies=taking(Resource))
async def webfinger(microblog: Microblog, params: Resource) -> Response[dict[str, Any]]:
    """Say where an account's page is (RFC 7033)."""
    acct = params.resource.removeprefix("acct:")
    page = f"{microblog.core.public_url}/@"
    if params.resource.startswith(page):
        acct = params.resource.removeprefix(page)
    account = await microblog.book.lookup(acct)
    if account is None:
        raise NotFound("Record not found")
    return Response(microblog.instance.webfinger(account.username), media_type="application/jrd+json")


@get("/.well-known/nodeinfo", guards=[open_to_all])
async def nodeinfo_links(microblog: Microblog) -> dict[str, Any]:
    """Say where the server describes itself (NodeInfo)."""
    return microblog.instance.nodeinfo_links()


@get("/nodeinfo/{version:str}", guards=[open_to_all])
async def nodeinfo(microblog: Microblog, version: str) -> Response[dict[str, Any]]:
    """Describe the server to those who count servers (NodeInfo 2.0 and 2.1)."""
    if version not in NODEINFO_VERSIONS:
        raise NotFound("Only NodeInfo 2.0 and 2.1 are spoken here")
    kind = f'application/json; profile="{NODEINFO_SCHEMA}{version}#"'
    return Response(await microblog.instance.nodeinfo(version), media_type=kind)


@get("/.well-known/host-meta", guards=[open_to_all])
async def host_meta(microblog: Microblog) -> Response[str]:
    """Say where webfinger is (RFC 6415)."""
    return Response(microblog.instance.host_meta(), media_type=MediaType.XML)


ROUTES = [
    get_instance, get_instance_of_old, get_instance_rules, get_instance_peers,
    get_translation_languages, get_domain_blocks, block_domain, unblock_domain, get_instance_domain_blocks,
    get_instance_activity, get_preferences, webfinger, host_meta, nodeinfo_links,
    nodeinfo,
]  # fmt: skip
