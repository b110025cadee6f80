"""Web Push of the Mastodon API: notifications to apps that are not running (RFC 8030, 8291 and 8292).

subscriptions.py    what each session wants to be told
sender.py           follows the notifications and posts them to push services
store_web_push.py   all SQL;  routes.py  the wire
"""
