-- compatible-since: 1
-- The log: who produces events, the entries, their payloads, the tree over them, its checkpoints.
-- Runs as steward_audit_owner; grants exactly what steward_audit needs.

GRANT USAGE ON SCHEMA audit TO steward_audit;

CREATE FUNCTION audit.purpose() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('steward.purpose', true), '');
COMMENT ON FUNCTION audit.purpose() IS
    'What the transaction is for: ingest, read or check.';

CREATE TABLE audit.producers (
    producer text NOT NULL,
    epoch bigint NOT NULL,
    last_sequence bigint NOT NULL,
    last_leaf_hash bytea NOT NULL,
    checkpointed_sequence bigint NOT NULL DEFAULT 0,
    last_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    accepts_gap boolean NOT NULL DEFAULT false,

    CONSTRAINT producers_pkey PRIMARY KEY (producer),
    CONSTRAINT producers_producer_check CHECK (char_length(producer) BETWEEN 1 AND 100),
    CONSTRAINT producers_epoch_check CHECK (epoch > 0),
    CONSTRAINT producers_sequence_check
        CHECK (checkpointed_sequence >= 0 AND last_sequence >= checkpointed_sequence),
    CONSTRAINT producers_last_leaf_hash_check CHECK (octet_length(last_leaf_hash) = 32)
) WITH (fillfactor = 50);
COMMENT ON TABLE audit.producers IS
    'The services that record events, and how far the log has theirs.';
COMMENT ON COLUMN audit.producers.producer IS 'The service''s name.';
COMMENT ON COLUMN audit.producers.epoch IS 'Which of its numberings is current, from 1.';
COMMENT ON COLUMN audit.producers.last_sequence IS 'The last sequence of it that is in the log.';
COMMENT ON COLUMN audit.producers.last_leaf_hash IS 'The hash of the leaf of that entry.';
COMMENT ON COLUMN audit.producers.checkpointed_sequence IS
    'The last sequence that a signed checkpoint covers.';
COMMENT ON COLUMN audit.producers.last_seen_at IS 'When it last called, to some seconds.';
COMMENT ON COLUMN audit.producers.accepts_gap IS
    'Whether its next entries may leave a gap, since the log has lost entries of its own.';

CREATE TABLE audit.producer_epochs (
    producer text NOT NULL,
    epoch bigint NOT NULL,
    log_epoch bigint NOT NULL,
    log_index bigint NOT NULL,
    began_at timestamptz NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT producer_epochs_pkey PRIMARY KEY (producer, epoch),
    CONSTRAINT producer_epochs_epoch_check CHECK (epoch > 0),
    CONSTRAINT producer_epochs_place_check CHECK (log_epoch > 0 AND log_index >= 0)
);
COMMENT ON TABLE audit.producer_epochs IS 'Where in the log each numbering of a producer begins.';
COMMENT ON COLUMN audit.producer_epochs.producer IS 'The service''s name.';
COMMENT ON COLUMN audit.producer_epochs.epoch IS 'Which of its numberings, from 1.';
COMMENT ON COLUMN audit.producer_epochs.log_epoch IS 'The epoch of the log that it begins in.';
COMMENT ON COLUMN audit.producer_epochs.log_index IS 'Its first entry.';
COMMENT ON COLUMN audit.producer_epochs.began_at IS 'When that entry arrived.';

CREATE TABLE audit.producer_gaps (
    producer text NOT NULL,
    epoch bigint NOT NULL,
    first_sequence bigint NOT NULL,
    last_sequence bigint NOT NULL,
    log_epoch bigint NOT NULL,
    log_index bigint NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT producer_gaps_pkey PRIMARY KEY (producer, epoch, first_sequence),
    CONSTRAINT producer_gaps_range_check
        CHECK (epoch > 0 AND first_sequence > 0 AND last_sequence >= first_sequence),
    CONSTRAINT producer_gaps_place_check CHECK (log_epoch > 0 AND log_index >= 0)
);
COMMENT ON TABLE audit.producer_gaps IS
    'Sequences that the log has lost and that were accepted as lost after an epoch was begun.';
COMMENT ON COLUMN audit.producer_gaps.producer IS 'The service''s name.';
COMMENT ON COLUMN audit.producer_gaps.epoch IS 'Which of its numberings.';
COMMENT ON COLUMN audit.producer_gaps.first_sequence IS 'The first sequence that is lost.';
COMMENT ON COLUMN audit.producer_gaps.last_sequence IS 'The last sequence that is lost.';
COMMENT ON COLUMN audit.producer_gaps.log_epoch IS
    'The epoch of the log in which the producer went on.';
COMMENT ON COLUMN audit.producer_gaps.log_index IS 'The first entry after the gap.';
COMMENT ON COLUMN audit.producer_gaps.recorded_at IS 'When that entry arrived.';

CREATE TABLE audit.log_epochs (
    log_epoch bigint NOT NULL,
    origin text NOT NULL,
    began_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    reason text,
    previous_note text,
    kept_size bigint,
    lost_end bigint,

    CONSTRAINT log_epochs_pkey PRIMARY KEY (log_epoch),
    CONSTRAINT log_epochs_origin_key UNIQUE (origin),
    CONSTRAINT log_epochs_log_epoch_check CHECK (log_epoch > 0),
    CONSTRAINT log_epochs_previous_check
        CHECK ((log_epoch = 1) = (reason IS NULL) AND (log_epoch = 1) = (kept_size IS NULL)),
    CONSTRAINT log_epochs_lost_check CHECK (lost_end IS NULL OR lost_end >= kept_size)
);
COMMENT ON TABLE audit.log_epochs IS
    'The trees of the log. A new one begins after a restore that lost entries.';
COMMENT ON COLUMN audit.log_epochs.log_epoch IS 'Which tree, from 1.';
COMMENT ON COLUMN audit.log_epochs.origin IS 'What its checkpoints begin with.';
COMMENT ON COLUMN audit.log_epochs.began_at IS 'When it began.';
COMMENT ON COLUMN audit.log_epochs.reason IS 'Why the operator began it; null for the first.';
COMMENT ON COLUMN audit.log_epochs.previous_note IS
    'The last checkpoint that was signed of the epoch before.';
COMMENT ON COLUMN audit.log_epochs.kept_size IS
    'How many entries of the epoch before are still there.';
COMMENT ON COLUMN audit.log_epochs.lost_end IS
    'The entries of the epoch before from kept_size up to here, exclusive, were signed and are '
    'lost; null if no checkpoint was there to tell.';

CREATE TABLE audit.log_state (
    id boolean NOT NULL DEFAULT true,
    log_epoch bigint NOT NULL,
    size bigint NOT NULL,
    root bytea NOT NULL,
    writer_term bigint NOT NULL,

    CONSTRAINT log_state_pkey PRIMARY KEY (id),
    CONSTRAINT log_state_id_check CHECK (id),
    CONSTRAINT log_state_size_check CHECK (size >= 0),
    CONSTRAINT log_state_root_check CHECK (octet_length(root) = 32)
) WITH (fillfactor = 10);
COMMENT ON TABLE audit.log_state IS
    'How large the log is: one row, which every append compares and sets.';
COMMENT ON COLUMN audit.log_state.id IS 'True: there is one row.';
COMMENT ON COLUMN audit.log_state.log_epoch IS 'The tree that grows.';
COMMENT ON COLUMN audit.log_state.size IS 'How many entries it has.';
COMMENT ON COLUMN audit.log_state.root IS 'Its root (RFC 6962, section 2.1).';
COMMENT ON COLUMN audit.log_state.writer_term IS
    'Rises with each sequencer that takes over, so that one before it can append no more.';
INSERT INTO audit.log_state (log_epoch, size, root, writer_term)
VALUES (1, 0, sha256(''::bytea), 0);

CREATE TABLE audit.entries (
    log_epoch bigint NOT NULL,
    log_index bigint NOT NULL,
    producer text NOT NULL,
    epoch bigint NOT NULL,
    sequence bigint NOT NULL,
    event_id uuid NOT NULL,
    action text NOT NULL,
    outcome text NOT NULL,
    actor_id uuid,
    session_id uuid,
    method text,
    resource_type text,
    resource_id text,
    reason text,
    tool_execution_id uuid,
    trace_id text,
    is_sensitive boolean NOT NULL,
    count bigint NOT NULL,
    class text NOT NULL,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    entry bytea NOT NULL,

    CONSTRAINT entries_pkey PRIMARY KEY (log_epoch, log_index),
    CONSTRAINT entries_sequence_key UNIQUE (producer, epoch, sequence),
    CONSTRAINT entries_class_check CHECK (class IN ('security', 'access', 'operation'))
);
ALTER TABLE audit.entries ALTER COLUMN entry SET STORAGE EXTERNAL;
COMMENT ON TABLE audit.entries IS
    'The log. The column entry is the log itself; the others repeat what is in it, for search, '
    'texts cut to lengths that an index takes.';
COMMENT ON COLUMN audit.entries.log_epoch IS 'Which tree the entry is a leaf of.';
COMMENT ON COLUMN audit.entries.log_index IS 'Which leaf, from 0.';
COMMENT ON COLUMN audit.entries.producer IS 'The service that recorded the event.';
COMMENT ON COLUMN audit.entries.epoch IS 'Which of the producer''s numberings.';
COMMENT ON COLUMN audit.entries.sequence IS 'Its place in that numbering, from 1.';
COMMENT ON COLUMN audit.entries.event_id IS 'The event''s id, made by the producer.';
COMMENT ON COLUMN audit.entries.action IS 'What happened.';
COMMENT ON COLUMN audit.entries.outcome IS 'How it ended.';
COMMENT ON COLUMN audit.entries.actor_id IS 'The person who did it, if one did.';
COMMENT ON COLUMN audit.entries.session_id IS 'The session in which it was done.';
COMMENT ON COLUMN audit.entries.method IS 'The method that was called.';
COMMENT ON COLUMN audit.entries.resource_type IS 'The kind of thing it was done to.';
COMMENT ON COLUMN audit.entries.resource_id IS 'Which one.';
COMMENT ON COLUMN audit.entries.reason IS 'Why it was denied or failed.';
COMMENT ON COLUMN audit.entries.tool_execution_id IS 'The execution of a tool it belongs to.';
COMMENT ON COLUMN audit.entries.trace_id IS 'The trace of the call.';
COMMENT ON COLUMN audit.entries.is_sensitive IS 'Whether sensitive data was touched.';
COMMENT ON COLUMN audit.entries.count IS 'How many times it happened.';
COMMENT ON COLUMN audit.entries.class IS 'Whose retention applies to the payload.';
COMMENT ON COLUMN audit.entries.occurred_at IS
    'When, by the producer''s clock; within 2000 to 2200.';
COMMENT ON COLUMN audit.entries.received_at IS 'When it was appended, by the database''s clock.';
COMMENT ON COLUMN audit.entries.entry IS
    'The entry in deterministic CBOR: what the leaf is the hash of.';

CREATE INDEX entries_time_idx ON audit.entries (occurred_at, log_index);
CREATE INDEX entries_actor_idx ON audit.entries (actor_id, occurred_at, log_index)
    WHERE actor_id IS NOT NULL;
CREATE INDEX entries_action_idx ON audit.entries (action, occurred_at, log_index);
CREATE INDEX entries_resource_idx
    ON audit.entries (resource_type, resource_id, occurred_at, log_index)
    WHERE resource_type IS NOT NULL;
CREATE INDEX entries_session_idx ON audit.entries (session_id, occurred_at, log_index)
    WHERE session_id IS NOT NULL;
CREATE INDEX entries_outcome_idx ON audit.entries (outcome, occurred_at, log_index)
    WHERE outcome <> 'succeeded';
CREATE INDEX entries_event_idx ON audit.entries (event_id);

ALTER TABLE audit.entries ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.entries FORCE ROW LEVEL SECURITY;
CREATE POLICY log_select ON audit.entries FOR SELECT TO steward_audit
    USING ((SELECT audit.purpose()) IN ('ingest', 'read', 'check'));
CREATE POLICY log_insert ON audit.entries FOR INSERT TO steward_audit
    WITH CHECK ((SELECT audit.purpose()) = 'ingest');
GRANT SELECT, INSERT ON audit.entries TO steward_audit;

CREATE TABLE audit.payloads (
    log_epoch bigint NOT NULL,
    log_index bigint NOT NULL,
    class text NOT NULL,
    month date NOT NULL,
    actor_id uuid,
    subject_id uuid,
    username text,
    payload bytea NOT NULL,
    salt bytea NOT NULL,

    CONSTRAINT payloads_pkey PRIMARY KEY (log_epoch, log_index, class, month),
    CONSTRAINT payloads_salt_check CHECK (octet_length(salt) = 32)
) PARTITION BY LIST (class);
COMMENT ON TABLE audit.payloads IS
    'What may be personal about events, apart from the log. A partition for each class and month.';
COMMENT ON COLUMN audit.payloads.log_epoch IS 'The tree of the entry.';
COMMENT ON COLUMN audit.payloads.log_index IS 'The entry.';
COMMENT ON COLUMN audit.payloads.class IS 'Whose retention applies.';
COMMENT ON COLUMN audit.payloads.month IS 'The first day of the month of occurred_at, in UTC.';
COMMENT ON COLUMN audit.payloads.actor_id IS 'The person who did it, if one did.';
COMMENT ON COLUMN audit.payloads.subject_id IS 'The person it was done to, if it was one.';
COMMENT ON COLUMN audit.payloads.username IS 'The actor''s name at that time.';
COMMENT ON COLUMN audit.payloads.payload IS 'The payload in deterministic CBOR.';
COMMENT ON COLUMN audit.payloads.salt IS 'What the commitment in the entry is salted with.';

CREATE INDEX payloads_actor_idx ON audit.payloads (actor_id) WHERE actor_id IS NOT NULL;
CREATE INDEX payloads_subject_idx ON audit.payloads (subject_id) WHERE subject_id IS NOT NULL;

ALTER TABLE audit.payloads ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.payloads FORCE ROW LEVEL SECURITY;
CREATE POLICY log_select ON audit.payloads FOR SELECT TO steward_audit
    USING ((SELECT audit.purpose()) IN ('read', 'check'));
CREATE POLICY log_insert ON audit.payloads FOR INSERT TO steward_audit
    WITH CHECK ((SELECT audit.purpose()) = 'ingest');
GRANT SELECT, INSERT ON audit.payloads TO steward_audit;

CREATE TABLE audit.payloads_security PARTITION OF audit.payloads
    FOR VALUES IN ('security') PARTITION BY RANGE (month);
CREATE TABLE audit.payloads_access PARTITION OF audit.payloads
    FOR VALUES IN ('access') PARTITION BY RANGE (month);
CREATE TABLE audit.payloads_operation PARTITION OF audit.payloads
    FOR VALUES IN ('operation') PARTITION BY RANGE (month);
COMMENT ON TABLE audit.payloads_security IS 'Payloads of the class security, by month.';
COMMENT ON TABLE audit.payloads_access IS 'Payloads of the class access, by month.';
COMMENT ON TABLE audit.payloads_operation IS 'Payloads of the class operation, by month.';

-- Partitions are reached through the whole table only, whose policies then apply.
ALTER TABLE audit.payloads_security ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.payloads_security FORCE ROW LEVEL SECURITY;
CREATE POLICY through_the_table ON audit.payloads_security FOR SELECT USING (false);
ALTER TABLE audit.payloads_access ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.payloads_access FORCE ROW LEVEL SECURITY;
CREATE POLICY through_the_table ON audit.payloads_access FOR SELECT USING (false);
ALTER TABLE audit.payloads_operation ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.payloads_operation FORCE ROW LEVEL SECURITY;
CREATE POLICY through_the_table ON audit.payloads_operation FOR SELECT USING (false);

CREATE FUNCTION audit.make_payload_partition(class text, happened_at timestamptz) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = audit, pg_temp AS $$
DECLARE
    first_day date := date_trunc('month', happened_at AT TIME ZONE 'UTC');
    name text := format('payloads_%s_%s', class, to_char(first_day, 'YYYY_MM'));
BEGIN
    IF class NOT IN ('security', 'access', 'operation') THEN
        RAISE EXCEPTION 'there is no such class';
    END IF;
    IF to_regclass(format('audit.%I', name)) IS NOT NULL THEN
        RETURN false;
    END IF;
    -- One at a time; whoever comes second finds it made.
    PERFORM pg_advisory_xact_lock(hashtextextended('audit.make_payload_partition', 0));
    IF to_regclass(format('audit.%I', name)) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format(
        'CREATE TABLE audit.%I (LIKE audit.payloads INCLUDING DEFAULTS INCLUDING CONSTRAINTS '
        'INCLUDING COMMENTS)', name);
    EXECUTE format('ALTER TABLE audit.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE audit.%I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY through_the_table ON audit.%I FOR SELECT USING (false)', name);
    EXECUTE format('COMMENT ON TABLE audit.%I IS %L', name,
        format('Payloads of the class %s and the month of %s.', class, first_day));
    EXECUTE format(
        'ALTER TABLE audit.%I ATTACH PARTITION audit.%I FOR VALUES FROM (%L) TO (%L)',
        'payloads_' || class, name, first_day, first_day + interval '1 month');
    RETURN true;
END
$$;
COMMENT ON FUNCTION audit.make_payload_partition IS
    'Makes the partition for a class and the month of a time, unless it is there; whether it did.';

CREATE TABLE audit.tiles (
    log_epoch bigint NOT NULL,
    level smallint NOT NULL,
    tile_index bigint NOT NULL,
    width smallint NOT NULL,
    hashes bytea NOT NULL,

    CONSTRAINT tiles_pkey PRIMARY KEY (log_epoch, level, tile_index),
    CONSTRAINT tiles_place_check CHECK (level BETWEEN 0 AND 7 AND tile_index >= 0),
    CONSTRAINT tiles_width_check CHECK (width BETWEEN 1 AND 256),
    CONSTRAINT tiles_hashes_check CHECK (octet_length(hashes) = width * 32)
);
ALTER TABLE audit.tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;
COMMENT ON TABLE audit.tiles IS 'The tree of hashes over the entries (C2SP tlog-tiles).';
COMMENT ON COLUMN audit.tiles.log_epoch IS 'Which tree.';
COMMENT ON COLUMN audit.tiles.level IS 'The level: its hashes are over 256^level entries each.';
COMMENT ON COLUMN audit.tiles.tile_index IS 'Which tile of the level, from 0.';
COMMENT ON COLUMN audit.tiles.width IS 'How many hashes; only those with fewer than 256 change.';
COMMENT ON COLUMN audit.tiles.hashes IS 'The hashes, 32 bytes each.';

CREATE FUNCTION audit.guard_tile() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.width <= OLD.width OR substring(NEW.hashes FOR OLD.width * 32) <> OLD.hashes
        OR (NEW.log_epoch, NEW.level, NEW.tile_index)
            <> (OLD.log_epoch, OLD.level, OLD.tile_index)
    THEN
        RAISE EXCEPTION 'a tile only grows';
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION audit.guard_tile() IS 'Keeps what a tile has: hashes are only added.';
CREATE TRIGGER tiles_guard BEFORE UPDATE ON audit.tiles
    FOR EACH ROW EXECUTE FUNCTION audit.guard_tile();

CREATE TABLE audit.checkpoints (
    log_epoch bigint NOT NULL,
    size bigint NOT NULL,
    root bytea NOT NULL,
    note text NOT NULL,
    signed_at timestamptz NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT checkpoints_pkey PRIMARY KEY (log_epoch, size),
    CONSTRAINT checkpoints_size_check CHECK (size > 0),
    CONSTRAINT checkpoints_root_check CHECK (octet_length(root) = 32)
);
COMMENT ON TABLE audit.checkpoints IS
    'Copies of what the signer has signed; the last one is in a file of its own, which counts.';
COMMENT ON COLUMN audit.checkpoints.log_epoch IS 'Which tree.';
COMMENT ON COLUMN audit.checkpoints.size IS 'How many entries it covers.';
COMMENT ON COLUMN audit.checkpoints.root IS 'The root of the tree of that size.';
COMMENT ON COLUMN audit.checkpoints.note IS 'The checkpoint as a signed note.';
COMMENT ON COLUMN audit.checkpoints.signed_at IS 'When it was stored here.';

CREATE FUNCTION audit.advance_log(
    epoch bigint, old_size bigint, term bigint, new_size bigint, new_root bytea
) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    UPDATE audit.log_state AS s SET size = new_size, root = new_root
    WHERE s.log_epoch = epoch AND s.size = old_size AND s.writer_term = term;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the log is not as this writer left it' USING ERRCODE = 'SA001';
    END IF;
END
$$;
COMMENT ON FUNCTION audit.advance_log IS
    'Compares and sets the state of the log; SA001 if it is not as the writer knows it.';

CREATE FUNCTION audit.guard_log_state() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.writer_term < OLD.writer_term OR NEW.log_epoch < OLD.log_epoch
        OR (NEW.log_epoch = OLD.log_epoch AND NEW.size < OLD.size)
    THEN
        RAISE EXCEPTION 'the log only grows';
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION audit.guard_log_state() IS 'Lets the log grow only.';
CREATE TRIGGER log_state_guard BEFORE UPDATE ON audit.log_state
    FOR EACH ROW EXECUTE FUNCTION audit.guard_log_state();

GRANT SELECT, INSERT ON audit.producers, audit.producer_epochs, audit.producer_gaps,
    audit.log_epochs, audit.tiles, audit.checkpoints TO steward_audit;
GRANT UPDATE (
    epoch, last_sequence, last_leaf_hash, checkpointed_sequence, last_seen_at, accepts_gap
) ON audit.producers TO steward_audit;
GRANT UPDATE (width, hashes) ON audit.tiles TO steward_audit;
GRANT SELECT ON audit.log_state TO steward_audit;
GRANT UPDATE (log_epoch, size, root, writer_term) ON audit.log_state TO steward_audit;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.purpose(), audit.make_payload_partition, audit.advance_log
    TO steward_audit;
