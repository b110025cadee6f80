-- Addresses in the order of their characters, so that those of one network stand together in `devices_by_address`.
-- only: postgres
ALTER TABLE devices ALTER COLUMN last_seen_ip TYPE TEXT COLLATE "C";
-- end
