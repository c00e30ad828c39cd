-- compatible-since: 1
-- Each copy of a checkpoint names the copy before, so that a row that is gone is missed.

ALTER TABLE audit.checkpoints ADD COLUMN previous_size bigint,
    ADD CONSTRAINT checkpoints_previous_check CHECK (previous_size < size);
COMMENT ON COLUMN audit.checkpoints.previous_size IS
    'The size of the copy that was stored before; null for the first of its tree.';
UPDATE audit.checkpoints AS c SET previous_size = (
    SELECT max(b.size) FROM audit.checkpoints AS b
    WHERE b.log_epoch = c.log_epoch AND b.size < c.size);
