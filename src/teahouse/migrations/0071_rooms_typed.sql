-- Few rooms have a type (spaces do): whoever is in very many rooms has these looked at, and not all rooms of the server.
CREATE INDEX rooms_typed ON rooms (room_id) WHERE room_type IS NOT NULL;
