-- compatible-since: 11
-- What no hash binds is not stored.  When an entry was received is in the entry itself from its
-- version 2 on, and of older ones nobody could have proven it; an entry also says when what begins
-- with it began, and why an epoch of the log was begun.

ALTER TABLE audit.entries DROP COLUMN received_at;
ALTER TABLE audit.checkpoints DROP COLUMN signed_at;
ALTER TABLE audit.producer_epochs DROP COLUMN began_at;
ALTER TABLE audit.producer_gaps DROP COLUMN recorded_at;

ALTER TABLE audit.log_epochs DROP COLUMN began_at, DROP COLUMN reason,
    ADD CONSTRAINT log_epochs_previous_check CHECK ((log_epoch = 1) = (kept_size IS NULL));
COMMENT ON TABLE audit.log_epochs IS
    'The trees of the log. A new one begins after a restore that lost entries; its first entry '
    'says the same and why.';
