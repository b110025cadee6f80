"""Who gets what from which route: one row for each function, one cell for each role (G32).

A route that is not in the table is denied: the test fails until somebody has thought about it.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.access.cast import ROLES
from tests.access.microblog_rules import MICROBLOG_RULES

Row = Mapping[str, int]
MEMBERS = ("joined", "moderator", "room_admin")
PAST = ("left", "kicked", "banned")
SIGNED_IN = tuple(role for role in ROLES if role not in ("nobody", "deactivated"))


def all_get(status: int) -> Row:
    """Everybody gets the same, signed in or not."""
    return dict.fromkeys(ROLES, status)


def signed_in_get(status: int, **others: int) -> Row:
    """Whoever is signed in gets the same, but those who are named; nobody else gets in."""
    row = {**dict.fromkeys(ROLES, 401), **dict.fromkeys(SIGNED_IN, status)}
    for name, other in others.items():
        group = {"members": MEMBERS, "past": PAST}.get(name, (name,))
        row.update(dict.fromkeys(group, other))
    return row


OWN = signed_in_get(200)
READ_PAST_TOO = signed_in_get(403, members=200, past=200)
READ_PAST_TOO_BY_ID = signed_in_get(404, members=200, past=200)
ONLY_MEMBERS = signed_in_get(403, members=200)
ONLY_MODERATORS = signed_in_get(403, moderator=200, room_admin=200)
ONLY_SERVER_ADMIN = signed_in_get(403, server_admin=404)  # They get through, to an endpoint that we lack.
MORE_STAGES = signed_in_get(401)
LACKING = signed_in_get(404)
NO_CONTACTS = signed_in_get(403)

RULES: Mapping[str, Row] = {
    # Discovery, sign-in.
    "health": all_get(200),
    "ready": all_get(200),
    "metrics": all_get(200),
    "get_versions": all_get(200),
    "get_wellknown": all_get(200),
    "get_wellknown_support": all_get(404),
    "get_capabilities": OWN,
    "get_login_flows": all_get(200),
    "login": all_get(403),
    "register": all_get(401),
    "check_username_availability": all_get(200),
    "registration_token_validity": all_get(200),
    "refresh": all_get(401),
    "logout": OWN,
    "logout_all": OWN,
    "get_token_owner": OWN,
    "get_registration_nonce": all_get(200),
    "register_by_shared_secret": all_get(400),
    # OAuth. Nobody of the cast holds a code, or an app's session.
    **dict.fromkeys(("get_auth_metadata", "get_auth_metadata_of_old"), all_get(200)),
    "get_oauth_server_metadata": all_get(200),
    "create_app": all_get(200),
    "verify_app_credentials": LACKING,
    "register_account": signed_in_get(
        403
    ),  # Only apps may make accounts, not sessions begun with a password.
    "oauth_register": all_get(201),
    "oauth_token": all_get(401),
    **dict.fromkeys(("oauth_revoke", "oauth_device_authorization"), all_get(401)),
    "oauth_userinfo": OWN,
    # Two devices that meet; nobody knows the session that is named.
    "create_rendezvous": all_get(400),
    "write_rendezvous": all_get(400),
    **dict.fromkeys(("read_rendezvous", "end_rendezvous"), all_get(404)),
    "discover_rendezvous": {**all_get(200), "deactivated": 401},
    "create_rendezvous_session": {**all_get(200), "deactivated": 401},
    **dict.fromkeys(("read_rendezvous_session", "end_rendezvous_session"), all_get(404)),
    **dict.fromkeys(("write_rendezvous_session", "send_rendezvous_session"), all_get(404)),
    # Pages: a token means nothing here, and a form counts only with what its page gave it.
    **dict.fromkeys(("sign_in_shown", "sign_up_shown", "account_style"), all_get(200)),
    **dict.fromkeys(("account_shown", "sessions_shown", "password_shown", "close_shown"), all_get(303)),
    **dict.fromkeys(("keys_shown", "device_shown"), all_get(303)),
    "locked_shown": all_get(303),
    "locked_taken": all_get(403),
    "authorize_shown": all_get(400),
    **dict.fromkeys(("sign_in_taken", "sign_up_taken", "sign_out_taken", "authorize_taken"), all_get(403)),
    **dict.fromkeys(("device_taken", "account_taken", "sessions_taken", "password_taken"), all_get(403)),
    **dict.fromkeys(("close_taken", "keys_taken", "upstream_name_taken"), all_get(403)),
    **dict.fromkeys(("upstream_shown", "upstream_callback_shown"), all_get(403)),  # None is set.
    # One's account.
    "get_devices": OWN,
    "get_device": OWN,
    "update_device": OWN,
    "delete_device": MORE_STAGES,
    "delete_devices": MORE_STAGES,
    "change_password": MORE_STAGES,
    "deactivate_account": MORE_STAGES,
    "get_who_is": OWN,
    "get_account_data": OWN,
    "set_account_data": OWN,
    "get_account_data_per_room": signed_in_get(404),
    "set_account_data_per_room": OWN,
    "get_room_tags": OWN,
    "set_room_tag": OWN,
    "delete_room_tag": OWN,
    "define_filter": OWN,
    "get_filter": OWN,
    # People.
    "get_user_profile": {**all_get(200), "nobody": 404},
    "get_profile_field": {**all_get(200), "nobody": 404},
    "set_profile_field": OWN,
    "delete_profile_field": OWN,
    "search_user_directory": OWN,
    "set_presence": OWN,
    "get_presence": OWN,
    # Encryption. Nobody of the cast has a backup of the version that is asked for.
    **dict.fromkeys(("upload_keys", "query_keys", "claim_keys", "send_to_device"), OWN),
    **dict.fromkeys(("upload_cross_signing_keys", "upload_cross_signing_signatures"), OWN),
    "get_keys_changes": signed_in_get(400),  # It wants two tokens of a sync.
    "post_room_keys_version": OWN,
    "get_room_keys_version_current": LACKING,
    **dict.fromkeys((f"{verb}_room_keys_version" for verb in ("get", "put", "delete")), LACKING),
    **dict.fromkeys((f"{verb}_room_keys" for verb in ("get", "put", "delete")), LACKING),
    **dict.fromkeys((f"{verb}_room_keys_by_room_id" for verb in ("get", "put", "delete")), LACKING),
    **dict.fromkeys((f"{verb}_room_key_by_session_id" for verb in ("get", "put", "delete")), LACKING),
    "put_dehydrated_device": signed_in_get(400),  # It wants keys that the device signed.
    "get_dehydrated_device": LACKING,
    "delete_dehydrated_device": LACKING,
    "post_dehydrated_device_events": signed_in_get(403),
    # What this server lacks.
    **dict.fromkeys(("get_account_3pids", "get_turn_server", "get_protocols"), OWN),
    **dict.fromkeys(("query_location_by_alias", "query_location_by_protocol"), OWN),
    **dict.fromkeys(("query_user_by_id", "query_user_by_protocol"), OWN),
    "get_protocol_metadata": LACKING,
    **dict.fromkeys(("post_3pids", "add_3pid", "bind_3pid", "delete_3pid", "unbind_3pid"), NO_CONTACTS),
    "generate_login_token": LACKING,
    "request_openid_token": OWN,
    "get_openid_userinfo": all_get(401),
    **dict.fromkeys(("get_media_config", "get_media_config_of_old"), OWN),
    # Media; the id in the paths is nobody's.
    **dict.fromkeys(("upload_media", "create_media", "get_own_uploads"), OWN),
    "delete_own_upload": LACKING,
    "get_media_limits": all_get(200),
    **dict.fromkeys(("upload_media_to_id", "get_media", "get_media_by_name"), LACKING),
    **dict.fromkeys(("get_media_of_old", "get_media_by_name_of_old", "get_public_media"), all_get(404)),
    **dict.fromkeys(("get_url_preview", "get_url_preview_of_old"), OWN),
    "get_public_preview": all_get(404),
    "get_media_thumbnail": LACKING,
    **dict.fromkeys(("get_media_info", "get_media_audio"), LACKING),
    **dict.fromkeys(("request_token_to_add_email", "request_token_to_add_phone"), all_get(403)),
    **dict.fromkeys(("request_token_to_reset_by_email", "request_token_to_reset_by_phone"), all_get(403)),
    **dict.fromkeys(
        ("request_token_to_register_by_email", "request_token_to_register_by_phone"), all_get(403)
    ),
    **dict.fromkeys(("redirect_to_sso", "redirect_to_idp"), all_get(404)),
    "get_policy_server": all_get(404),
    "get_media_thumbnail_of_old": all_get(404),
    **dict.fromkeys(("ping_appservice", "update_appservice_room_directory_visibility"), all_get(403)),
    **dict.fromkeys(("get_admin_suspend_user", "put_admin_suspend_user"), ONLY_SERVER_ADMIN),
    # The administrator asks about himself, which nobody may.
    **dict.fromkeys(("get_admin_lock_user", "put_admin_lock_user"), signed_in_get(403)),
    # Rooms.
    "create_room": OWN,
    "get_joined_rooms": OWN,
    "get_mutual_rooms": OWN,
    **dict.fromkeys(("get_events", "get_one_event", "initial_sync", "room_initial_sync"), LACKING),
    "upgrade_room": signed_in_get(403, room_admin=200),
    "join_room": signed_in_get(403, members=200, invited=200),
    "join_room_by_id": signed_in_get(403, members=200, invited=200),
    "knock_room": signed_in_get(403),
    "invite_user": ONLY_MEMBERS,
    "leave_room": signed_in_get(403, members=200, invited=200, left=200, kicked=200),
    "forget_room": signed_in_get(404, members=400, invited=400, past=200),
    "kick": ONLY_MODERATORS,
    "ban": ONLY_MODERATORS,
    "unban": ONLY_MODERATORS,
    "get_room_id_by_alias": all_get(200),
    "set_room_alias": ONLY_MEMBERS,
    "delete_room_alias": signed_in_get(403, moderator=200, room_admin=200, server_admin=200),
    "get_local_aliases": ONLY_MEMBERS,
    "get_room_visibility_on_directory": all_get(200),
    "set_room_visibility_on_directory": signed_in_get(403, moderator=200, room_admin=200, server_admin=200),
    "get_public_rooms": {**all_get(200), "deactivated": 401},
    "query_public_rooms": OWN,
    "get_space_hierarchy": signed_in_get(403, members=200, invited=200),
    "get_room_summary": {**signed_in_get(404, members=200, invited=200), "nobody": 404},
    # Reading rooms.
    "get_room_events": READ_PAST_TOO,
    "get_one_room_event": READ_PAST_TOO_BY_ID,
    "get_event_context": READ_PAST_TOO_BY_ID,
    "get_event_by_timestamp": READ_PAST_TOO,
    "get_room_state": READ_PAST_TOO,
    "get_room_state_with_key": READ_PAST_TOO,
    "get_members_by_room": READ_PAST_TOO,
    "get_joined_members_by_room": ONLY_MEMBERS,
    "get_relating_events": READ_PAST_TOO_BY_ID,
    "get_thread_roots": READ_PAST_TOO,
    "search": OWN,
    "sync": OWN,
    **dict.fromkeys(("simplified_sliding_sync", "sliding_sync"), OWN),
    # Saying something in rooms.
    "send_message_event": ONLY_MEMBERS,
    "send_message_event_once": ONLY_MEMBERS,
    "set_room_state": ONLY_MODERATORS,
    "redact_event": ONLY_MODERATORS,
    "post_receipt": ONLY_MEMBERS,
    "set_read_marker": ONLY_MEMBERS,
    "set_typing": ONLY_MEMBERS,
    "report_event": signed_in_get(404, members=200),
    "report_room": OWN,
    "report_user": OWN,
    # Push.
    **dict.fromkeys(
        ("get_push_rules", "get_push_rules_global", "get_push_rules_of_kind", "get_push_rule"), OWN
    ),
    **dict.fromkeys(("set_push_rule", "delete_push_rule", "is_push_rule_enabled"), OWN),
    **dict.fromkeys(("set_push_rule_enabled", "get_push_rule_actions", "set_push_rule_actions"), OWN),
    **dict.fromkeys(("get_pushers", "post_pusher", "get_notifications"), OWN),
    "ack_pusher": LACKING,
    # The microblog.
    **MICROBLOG_RULES,
}
