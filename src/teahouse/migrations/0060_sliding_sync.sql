-- bump_position is that of the room's newest event that counts as a sign of life (chat/room.py: BUMP_TYPES);
-- room_type is the type that the create event gives, null for an ordinary room.
ALTER TABLE rooms ADD COLUMN bump_position BIGINT NOT NULL DEFAULT 0;
ALTER TABLE rooms ADD COLUMN room_type TEXT;
UPDATE rooms SET bump_position = COALESCE((SELECT MAX(e.position) FROM events e WHERE e.room_id = rooms.room_id AND e.type IN ('m.room.create', 'm.room.message', 'm.room.encrypted', 'm.sticker', 'm.call.invite', 'm.poll.start', 'org.matrix.msc3381.poll.start', 'm.beacon_info', 'org.matrix.msc3672.beacon_info')), 0);
-- only: sqlite
UPDATE rooms SET room_type = (SELECT json_extract(e.pdu, '$.content.type') FROM current_state s JOIN events e ON e.event_id = s.event_id WHERE s.room_id = rooms.room_id AND s.type = 'm.room.create' AND s.state_key = '' AND json_type(e.pdu, '$.content.type') = 'text');
-- end
-- only: postgres
UPDATE rooms SET room_type = (SELECT e.pdu::json -> 'content' ->> 'type' FROM current_state s JOIN events e ON e.event_id = s.event_id WHERE s.room_id = rooms.room_id AND s.type = 'm.room.create' AND s.state_key = '' AND json_typeof(e.pdu::json -> 'content' -> 'type') = 'string');
-- end

-- The newest rooms of somebody who is in very many: from the newest of all, or from his few memberships.
CREATE INDEX rooms_activity ON rooms (last_position, room_id);
-- What a list of rooms shows besides the joined ones: invites, knocks, and rooms that somebody was removed from.
CREATE INDEX memberships_unjoined ON memberships (user_id, position) WHERE forgotten = 0 AND membership <> 'join' AND (membership IN ('invite', 'knock') OR (joined_position IS NOT NULL AND sender <> user_id));
-- So that joined rooms are counted without looking at them.
CREATE INDEX memberships_joined ON memberships (user_id, membership);
