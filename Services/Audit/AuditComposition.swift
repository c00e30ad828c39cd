internal import Logging
internal import Postgres
internal import RPC
internal import ServiceKit
internal import ServiceLifecycle

/// The parts of the service, put together: stores, handlers, and what runs beside them.
struct AuditComposition {
    /// What the service answers.
    let methods: MethodTable
    /// What runs beside the server.
    let background: [any Service]
    /// Appends, also for this process itself.
    let sequencer: Sequencer
    /// Has the log signed.
    let checkpoints: CheckpointService
    /// Whether the log may grow.
    let standing: LogStanding

    /// Puts the service together on a database.
    ///
    /// - Parameter signer: opened.
    init(database: Database, signer: CheckpointSigner, logger: Logger) {
        let standing = LogStanding()
        let checkpointed = CheckpointedSequences()
        let sequencer = Sequencer(
            database: database, standing: standing, checkpointed: checkpointed, logger: logger)
        let checkpoints = CheckpointService(
            database: database, signer: signer, standing: standing, checkpointed: checkpointed,
            logger: logger)
        let reader = LogReader(
            signer: signer, checkpoints: CheckpointStore(database: database),
            tiles: TileStore(database: database))

        var methods = MethodTable()
        AppendHandlers(sequencer: sequencer).register(in: &methods)
        ProofHandlers(reader: reader, entries: EntryStore(database: database))
            .register(in: &methods)
        CompletenessHandlers(reader: reader, store: CompletenessStore(database: database))
            .register(in: &methods)
        CheckHandlers(reader: reader, store: CheckStore(database: database))
            .register(in: &methods)
        self.methods = methods

        // Stopped in the reverse order: the last batch is signed before the signer ends.
        self.background = [checkpoints, sequencer]
        self.sequencer = sequencer
        self.checkpoints = checkpoints
        self.standing = standing
    }
}
