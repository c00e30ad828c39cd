-- compatible-since: 11
-- A producer that is silent is told of once.

ALTER TABLE audit.producers ADD COLUMN silence_recorded_at timestamptz;
COMMENT ON COLUMN audit.producers.silence_recorded_at IS
    'When it was last recorded that the producer is silent; it has been heard since if that is '
    'before last_seen_at.';
GRANT UPDATE (silence_recorded_at) ON audit.producers TO steward_audit;
