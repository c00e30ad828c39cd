internal import NIOCore
package import Postgres
package import RPC
internal import Wire

/// The answers that a service remembers, so that a call with an idempotency key is done once.
///
/// The change's transaction begins by claiming the key: it inserts a row.  A second call with the
/// key waits in the index for the first one to end, and then finds its answer; if the first one
/// failed, the row is gone with the change and the second call does it.  Nothing here is asked of a
/// call without a key.  The transaction must be READ COMMITTED, as all are unless they say
/// otherwise: the row is looked up in the statement after the one that may have waited.
///
/// The table is made by ``migration(version:schema:role:workPurposes:prunePurpose:)``.
package struct KeptAnswers: Sendable {
    /// The largest answer that is kept; a repeated call is told of a larger one only that it was
    /// given.
    package static let byteCountLimit = 262_144
    /// How long answers are kept where nobody says otherwise.
    package static let standardLifetime = Duration.seconds(86_400)

    private let schema: String
    private let lifetime: Duration
    private let secret: [UInt8]?

    /// Remembers answers in the table `kept_answers` of a schema.
    ///
    /// - Parameters:
    ///   - lifetime: how long, from the beginning of the change's transaction.
    ///   - secret: see ``KeyedCall/init(_:_:secret:)``.
    package init(
        schema: String, lifetime: Duration = standardLifetime, secret: [UInt8]? = nil
    ) {
        self.schema = schema
        self.lifetime = lifetime
        self.secret = secret
    }

    /// Reads a call's key; see ``KeyedCall/init(_:_:secret:)``.
    package func call<M: Method>(_ request: M, _ context: CallContext) throws -> KeyedCall? {
        try KeyedCall(request, context, secret: self.secret)
    }

    // MARK: In a transaction of several steps

    /// Claims a call's key: for the batch that begins the transaction.
    package func claim(_ call: KeyedCall) -> [SQL] {
        [self.forget(call), self.insert(call), self.find(call)]
    }

    /// What the claim has found, in the last of these results.
    ///
    /// - Returns: the answer of an earlier call; `nil` if the key is this transaction's, which then
    ///   makes the change and ``keep(_:of:)``s its answer.
    /// - Throws: `rpc.idempotency_key_reused`, `rpc.answer_not_kept`.
    package func answer<Answer: Decodable>(
        _ type: Answer.Type = Answer.self, to call: KeyedCall, in results: [QueryResult]
    ) throws -> Answer? {
        guard let row = results.last?.rows.first else {
            throw DatabaseError(code: .decoding, message: "the claim of a key found no row")
        }
        if try row.get("is_claimed") { return nil }
        guard try row.get("request_digest") == call.digest else {
            throw RPCError.idempotencyKeyReused
        }
        guard let answer = try row.get("answer", as: [UInt8]?.self) else {
            throw RPCError.answerNotKept
        }
        do {
            return try CBORDecoder().decode(type, from: ByteBuffer(bytes: answer))
        } catch {
            // Kept by a version whose answers this one cannot read.
            throw RPCError.answerNotKept
        }
    }

    /// Keeps the answer of a call that has claimed its key, if it is not too large.
    package func keep(_ answer: some Encodable, of call: KeyedCall) throws -> SQL {
        let encoded = try CBOREncoder().encode(answer)
        let kept =
            encoded.readableBytes <= Self.byteCountLimit ? Array(encoded.readableBytesView) : nil
        return """
            UPDATE \(identifier: self.schema).kept_answers SET answer = \(kept)
            WHERE caller = \(call.caller) AND method = \(call.method) AND key = \(call.key)
            """
    }

    // MARK: Around a change of one step

    /// Makes a change whose statements go to the database in one round trip, once: claim and
    /// change, the answer, the commit.
    ///
    /// - Parameters:
    ///   - statements: the change.  It is given a common table expression, to be put after `WITH`,
    ///     that makes `claimed`: one row if the key is this call's, none if the change was made
    ///     before.  The statement that changes anything must do so for that row only.
    ///   - answer: makes the answer from the statements' results; called if the key is this call's.
    ///     Whatever it throws undoes the change and the claim.
    ///   - recording: what else belongs to the change, given the same results.
    /// - Throws: what `answer` and `recording` throw, `rpc.idempotency_key_reused`,
    ///   `rpc.answer_not_kept`.
    package func once<Answer: Codable & Sendable>(
        _ call: KeyedCall, in database: Database, as identity: DatabaseIdentity,
        deadline: ContinuousClock.Instant?,
        _ statements: (_ claimed: SQL) -> [SQL],
        answer: ([QueryResult]) throws -> Answer,
        recording: ([QueryResult]) throws -> [SQL] = { _ in [] }
    ) async throws -> Answer {
        try await database.transaction(as: identity, deadline: deadline) { transaction in
            let claimed: SQL = "claimed AS (\(fragment: self.insert(call)) RETURNING key)"
            let results = try await transaction.batch(
                [self.forget(call)] + statements(claimed) + [self.find(call)])
            if let kept: Answer = try self.answer(to: call, in: results) { return kept }
            let changed = Array(results.dropFirst().dropLast())
            let made = try answer(changed)
            _ = try await transaction.batch(
                try recording(changed) + [try self.keep(made, of: call)])
            return made
        }
    }

    // MARK: Housekeeping

    /// Removes at most `limit` answers that have expired; for the purpose that the migration names.
    package func prune(limit: Int) -> SQL {
        """
        DELETE FROM \(identifier: self.schema).kept_answers WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM \(identifier: self.schema).kept_answers
            WHERE expires_at <= now() ORDER BY expires_at LIMIT \(limit)))
        """
    }

    /// An answer that has expired is none, also before it is removed.
    private func forget(_ call: KeyedCall) -> SQL {
        """
        DELETE FROM \(identifier: self.schema).kept_answers
        WHERE caller = \(call.caller) AND method = \(call.method) AND key = \(call.key)
            AND expires_at <= now()
        """
    }

    private func insert(_ call: KeyedCall) -> SQL {
        """
        INSERT INTO \(identifier: self.schema).kept_answers
            (caller, method, key, request_digest, expires_at)
        VALUES (\(call.caller), \(call.method), \(call.key), \(call.digest),
            now() + make_interval(secs => \(self.lifetime / .seconds(1))))
        ON CONFLICT (caller, method, key) DO NOTHING
        """
    }

    private func find(_ call: KeyedCall) -> SQL {
        """
        SELECT request_digest, answer, xmin = pg_current_xact_id()::xid AS is_claimed
        FROM \(identifier: self.schema).kept_answers
        WHERE caller = \(call.caller) AND method = \(call.method) AND key = \(call.key)
        """
    }
}
