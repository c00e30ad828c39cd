-- compatible-since: 11
-- A producer that calls no more because there is no such service any longer is not silent.

ALTER TABLE audit.producers ADD COLUMN retired_at timestamptz;
COMMENT ON COLUMN audit.producers.retired_at IS
    'When an operator said that it calls no more; it has come back if that is before last_seen_at.';
GRANT UPDATE (retired_at) ON audit.producers TO steward_audit;
