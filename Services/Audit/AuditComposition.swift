internal import Logging
internal import Postgres
internal import RPC
internal import ServiceKit
internal import ServiceLifecycle

internal import struct FoundationEssentials.UUID

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
    /// Keeps people and their days current.
    let follower: LogFollower
    /// Removes payloads that are to go.
    let retention: RetentionWork
    /// Notices producers that call no more.
    let silence: SilenceWatch
    /// Takes what services measure of themselves.
    let metrics: MetricHandlers

    /// Puts the service together on a database.
    ///
    /// - Parameters:
    ///   - signer: opened.
    ///   - audit: where the service records that its log is read.
    ///   - answerLifetime: how long answers to calls with idempotency keys are kept.
    ///   - silenceLimit: how long nothing may be heard of a producer.
    ///   - permits: whether a person holds a permission.
    init(
        database: Database, signer: CheckpointSigner, audit: AuditOutbox,
        answerLifetime: Duration = KeptAnswers.standardLifetime,
        silenceLimit: Duration = .seconds(300), logger: Logger,
        permits: @escaping @Sendable (_ permission: String, _ person: UUID) -> Bool
    ) {
        let hub = LogHub()
        let reads = ReadRecorder(outbox: audit, database: database)
        let answers = KeptAnswers(schema: "audit", lifetime: answerLifetime)
        let standing = LogStanding()
        let checkpointed = CheckpointedSequences()
        let sequencer = Sequencer(
            database: database, standing: standing, checkpointed: checkpointed, hub: hub,
            logger: logger)
        let checkpoints = CheckpointService(
            database: database, signer: signer, standing: standing, checkpointed: checkpointed,
            logger: logger)
        let reader = LogReader(
            signer: signer, checkpoints: CheckpointStore(database: database),
            tiles: TileStore(database: database))
        let retention = RetentionComposition(
            database: database, answers: answers, audit: audit,
            personErasures: [.metricValues], logger: logger)
        let metrics = MetricHandlers(store: MetricStore(database: database))

        var methods = MethodTable()
        AppendHandlers(sequencer: sequencer).register(in: &methods)
        ProofHandlers(reader: reader, entries: EntryStore(database: database), reads: reads)
            .register(in: &methods)
        CompletenessHandlers(
            reader: reader, store: CompletenessStore(database: database), reads: reads
        ).register(in: &methods)
        CheckHandlers(store: CheckStore(database: database, signer: signer))
            .register(in: &methods)
        ReadingHandlers(store: RecordStore(database: database), hub: hub, reads: reads)
            .register(in: &methods)
        ActivityHandlers(
            store: ActivityStore(database: database, answers: answers),
            engagement: EngagementStore(database: database), reads: reads, rate: ReportRate(),
            permits: permits
        ).register(in: &methods)
        retention.register(in: &methods)
        metrics.register(in: &methods)
        MetricValueHandlers(store: MetricValueStore(database: database), answers: answers)
            .register(in: &methods)
        self.methods = methods

        let follower = LogFollower(
            store: FollowStore(database: database, logger: logger), hub: hub, logger: logger)

        let silence = SilenceWatch(
            database: database, audit: audit, limit: silenceLimit, logger: logger)

        // Stopped in the reverse order: the last batch is signed before the signer ends.
        self.background = [
            follower, LogLook(hub: hub), silence,
            AnswerUpkeep(database: database, answers: answers, logger: logger), checkpoints,
            sequencer, retention.work,
        ]
        self.follower = follower
        self.silence = silence
        self.sequencer = sequencer
        self.checkpoints = checkpoints
        self.standing = standing
        self.retention = retention.work
        self.metrics = metrics
    }
}
