-- compatible-since: 1
-- Which changes of the vault's keys are in the audit log.
-- Runs as steward_vault_owner.

CREATE TABLE vault.key_events (
    id bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL,
    subject text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT key_events_pkey PRIMARY KEY (id),
    CONSTRAINT key_events_kind_check
        CHECK (kind IN ('epoch_begun', 'epoch_destroyed', 'root_key', 'recovery_key')),
    CONSTRAINT key_events_subject_check CHECK (char_length(subject) BETWEEN 1 AND 64)
);
COMMENT ON TABLE vault.key_events IS
    'Changes of the vault''s keys that were recorded as events: what the keyring says beyond them '
    'is recorded at the next start.';
COMMENT ON COLUMN vault.key_events.id IS 'In the order of recording, whatever clocks say.';
COMMENT ON COLUMN vault.key_events.kind IS 'What was changed.';
COMMENT ON COLUMN vault.key_events.subject IS
    'The epoch''s number, or what tells one key from another and says nothing of it.';
COMMENT ON COLUMN vault.key_events.recorded_at IS 'When the event was recorded.';
-- An epoch begins once and is destroyed once.
CREATE UNIQUE INDEX key_events_epoch_key ON vault.key_events (kind, subject)
    WHERE kind LIKE 'epoch%';
CREATE INDEX key_events_kind_idx ON vault.key_events (kind, id);

GRANT SELECT, INSERT (kind, subject) ON vault.key_events TO steward_vault;
