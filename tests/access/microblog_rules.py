"""Who gets what from the routes of the microblog, when they ask for accounts and posts that do not exist.

What each role sees of posts that do exist is walked in tests/microblog/test_who_sees_what.py.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.access.cast import ROLES

Row = Mapping[str, int]


def signed_in_get(status: int) -> Row:
    """Whoever is signed in gets this; nobody else gets in."""
    return {role: 401 if role in ("nobody", "deactivated") else status for role in ROLES}


def anybody_gets(status: int) -> Row:
    """Everybody gets this, but a token that ended is refused."""
    return {role: 401 if role == "deactivated" else status for role in ROLES}


OWN = signed_in_get(200)
NO_RECORD = signed_in_get(404)
REFUSED = signed_in_get(422)
NOT_GRANTED = signed_in_get(403)
OPEN = anybody_gets(200)
EVERYBODY: Row = dict.fromkeys(ROLES, 200)
OPEN_NO_RECORD = anybody_gets(404)

MICROBLOG_RULES: Mapping[str, Row] = {
    # Accounts.
    "verify_account_credentials": OWN,
    **dict.fromkeys(("get_relationships", "get_familiar_followers"), OWN),
    "get_accounts": OPEN,
    "lookup_account": OPEN_NO_RECORD,
    **dict.fromkeys(("get_microblog_account", "get_account_statuses"), OPEN_NO_RECORD),
    **dict.fromkeys(("get_account_followers", "get_account_following"), OPEN_NO_RECORD),
    "get_account_endorsements": OPEN_NO_RECORD,
    **dict.fromkeys((f"{verb}_account" for verb in ("follow", "unfollow", "block", "unblock")), NO_RECORD),
    **dict.fromkeys((f"{verb}_account" for verb in ("mute", "unmute", "note")), NO_RECORD),
    **dict.fromkeys((f"{verb}_account" for verb in ("endorse", "unendorse")), NO_RECORD),
    "remove_account_from_followers": NO_RECORD,
    # Posts.
    "post_status": REFUSED,  # It has no text.
    "get_statuses": OPEN,
    "get_status_by_id": OPEN_NO_RECORD,
    "delete_status": NO_RECORD,
    **dict.fromkeys((f"{verb}_status" for verb in ("favourite", "unfavourite", "bookmark")), NO_RECORD),
    **dict.fromkeys((f"{verb}_status" for verb in ("unbookmark", "mute", "unmute")), NO_RECORD),
    **dict.fromkeys((f"{verb}_status" for verb in ("pin", "unpin", "reblog", "unreblog")), NO_RECORD),
    # Discovery.
    "search_everything": anybody_gets(400),  # It says nothing to look for.
    "get_directory": OPEN,
    **dict.fromkeys((f"get_trending_{what}" for what in ("tags", "statuses", "links")), OPEN),
    **dict.fromkeys(("get_suggestions", "get_old_suggestions", "dismiss_suggestion"), OWN),
    # Notifications and streams.
    **dict.fromkeys(("get_notifications", "count_unread_notifications", "clear_notifications"), OWN),
    **dict.fromkeys(("get_grouped_notifications", "count_unread_groups"), OWN),
    **dict.fromkeys(("get_notification", "dismiss_notification"), NO_RECORD),
    **dict.fromkeys(
        ("get_notification_group", "get_group_accounts", "dismiss_notification_group"), NO_RECORD
    ),
    **dict.fromkeys(
        (f"{verb}_notification_policy" for verb in ("get", "update", "put", "get_old", "update_old")), OWN
    ),
    **dict.fromkeys(("get_notification_requests", "notification_requests_merged"), OWN),
    **dict.fromkeys((f"{verb}_notification_requests" for verb in ("accept", "dismiss")), OWN),
    **dict.fromkeys((f"{verb}_notification_request" for verb in ("get", "accept", "dismiss")), NO_RECORD),
    **dict.fromkeys(("get_push_subscription", "update_push_subscription"), NO_RECORD),
    "subscribe_to_push": REFUSED,
    "unsubscribe_from_push": OWN,
    "streaming": signed_in_get(426),
    "streaming_health": dict.fromkeys(ROLES, 200),
    # Timelines.
    **dict.fromkeys(("get_home_timeline", "get_bookmarks", "get_favourites", "get_conversations"), OWN),
    **dict.fromkeys(("get_public_timeline", "get_tag_timeline"), OPEN),
    "get_list_timeline": NO_RECORD,
    "get_link_timeline": OPEN_NO_RECORD,
    **dict.fromkeys((f"{verb}_conversation" for verb in ("read", "unread", "delete")), NO_RECORD),
    # Accounts, further.
    **dict.fromkeys(("update_credentials", "search_accounts", "get_preferences"), OWN),
    **dict.fromkeys(("get_follow_requests", "get_blocks", "get_mutes", "get_endorsements"), OWN),
    **dict.fromkeys(("authorize_follow_request", "reject_follow_request"), NO_RECORD),
    "get_lists": OWN,
    "create_list": REFUSED,  # It has no title.
    **dict.fromkeys(("get_list", "update_list", "delete_list", "get_list_accounts"), NO_RECORD),
    **dict.fromkeys(("add_accounts_to_list", "remove_accounts_from_list", "get_account_lists"), NO_RECORD),
    "get_account_featured_tags": OPEN_NO_RECORD,
    "get_tag": OPEN,
    **dict.fromkeys(("follow_tag", "unfollow_tag", "feature_tag", "unfeature_tag", "get_followed_tags"), OWN),
    **dict.fromkeys(("get_featured_tags", "get_featured_tag_suggestions"), OWN),
    "create_featured_tag": REFUSED,  # It has no name.
    "delete_featured_tag": NO_RECORD,
    **dict.fromkeys(("get_markers", "save_markers"), OWN),
    # Threads.
    **dict.fromkeys(("get_status_context", "get_status_comments"), OPEN_NO_RECORD),
    **dict.fromkeys(("get_favourited_by", "get_reblogged_by"), OPEN_NO_RECORD),
    **dict.fromkeys(("get_status_history", "get_status_card", "get_poll"), OPEN_NO_RECORD),
    **dict.fromkeys(("get_quotes", "revoke_quote", "set_interaction_policy", "edit_status"), NO_RECORD),
    **dict.fromkeys(("get_status_source", "translate_status", "vote_on_poll"), NO_RECORD),
    "get_scheduled_statuses": OWN,
    **dict.fromkeys(("get_scheduled_status", "cancel_scheduled_status"), NO_RECORD),
    "reschedule_status": REFUSED,  # It has no time.
    # Filters.
    **dict.fromkeys(("get_filters", "get_filters_of_old"), OWN),
    **dict.fromkeys(("create_filter", "create_filter_of_old"), REFUSED),
    **dict.fromkeys(("get_content_filter", "update_filter", "delete_filter"), NO_RECORD),
    **dict.fromkeys(("get_filter_keywords", "add_filter_keyword", "get_filter_keyword"), NO_RECORD),
    **dict.fromkeys(("update_filter_keyword", "delete_filter_keyword", "get_filter_statuses"), NO_RECORD),
    **dict.fromkeys(("add_filter_status", "get_filter_status", "delete_filter_status"), NO_RECORD),
    **dict.fromkeys(("get_filter_of_old", "update_filter_of_old", "delete_filter_of_old"), NO_RECORD),
    # The server itself.
    **dict.fromkeys(("get_instance", "get_instance_of_old", "get_instance_rules"), EVERYBODY),
    **dict.fromkeys(("get_extended_description", "get_instance_peers", "host_meta"), EVERYBODY),
    **dict.fromkeys(("get_instance_activity", "get_translation_languages", "nodeinfo_links"), EVERYBODY),
    **dict.fromkeys(("get_domain_blocks", "unblock_domain"), OWN),
    "get_instance_domain_blocks": EVERYBODY,
    "get_identity_proofs": NO_RECORD,
    "get_oembed": dict.fromkeys(ROLES, 404),
    # Moderation: sessions begun with a password were not granted it, an administrator's neither.
    **dict.fromkeys(("get_admin_accounts", "get_admin_accounts_of_old", "get_admin_account"), NOT_GRANTED),
    **dict.fromkeys(("act_on_account", "enable_account", "delete_admin_account"), NOT_GRANTED),
    **dict.fromkeys((f"un{verb}_account" for verb in ("silence", "suspend", "sensitive")), NOT_GRANTED),
    "decide_on_pending_account": NOT_GRANTED,
    **dict.fromkeys(("get_admin_reports", "get_admin_report", "update_admin_report"), NOT_GRANTED),
    **dict.fromkeys((f"{verb}_report" for verb in ("assign", "unassign", "resolve", "reopen")), NOT_GRANTED),
    **dict.fromkeys((f"get_admin_trending_{what}" for what in ("tags", "statuses", "links")), NOT_GRANTED),
    "get_account_warnings": OWN,
    "get_account_warning": NO_RECORD,
    "appeal_account_warning": REFUSED,  # It says nothing.
    "block_domain": REFUSED,
    **dict.fromkeys(("webfinger", "nodeinfo"), dict.fromkeys(ROLES, 404)),
    "get_custom_emojis": OPEN,
    "get_announcements": OWN,
    "dismiss_announcement": NO_RECORD,
    "get_privacy_policy": EVERYBODY,
    **dict.fromkeys(("get_terms_of_service", "get_terms_of_service_of_a_day"), dict.fromkeys(ROLES, 404)),
    "file_report": NO_RECORD,
    "resend_confirmation": signed_in_get(403),
    **dict.fromkeys(("check_confirmation", "delete_avatar", "delete_header"), OWN),
    "dismiss_notification_of_old": NO_RECORD,
    "add_announcement_reaction": REFUSED,  # It names no emoji.
    "remove_announcement_reaction": NO_RECORD,
    # Media.
    **dict.fromkeys(("upload_media_for_post", "upload_media_for_post_of_old"), REFUSED),
    **dict.fromkeys(("get_attachment", "update_attachment", "delete_attachment"), NO_RECORD),
    **dict.fromkeys(("get_avatar", "get_header"), EVERYBODY),
    # The public log.
    **dict.fromkeys(("get_public_log", "get_public_log_checkpoint", "get_log_checkpoint"), EVERYBODY),
    "get_log_tile": dict.fromkeys(ROLES, 404),  # No form of the path names a piece that is there.
    # Pages.
    **dict.fromkeys(("public_style", "public_tag", "public_log"), EVERYBODY),
    **dict.fromkeys(
        ("show_decision", "show_account_settings", "show_profile_settings"), dict.fromkeys(ROLES, 302)
    ),
    **dict.fromkeys(("public_profile", "public_status"), dict.fromkeys(ROLES, 404)),
}
