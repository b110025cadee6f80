"""Pages on which people let apps and devices in."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode, urlsplit

from teahouse.accounts.oauth.authorize import Consent, DeviceConsent, Redirect
from teahouse.accounts.oauth.records import OAuthClient
from teahouse.accounts.oauth.redirects import OUT_OF_BAND, form_target
from teahouse.accounts.oauth.scopes import ADMIN, ADMINISTRATION, MATRIX, Wanted, is_within
from teahouse.accounts.pages.texts import Words
from teahouse.accounts.pages.visit import Answer, Visit, page_get, page_post, without
from teahouse.accounts.store_browsers import BrowserSession
from teahouse.accounts.store_consents import Consented
from teahouse.errors import NotFound

WHOLE = (MATRIX, "read", "write", "follow", "push", "profile")


def in_plain_words(t: Words, grants: frozenset[str]) -> list[str]:
    """Say what a session will be able to do, one line for each thing."""
    lines = [t(f"scope_{name}") for name in WHOLE if name in grants]
    for verb in ("read", "write"):
        parts = sorted(one.partition(":")[2] for one in grants if one.startswith(f"{verb}:"))
        if parts and verb not in grants:
            named = t("list_comma").join(t(f"part_{part}") for part in parts)
            lines.append(t(f"scope_{verb}_parts", parts=named))
    told = (one for one in ADMINISTRATION if one in grants and one.rpartition(":")[0] not in grants)
    return lines + [t("scope_" + one.replace(":", "_")) for one in told]


async def _can_give(visit: Visit, wanted: Wanted, user_id: str) -> Wanted:
    """Leave out what only administrators can give, of what an app wants from somebody else."""
    user = await visit.accounts.find_user(user_id)
    return wanted if user is not None and user.is_admin else wanted.without_admin()


def _links(client: OAuthClient) -> list[tuple[str, str]]:
    details = client.details
    found = (
        ("consent_site", client.website),
        ("consent_terms", details.get("tos_uri")),
        ("consent_policy", details.get("policy_uri")),
    )
    return [(name, url) for name, url in found if url]


@page_get("/oauth/authorize")
async def authorize_shown(visit: Visit) -> Answer:
    """Show what an app asks for, after the visitor signed in."""
    consent = await visit.accounts.oauth.authorize.read(visit.query)
    if isinstance(consent, Redirect):
        return visit.leave(consent.location)
    session, asked = visit.session, consent.wanted.grants
    if session is not None:
        consent = replace(consent, wanted=await _can_give(visit, consent.wanted, session.user_id))
    is_fresh = not consent.force_login and "login" not in consent.prompt
    if session is not None and is_fresh and await _was_allowed(visit, consent, session):
        return await _allowed(visit, consent, session.user_id)
    if "none" in consent.prompt:
        error = "login_required" if visit.session is None else "consent_required"
        refused = visit.accounts.oauth.authorize.refuse(consent, error)
        return visit.leave(refused.location) if refused else visit.message(visit.t("denied_title"))
    again = "/oauth/authorize?" + without(visit.query, "prompt", "force_login", "lang")
    if "create" in consent.prompt and visit.session is None:
        return visit.go(f"/account/sign-up?{urlencode({'next': again})}")
    if visit.session is None or not is_fresh:
        return visit.sign_in_first(again)
    if not consent.wanted.grants:
        return visit.message(visit.t("admin_only_title"), visit.t("admin_only"), status=403)
    known = await visit.accounts.oauth.consents.find(visit.session.user_id, consent.client.client_id)
    return _consent_page(visit, consent, again, known, left_out=asked != consent.wanted.grants)


async def _was_allowed(visit: Visit, consent: Consent, session: BrowserSession) -> bool:
    return await visit.accounts.oauth.consents.suffices(session.user_id, consent)


async def _allowed(visit: Visit, consent: Consent, user_id: str) -> Answer:
    answer = await visit.accounts.oauth.authorize.allow(consent, user_id)
    if isinstance(answer, Redirect):
        return visit.leave(answer.location)
    return visit.message(visit.t("code_title"), visit.t("code_lead", app=consent.client.name), code=answer)


def _consent_page(
    visit: Visit, consent: Consent, again: str, known: Consented | None, *, left_out: bool
) -> Answer:
    out_of_band = consent.redirect_uri == OUT_OF_BAND
    parts = urlsplit(consent.redirect_uri)
    return visit.show(
        "consent.html",
        visit.t("consent_title", app=consent.client.name),
        form_target="" if out_of_band else form_target(consent.redirect_uri),
        client=consent.client,
        scopes=in_plain_words(visit.t, consent.wanted.grants),
        left_out=left_out,
        **_before(visit, consent.wanted.grants, known),
        links=_links(consent.client),
        target=parts.netloc if parts.scheme in ("http", "https") else "",
        action="/oauth/authorize",
        request=consent.query,
        again=again,
    )


def _before(visit: Visit, grants: frozenset[str], known: Consented | None) -> dict[str, Any]:
    """Give what the page says of an app that was let in before: when, and what it wants besides."""
    if known is None:
        return {"allowed_before": "", "more_scopes": []}
    held = known.grants.split()
    more = frozenset(one for one in grants if not is_within([one], held))
    ago = visit.t.ago(visit.accounts.now_ms() - known.allowed_ts)
    return {"allowed_before": ago, "more_scopes": in_plain_words(visit.t, more)}


@page_post("/oauth/authorize")
async def authorize_taken(visit: Visit) -> Answer:
    """Take the person's decision and tell the app."""
    authorize = visit.accounts.oauth.authorize
    consent = await authorize.read(visit.field("request"))
    if isinstance(consent, Redirect):
        return visit.leave(consent.location)
    if visit.session is None:
        return visit.sign_in_first(f"/oauth/authorize?{consent.query}")
    if visit.field("decision") != "allow":
        refused = authorize.refuse(consent)
        if refused is not None:
            return visit.leave(refused.location)
        return visit.message(visit.t("denied_title"), visit.t("denied"))
    user_id = visit.session.user_id
    consent = replace(consent, wanted=await _can_give(visit, consent.wanted, user_id))
    if not consent.wanted.grants:
        return visit.message(visit.t("admin_only_title"), visit.t("admin_only"), status=403)
    await visit.accounts.oauth.consents.remember(user_id, consent.client.client_id, consent.wanted.grants)
    return await _allowed(visit, consent, user_id)


@page_get("/oauth/device")
async def device_shown(visit: Visit) -> Answer:
    """Ask for the code that a device shows."""
    if visit.session is None:
        return visit.sign_in_first()
    return _code_page(visit, visit.asked("user_code"))


def _code_page(visit: Visit, user_code: str, *, wrong: str = "", status: int = 200) -> Answer:
    shown = "".join(one for one in user_code.upper() if one.isalnum() or one == "-")[:20]
    return visit.show("device.html", visit.t("device_title"), user_code=shown, wrong=wrong, status=status)


@page_post("/oauth/device")
async def device_taken(visit: Visit) -> Answer:
    """Take the code, then the decision on the device that it belongs to."""
    if visit.session is None:
        return visit.sign_in_first("/oauth/device")
    accounts, decision = visit.accounts, visit.field("decision")
    user_code = visit.field("request") if decision else visit.field("user_code")
    # Codes are short, so guessing them is bounded as guessing passwords is.
    guesser = f"device code {visit.session.user_id}"
    accounts.guesses.begin(guesser, visit.address)
    try:
        device = await accounts.oauth.authorize.find_device(user_code)
    except NotFound:
        return _code_page(visit, user_code, wrong=visit.t("error_device_code"), status=404)
    accounts.guesses.succeeded(guesser, visit.address)
    if not decision:
        return await _device_consent_page(visit, visit.session, device, user_code)
    allowed = decision == "allow"
    await accounts.oauth.authorize.decide_device(device, visit.session.user_id, allowed=allowed)
    if allowed:
        grants = (await _can_give(visit, device.wanted, visit.session.user_id)).grants
        await accounts.oauth.consents.remember(visit.session.user_id, device.client.client_id, grants)
        return visit.message(visit.t("device_done_title"), visit.t("device_done"))
    return visit.message(visit.t("device_denied_title"), visit.t("denied"))


async def _device_consent_page(
    visit: Visit, session: BrowserSession, device: DeviceConsent, user_code: str
) -> Answer:
    known = await visit.accounts.oauth.consents.find(session.user_id, device.client.client_id)
    grants = (await _can_give(visit, device.wanted, session.user_id)).grants
    return visit.show(
        "consent.html",
        visit.t("consent_title", app=device.client.name),
        client=device.client,
        scopes=in_plain_words(visit.t, grants),
        left_out=grants != device.wanted.grants,
        **_before(visit, grants, known),
        links=_links(device.client),
        target="",
        action="/oauth/device",
        request=user_code,
        again="/oauth/device",
    )


def all_lines(t: Words, grants: Iterable[str] | None) -> str:
    """Say in short what a session may do, for a list of sessions."""
    if grants is None:
        return t("session_everything")
    held = frozenset(grants)
    kinds = [t("session_chat")] if MATRIX in held else []
    kinds += [t("session_microblog")] if held - {MATRIX} else []
    kinds += [t("session_moderation")] if any(one.startswith(ADMIN) for one in held) else []
    return t("list_comma").join(kinds)


ROUTES = [authorize_shown, authorize_taken, device_shown, device_taken]
