package import Postgres

extension AuditOutbox {
    /// The migration that makes a service's outbox and the row that numbers it.
    ///
    /// What it says for given arguments is applied and checksummed, and so never changes; a test
    /// holds that.
    ///
    /// - Parameters:
    ///   - version: its place among the service's migrations.
    ///   - schema: the service's schema.
    ///   - role: the service's runtime role.
    ///   - owner: the role that owns the schema; `nil` means `<role>_owner`.
    package static func migration(
        version: Int, schema: String, role: String, owner: String? = nil
    ) -> Migration {
        let owner = owner ?? "\(role)_owner"
        let purpose = "(SELECT nullif(current_setting('steward.purpose', true), ''))"
        return Migration(
            version: version, name: "audit_outbox",
            sql: """
                -- Audit events on their way to the log.

                CREATE TABLE \(schema).audit_outbox (
                    id uuid NOT NULL,
                    event bytea NOT NULL,
                    payload bytea,
                    salt bytea,
                    ready_at timestamptz NOT NULL,
                    sequence bigint,

                    CONSTRAINT audit_outbox_pkey PRIMARY KEY (id),
                    CONSTRAINT audit_outbox_event_check
                        CHECK (octet_length(event) BETWEEN 1 AND 8192),
                    CONSTRAINT audit_outbox_payload_check
                        CHECK (octet_length(payload) BETWEEN 1 AND 65536),
                    CONSTRAINT audit_outbox_salt_check CHECK (
                        (salt IS NULL) = (payload IS NULL) AND octet_length(salt) = 32),
                    CONSTRAINT audit_outbox_sequence_check CHECK (sequence > 0)
                );
                COMMENT ON TABLE \(schema).audit_outbox IS
                    'Audit events, written in the transaction of what they are about; removed once '
                    'a signed checkpoint of the log covers them.';
                COMMENT ON COLUMN \(schema).audit_outbox.id IS 'The event''s id, UUIDv7.';
                COMMENT ON COLUMN \(schema).audit_outbox.event IS
                    'The event without anything personal, in deterministic CBOR: what the log '
                    'hashes.';
                COMMENT ON COLUMN \(schema).audit_outbox.payload IS
                    'What may be personal about it, in deterministic CBOR.';
                COMMENT ON COLUMN \(schema).audit_outbox.salt IS
                    'Random bytes in the event''s commitment to the payload.';
                COMMENT ON COLUMN \(schema).audit_outbox.ready_at IS
                    'From when on it may be sent; until then alike denials are counted into it.';
                COMMENT ON COLUMN \(schema).audit_outbox.sequence IS
                    'Its place among the events of this producer, given before it is sent and '
                    'never changed.';

                CREATE UNIQUE INDEX audit_outbox_sequence_key
                    ON \(schema).audit_outbox (sequence) WHERE sequence IS NOT NULL;
                CREATE INDEX audit_outbox_new_idx
                    ON \(schema).audit_outbox (id) WHERE sequence IS NULL;

                CREATE TABLE \(schema).audit_producer (
                    is_only boolean NOT NULL DEFAULT true,
                    epoch bigint NOT NULL DEFAULT 1,
                    last_sequence bigint NOT NULL DEFAULT 0,
                    begins_epoch boolean NOT NULL DEFAULT false,
                    holder uuid,
                    held_until timestamptz NOT NULL DEFAULT now(),

                    CONSTRAINT audit_producer_pkey PRIMARY KEY (is_only),
                    CONSTRAINT audit_producer_is_only_check CHECK (is_only),
                    CONSTRAINT audit_producer_epoch_check CHECK (epoch > 0),
                    CONSTRAINT audit_producer_last_sequence_check CHECK (last_sequence >= 0)
                );
                COMMENT ON TABLE \(schema).audit_producer IS
                    'One row: how far events are numbered, and which instance takes them to the '
                    'log.';
                COMMENT ON COLUMN \(schema).audit_producer.is_only IS 'True: there is one row.';
                COMMENT ON COLUMN \(schema).audit_producer.epoch IS
                    'Rises when an operator begins the numbering anew after a restore.';
                COMMENT ON COLUMN \(schema).audit_producer.last_sequence IS
                    'The last sequence that was given; there is no gap below it.';
                COMMENT ON COLUMN \(schema).audit_producer.begins_epoch IS
                    'An operator has asked that the numbering begin anew.';
                COMMENT ON COLUMN \(schema).audit_producer.holder IS
                    'The instance that takes events to the log.';
                COMMENT ON COLUMN \(schema).audit_producer.held_until IS
                    'Another instance takes over if this one does not extend it.';
                INSERT INTO \(schema).audit_producer DEFAULT VALUES;

                ALTER TABLE \(schema).audit_outbox ENABLE ROW LEVEL SECURITY;
                ALTER TABLE \(schema).audit_outbox FORCE ROW LEVEL SECURITY;
                ALTER TABLE \(schema).audit_producer ENABLE ROW LEVEL SECURITY;
                ALTER TABLE \(schema).audit_producer FORCE ROW LEVEL SECURITY;
                CREATE POLICY everybody_insert ON \(schema).audit_outbox
                    FOR INSERT TO \(role), \(owner) WITH CHECK (sequence IS NULL);
                CREATE POLICY audit_select ON \(schema).audit_outbox FOR SELECT TO \(role)
                    USING (\(purpose) IN ('audit', 'audit_relay'));
                CREATE POLICY audit_update ON \(schema).audit_outbox FOR UPDATE TO \(role)
                    USING (\(purpose) = 'audit_relay'
                        OR \(purpose) = 'audit' AND sequence IS NULL)
                    WITH CHECK (\(purpose) = 'audit_relay' OR sequence IS NULL);
                CREATE POLICY relay_delete ON \(schema).audit_outbox FOR DELETE TO \(role)
                    USING (\(purpose) = 'audit_relay' AND sequence IS NOT NULL);
                CREATE POLICY relay_select ON \(schema).audit_producer FOR SELECT TO \(role)
                    USING (\(purpose) = 'audit_relay');
                CREATE POLICY relay_update ON \(schema).audit_producer FOR UPDATE TO \(role)
                    USING (\(purpose) = 'audit_relay');
                GRANT SELECT, DELETE ON \(schema).audit_outbox TO \(role);
                GRANT INSERT (id, event, payload, salt, ready_at),
                    UPDATE (event, payload, salt, sequence)
                    ON \(schema).audit_outbox TO \(role);
                GRANT SELECT, UPDATE (epoch, last_sequence, begins_epoch, holder, held_until)
                    ON \(schema).audit_producer TO \(role);

                """)
    }

    /// The migration that numbers events by lists of their ids, so that an event is written once
    /// and never again.
    ///
    /// What it says for given arguments is applied and checksummed, and so never changes; a test
    /// holds that.
    ///
    /// - Parameters:
    ///   - version: its place among the service's migrations, behind
    ///     ``migration(version:schema:role:owner:)``.
    ///   - schema: the service's schema.
    ///   - role: the service's runtime role.
    ///   - owner: the role that owns the schema; `nil` means `<role>_owner`.
    package static func batchMigration(
        version: Int, schema: String, role: String, owner: String? = nil
    ) -> Migration {
        let owner = owner ?? "\(role)_owner"
        let purpose = "(SELECT nullif(current_setting('steward.purpose', true), ''))"
        let fits = """
            octet_length(event) BETWEEN 1 AND 8192 AND (payload IS NULL AND salt IS NULL
                OR octet_length(payload) BETWEEN 1 AND 65536 AND octet_length(salt) = 32)
            """
        return Migration(
            version: version, name: "audit_batches",
            sql: """
                -- Events are numbered by lists of their ids.

                CREATE TABLE \(schema).audit_batches (
                    first_sequence bigint NOT NULL,
                    last_sequence bigint NOT NULL,
                    ids uuid[] NOT NULL,

                    CONSTRAINT audit_batches_pkey PRIMARY KEY (first_sequence),
                    CONSTRAINT audit_batches_first_sequence_check CHECK (first_sequence > 0),
                    CONSTRAINT audit_batches_ids_check
                        CHECK (cardinality(ids) = last_sequence - first_sequence + 1)
                );
                COMMENT ON TABLE \(schema).audit_batches IS
                    'Events that are numbered, given their places before they are sent and never '
                    'others; removed once a signed checkpoint of the log covers the last.';
                COMMENT ON COLUMN \(schema).audit_batches.first_sequence IS
                    'The place of the first among the events of this producer.';
                COMMENT ON COLUMN \(schema).audit_batches.last_sequence IS
                    'The place of the last.';
                COMMENT ON COLUMN \(schema).audit_batches.ids IS
                    'The events in their order.';

                ALTER TABLE \(schema).audit_outbox NO FORCE ROW LEVEL SECURITY;
                INSERT INTO \(schema).audit_batches (first_sequence, last_sequence, ids)
                SELECT min(sequence), max(sequence), array_agg(id ORDER BY sequence)
                FROM \(schema).audit_outbox WHERE sequence IS NOT NULL GROUP BY sequence / 512;
                ALTER TABLE \(schema).audit_outbox ALTER COLUMN ready_at DROP NOT NULL;
                UPDATE \(schema).audit_outbox SET ready_at = NULL
                WHERE sequence IS NOT NULL OR ready_at <= now();
                ALTER TABLE \(schema).audit_outbox FORCE ROW LEVEL SECURITY;
                DROP POLICY everybody_insert ON \(schema).audit_outbox;
                DROP POLICY audit_update ON \(schema).audit_outbox;
                DROP POLICY relay_delete ON \(schema).audit_outbox;
                ALTER TABLE \(schema).audit_outbox DROP COLUMN sequence;
                CREATE INDEX audit_outbox_open_idx
                    ON \(schema).audit_outbox (ready_at) WHERE ready_at IS NOT NULL;
                COMMENT ON COLUMN \(schema).audit_outbox.ready_at IS
                    'Until when alike denials are counted into it; null when it may be numbered.';

                -- What the log would not take is refused by the policies: Postgres keeps them
                -- parsed, where it reads a constraint anew for every insert.
                ALTER TABLE \(schema).audit_outbox
                    DROP CONSTRAINT audit_outbox_event_check,
                    DROP CONSTRAINT audit_outbox_payload_check,
                    DROP CONSTRAINT audit_outbox_salt_check;
                CREATE POLICY everybody_insert ON \(schema).audit_outbox
                    FOR INSERT TO \(role), \(owner) WITH CHECK (\(fits));
                CREATE POLICY audit_update ON \(schema).audit_outbox FOR UPDATE TO \(role)
                    USING (ready_at IS NOT NULL AND \(purpose) IN ('audit', 'audit_relay'))
                    WITH CHECK (\(purpose) = 'audit_relay' OR ready_at IS NOT NULL AND \(fits));
                CREATE POLICY relay_delete ON \(schema).audit_outbox FOR DELETE TO \(role)
                    USING (ready_at IS NULL AND \(purpose) = 'audit_relay');
                GRANT UPDATE (ready_at) ON \(schema).audit_outbox TO \(role);

                ALTER TABLE \(schema).audit_batches ENABLE ROW LEVEL SECURITY;
                ALTER TABLE \(schema).audit_batches FORCE ROW LEVEL SECURITY;
                CREATE POLICY relay_only ON \(schema).audit_batches TO \(role)
                    USING (\(purpose) = 'audit_relay') WITH CHECK (\(purpose) = 'audit_relay');
                GRANT SELECT, INSERT, UPDATE (first_sequence, ids), DELETE
                    ON \(schema).audit_batches TO \(role);

                """,
            compatibleSince: version)
    }

    /// The migration that lets events that are numbered lie in their batch, so that what is new is
    /// found without a look at them.
    ///
    /// What it says for given arguments is applied and checksummed, and so never changes; a test
    /// holds that.
    ///
    /// - Parameters:
    ///   - version: its place among the service's migrations, behind
    ///     ``batchMigration(version:schema:role:owner:)``.
    ///   - schema: the service's schema.
    ///   - role: the service's runtime role.
    package static func wholeBatchMigration(
        version: Int, schema: String, role: String
    ) -> Migration {
        Migration(
            version: version, name: "audit_whole_batches",
            sql: """
                -- Events that are numbered lie in one row with those of the same call.

                ALTER TABLE \(schema).audit_outbox NO FORCE ROW LEVEL SECURITY;
                ALTER TABLE \(schema).audit_batches NO FORCE ROW LEVEL SECURITY;
                ALTER TABLE \(schema).audit_batches
                    ADD COLUMN events bytea[], ADD COLUMN payloads bytea[],
                    ADD COLUMN salts bytea[];
                UPDATE \(schema).audit_batches b SET (events, payloads, salts) = (
                    SELECT array_agg(o.event ORDER BY listed.place),
                        array_agg(o.payload ORDER BY listed.place),
                        array_agg(o.salt ORDER BY listed.place)
                    FROM unnest(b.ids) WITH ORDINALITY AS listed (id, place)
                    LEFT JOIN \(schema).audit_outbox o ON o.id = listed.id);
                DELETE FROM \(schema).audit_outbox o
                USING (SELECT unnest(b.ids) AS id FROM \(schema).audit_batches b) AS numbered
                WHERE o.id = numbered.id;
                ALTER TABLE \(schema).audit_outbox FORCE ROW LEVEL SECURITY;
                ALTER TABLE \(schema).audit_batches FORCE ROW LEVEL SECURITY;

                ALTER TABLE \(schema).audit_batches
                    ALTER COLUMN events SET NOT NULL, ALTER COLUMN events SET STORAGE EXTERNAL,
                    ALTER COLUMN payloads SET NOT NULL, ALTER COLUMN payloads SET STORAGE EXTERNAL,
                    ALTER COLUMN salts SET NOT NULL, ALTER COLUMN salts SET STORAGE EXTERNAL,
                    DROP CONSTRAINT audit_batches_pkey,
                    ADD CONSTRAINT audit_batches_pkey PRIMARY KEY (last_sequence),
                    ADD CONSTRAINT audit_batches_contents_check CHECK (
                        cardinality(events) = cardinality(ids)
                        AND cardinality(payloads) = cardinality(ids)
                        AND cardinality(salts) = cardinality(ids));
                REVOKE UPDATE (first_sequence, ids) ON \(schema).audit_batches FROM \(role);
                COMMENT ON TABLE \(schema).audit_outbox IS
                    'Audit events that have no number yet, written in the transaction of what they '
                    'are about.';
                COMMENT ON TABLE \(schema).audit_batches IS
                    'Events that are numbered, as many as one call takes, given their places '
                    'before they are sent and never others; removed once a signed checkpoint of '
                    'the log covers the last.';
                COMMENT ON COLUMN \(schema).audit_batches.ids IS
                    'The ids of the events in their order.';
                COMMENT ON COLUMN \(schema).audit_batches.events IS
                    'The events as they were in the outbox: what the log hashes.';
                COMMENT ON COLUMN \(schema).audit_batches.payloads IS
                    'What may be personal about each, or null.';
                COMMENT ON COLUMN \(schema).audit_batches.salts IS
                    'Random bytes in each event''s commitment to its payload, or null.';

                """,
            compatibleSince: version)
    }
}
