"""The kernel: what every slice stands on, and nothing that is about chat.

http/      the edge, routing, guards, strict JSON, errors in the protocol's accent, rate limits
storage/   one database behind two verbs, on SQLite or PostgreSQL; migrations
stream/    facts, and the doorbell that wakes who waits for them
durable.py   files and folders that outlast a power loss
outbound.py  connections to the outside, never into our own network
web_push/    encrypted messages to apps that are not running
memory.py  how freed memory goes back to the system
sealing.py   secrets that must be given out again, sealed at rest
words.py   text as the words that search knows
log.py     structured logs without secrets
"""
