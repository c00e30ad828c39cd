package import Postgres

extension KeptAnswers {
    /// The migration that makes the table of kept answers in a service's schema.
    ///
    /// What it says for given arguments is applied and checksummed, and so never changes; a test
    /// holds that.
    ///
    /// - Parameters:
    ///   - version: its place among the service's migrations.
    ///   - schema: the service's schema.
    ///   - role: the service's runtime role.
    ///   - workPurposes: purposes for which the service works on behalf of callers whom it does not
    ///     name to the database; without them only the caller reaches a row.
    ///   - prunePurpose: the purpose for which expired rows are removed.
    package static func migration(
        version: Int, schema: String, role: String, workPurposes: [String] = [],
        prunePurpose: String
    ) -> Migration {
        let purpose = "(SELECT nullif(current_setting('steward.purpose', true), ''))"
        var isOwn = "caller = (SELECT nullif(current_setting('steward.user_id', true), '')::uuid)"
        if !workPurposes.isEmpty {
            let names = workPurposes.map { "'\($0)'" }.joined(separator: ", ")
            isOwn = "(\(isOwn)\n        OR \(purpose) IN (\(names)))"
        }
        return Migration(
            version: version, name: "kept_answers",
            sql: """
                -- Answers that are given again to calls that repeat their idempotency key.

                CREATE TABLE \(schema).kept_answers (
                    caller uuid NOT NULL,
                    method text NOT NULL,
                    key text NOT NULL,
                    request_digest bytea NOT NULL,
                    answer bytea,
                    created_at timestamptz NOT NULL DEFAULT now(),
                    expires_at timestamptz NOT NULL,

                    CONSTRAINT kept_answers_pkey PRIMARY KEY (caller, method, key),
                    CONSTRAINT kept_answers_method_check
                        CHECK (octet_length(method) BETWEEN 1 AND 128),
                    CONSTRAINT kept_answers_key_check CHECK (char_length(key) BETWEEN 1 AND 128),
                    CONSTRAINT kept_answers_request_digest_check
                        CHECK (octet_length(request_digest) = 32),
                    CONSTRAINT kept_answers_answer_check
                        CHECK (octet_length(answer) BETWEEN 1 AND 262144),
                    CONSTRAINT kept_answers_expires_at_check CHECK (expires_at > created_at)
                );
                COMMENT ON TABLE \(schema).kept_answers IS
                    'What calls with an idempotency key were answered, written in the transaction '
                    'of the change: the same request with the same key is answered alike and '
                    'changes nothing. Never an answer that carries a credential.';
                COMMENT ON COLUMN \(schema).kept_answers.caller IS 'The person who called.';
                COMMENT ON COLUMN \(schema).kept_answers.method IS
                    'The method''s name on the wire.';
                COMMENT ON COLUMN \(schema).kept_answers.key IS 'The key as the caller chose it.';
                COMMENT ON COLUMN \(schema).kept_answers.request_digest IS
                    'SHA-256, or HMAC-SHA-256 under a secret of the service, of the request; '
                    'another request with the same key is refused.';
                COMMENT ON COLUMN \(schema).kept_answers.answer IS
                    'The answer as it is encoded on the wire; null while the change is being made, '
                    'and for an answer too large to be kept.';
                COMMENT ON COLUMN \(schema).kept_answers.created_at IS 'When the change was made.';
                COMMENT ON COLUMN \(schema).kept_answers.expires_at IS
                    'From when on the key is as good as new; the row is removed soon after.';

                CREATE INDEX kept_answers_expires_at_idx ON \(schema).kept_answers (expires_at);

                ALTER TABLE \(schema).kept_answers ENABLE ROW LEVEL SECURITY;
                ALTER TABLE \(schema).kept_answers FORCE ROW LEVEL SECURITY;
                CREATE POLICY own_select ON \(schema).kept_answers FOR SELECT TO \(role)
                    USING (\(isOwn));
                CREATE POLICY own_insert ON \(schema).kept_answers FOR INSERT TO \(role)
                    WITH CHECK (\(isOwn));
                CREATE POLICY own_update ON \(schema).kept_answers FOR UPDATE TO \(role)
                    USING (\(isOwn) AND answer IS NULL)
                    WITH CHECK (\(isOwn));
                CREATE POLICY own_delete ON \(schema).kept_answers FOR DELETE TO \(role)
                    USING (\(isOwn) AND expires_at <= now());
                CREATE POLICY prune_select ON \(schema).kept_answers FOR SELECT TO \(role)
                    USING (\(purpose) = '\(prunePurpose)' AND expires_at <= now());
                CREATE POLICY prune_delete ON \(schema).kept_answers FOR DELETE TO \(role)
                    USING (\(purpose) = '\(prunePurpose)' AND expires_at <= now());
                GRANT SELECT, DELETE ON \(schema).kept_answers TO \(role);
                GRANT INSERT (caller, method, key, request_digest, expires_at), UPDATE (answer)
                    ON \(schema).kept_answers TO \(role);

                """)
    }
}
