-- What a send leaves for later (decision 12): everything up to settled.position is entered in sent_transactions and
-- last_said; what came after it is read from the events themselves.
CREATE TABLE settled (position BIGINT NOT NULL);
INSERT INTO settled (position) SELECT position FROM stream_position;

-- Where each person spoke last in each room's main timeline: position is that of the newest event which shows that they
-- have read (state counts only when it calls everybody), notifying_position that of the newest which notifies others.
CREATE TABLE last_said (
    user_id TEXT NOT NULL,
    room_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    notifying_position BIGINT NOT NULL,
    PRIMARY KEY (user_id, room_id)
);
INSERT INTO last_said (user_id, room_id, position, notifying_position) SELECT sender, room_id, MAX(CASE WHEN state_key IS NULL OR highlights_room = 1 THEN position ELSE 0 END), MAX(CASE WHEN notifies = 1 THEN position ELSE 0 END) FROM events WHERE thread_root IS NULL GROUP BY sender, room_id;
DROP INDEX events_sender;
