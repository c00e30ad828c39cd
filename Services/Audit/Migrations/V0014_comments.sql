-- compatible-since: 11
-- A comment says what is so by now.

COMMENT ON COLUMN audit.entries.occurred_at IS
    'When, by the producer''s clock; where that is far from when the log took the entry, then.';
