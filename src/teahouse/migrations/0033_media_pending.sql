-- Reserved ids that wait for their upload, by owner: counted at each reservation.
CREATE INDEX media_pending ON media (owner, expires_ts) WHERE sha256 IS NULL;
