"""Notifications of the Mastodon API: what somebody is told, one by one (v1) and in groups (v2), and strangers who wait.

records.py        typed rows and the kinds that there are
policy.py         whether a notification is told, waits or is dropped. Pure
notify.py         hooks into each act's write and keeps what somebody is to be told
notices.py        reads pages, counts, dismisses
groups.py         the same in groups
requests.py       strangers whose notifications wait
store_*.py        all SQL
"""
