-- The one ordered stream: every write that takes positions updates this row in its transaction.
CREATE TABLE stream_position (position BIGINT NOT NULL);
INSERT INTO stream_position (position) VALUES (0);

-- What the server must remember of itself: its name, the secret that marks its tokens.
CREATE TABLE server_settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- One row a room; last_* name its newest event. notify_total and highlight_total count the events that notify everybody by the default rules.
CREATE TABLE rooms (
    room_id TEXT NOT NULL PRIMARY KEY,
    version TEXT NOT NULL,
    creator TEXT NOT NULL,
    last_event_id TEXT NOT NULL,
    last_position BIGINT NOT NULL,
    depth BIGINT NOT NULL,
    notify_total BIGINT NOT NULL,
    highlight_total BIGINT NOT NULL,
    is_public BIGINT NOT NULL,
    created_ts BIGINT NOT NULL
);
CREATE INDEX rooms_public ON rooms (is_public, room_id);

-- Every room event, in the room's order. pdu is the signed event; redacted_by names the redaction, if any.
-- notify_total and highlight_total are the room's running counts (threads left out) up to and with this event,
-- the thread_* ones those of the event's thread. prev_content is what a state event replaced.
CREATE TABLE events (
    position BIGINT NOT NULL PRIMARY KEY,
    event_id TEXT NOT NULL UNIQUE,
    room_id TEXT NOT NULL,
    type TEXT NOT NULL,
    state_key TEXT,
    sender TEXT NOT NULL,
    device_id TEXT,
    txn_id TEXT,
    origin_server_ts BIGINT NOT NULL,
    depth BIGINT NOT NULL,
    pdu TEXT NOT NULL,
    redacted_by TEXT,
    redacts TEXT,
    rel_type TEXT,
    relates_to TEXT,
    rel_key TEXT,
    thread_root TEXT,
    contains_url BIGINT NOT NULL,
    notifies BIGINT NOT NULL,
    highlights_room BIGINT NOT NULL,
    notify_total BIGINT NOT NULL,
    highlight_total BIGINT NOT NULL,
    thread_notify_total BIGINT NOT NULL,
    thread_highlight_total BIGINT NOT NULL,
    replaces_state TEXT,
    prev_content TEXT
);
CREATE INDEX events_room ON events (room_id, position);
CREATE INDEX events_relations ON events (relates_to, rel_type, position) WHERE relates_to IS NOT NULL;
CREATE INDEX events_thread ON events (thread_root, position) WHERE thread_root IS NOT NULL;
CREATE INDEX events_room_time ON events (room_id, origin_server_ts, position);
CREATE INDEX events_sender ON events (room_id, sender, position);

-- Every state event again by key: the state at P is the newest row of each key at or before P.
CREATE TABLE room_state (
    room_id TEXT NOT NULL,
    type TEXT NOT NULL,
    state_key TEXT NOT NULL,
    position BIGINT NOT NULL,
    event_id TEXT NOT NULL,
    membership TEXT,
    PRIMARY KEY (room_id, type, state_key, position)
);
CREATE INDEX room_state_position ON room_state (room_id, position);

-- The newest state event of each key, to load a room with one query.
CREATE TABLE current_state (
    room_id TEXT NOT NULL,
    type TEXT NOT NULL,
    state_key TEXT NOT NULL,
    position BIGINT NOT NULL,
    event_id TEXT NOT NULL,
    membership TEXT,
    PRIMARY KEY (room_id, type, state_key)
);

-- What each user is in each room now. forgotten hides a left room; joined_position is the newest join.
CREATE TABLE memberships (
    user_id TEXT NOT NULL,
    room_id TEXT NOT NULL,
    membership TEXT NOT NULL,
    position BIGINT NOT NULL,
    event_id TEXT NOT NULL,
    sender TEXT NOT NULL,
    joined_position BIGINT,
    forgotten BIGINT NOT NULL,
    PRIMARY KEY (user_id, room_id)
);
CREATE INDEX memberships_room ON memberships (room_id, membership);
CREATE INDEX memberships_position ON memberships (user_id, position);

-- A transaction id of a device, for each path, gives the same event for ever.
CREATE TABLE sent_transactions (
    user_id TEXT NOT NULL,
    device_id TEXT NOT NULL,
    path TEXT NOT NULL,
    event_id TEXT NOT NULL,
    created_ts BIGINT NOT NULL,
    PRIMARY KEY (user_id, device_id, path)
);

-- People mentioned by an event (m.mentions, or by name in old clients' messages): the only rows by reader.
CREATE TABLE mentions (
    user_id TEXT NOT NULL,
    room_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    thread_root TEXT,
    extra_notify BIGINT NOT NULL,
    PRIMARY KEY (user_id, room_id, position)
);

-- One row a thread, with its running counts of notifying events (the room's own counts leave threads out).
CREATE TABLE threads (
    root_event_id TEXT NOT NULL PRIMARY KEY,
    room_id TEXT NOT NULL,
    last_event_id TEXT NOT NULL,
    last_position BIGINT NOT NULL,
    event_count BIGINT NOT NULL,
    notify_total BIGINT NOT NULL,
    highlight_total BIGINT NOT NULL
);
CREATE INDEX threads_room ON threads (room_id, last_position);
CREATE TABLE thread_participants (
    root_event_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    PRIMARY KEY (root_event_id, user_id)
);

CREATE TABLE receipts (
    room_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    receipt_type TEXT NOT NULL,
    thread_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    event_position BIGINT NOT NULL,
    ts BIGINT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (room_id, user_id, receipt_type, thread_id)
);
CREATE INDEX receipts_position ON receipts (room_id, position);
CREATE INDEX receipts_user ON receipts (user_id, room_id);

CREATE TABLE room_aliases (
    alias TEXT NOT NULL PRIMARY KEY,
    room_id TEXT NOT NULL,
    creator TEXT NOT NULL,
    created_ts BIGINT NOT NULL
);
CREATE INDEX room_aliases_room ON room_aliases (room_id);
