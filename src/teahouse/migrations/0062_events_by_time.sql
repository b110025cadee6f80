-- The event nearest to a time is found by halving the room's positions: a room's times follow its order.
DROP INDEX events_room_time;
