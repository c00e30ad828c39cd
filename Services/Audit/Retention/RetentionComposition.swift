internal import Logging
internal import Postgres
internal import RPC
internal import ServiceKit

/// Retention, erasure and legal holds, put together.
struct RetentionComposition {
    /// Removes what is to be removed.
    let work: RetentionWork
    private let database: Database
    private let answers: KeptAnswers
    private let audit: AuditOutbox

    /// Puts the parts together.
    ///
    /// - Parameter personErasures: what else goes with a person's payloads.
    init(
        database: Database, answers: KeptAnswers, audit: AuditOutbox,
        personErasures: [PersonErasure], logger: Logger
    ) {
        self.database = database
        self.answers = answers
        self.audit = audit
        self.work = RetentionWork(
            database: database, audit: audit, personErasures: personErasures, logger: logger)
    }

    /// Adds the methods to a table.
    func register(in methods: inout MethodTable) {
        RetentionHandlers(store: RetentionStore(database: self.database), audit: self.audit)
            .register(in: &methods)
        ErasureHandlers(
            store: ErasureStore(database: self.database), answers: self.answers, work: self.work
        ).register(in: &methods)
        HoldHandlers(
            store: HoldStore(database: self.database), answers: self.answers, audit: self.audit,
            work: self.work
        ).register(in: &methods)
    }
}
