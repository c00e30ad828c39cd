internal import Logging
internal import Postgres
internal import RPC
internal import ServiceKit
internal import ServiceLifecycle

/// The parts of the service, put together: stores, handlers, and what runs beside them.
struct ConversationsComposition {
    /// What the service answers.
    let methods: MethodTable
    /// What runs beside the server.
    let background: [any Service]

    /// Puts the service together on a database.
    ///
    /// - Parameters:
    ///   - answerLifetime: how long answers to calls with idempotency keys are kept.
    ///   - audit: where the service records what it does.
    init(
        database: Database,
        answerLifetime: Duration = KeptAnswers.standardLifetime,
        audit: AuditOutbox,
        logger: Logger
    ) {
        let answers = KeptAnswers(schema: "conversations", lifetime: answerLifetime)
        let conversations = ConversationStore(database: database, answers: answers)
        let events = EventStore(database: database)
        let hub = WatchHub()
        let announcer = EventAnnouncer(hub: hub)

        var methods = MethodTable()
        ConversationHandlers(store: conversations, announcer: announcer, audit: audit)
            .register(in: &methods)
        MessageHandlers(store: MessageStore(database: database), announcer: announcer)
            .register(in: &methods)
        WatchHandlers(conversations: conversations, events: events, hub: hub)
            .register(in: &methods)
        SearchHandlers(store: SearchStore(database: database)).register(in: &methods)
        ImportHandlers(store: ImportStore(database: database), audit: audit)
            .register(in: &methods)
        ExportHandlers(store: ExportStore(database: database), audit: audit)
            .register(in: &methods)
        self.methods = methods

        self.background = [
            WatchRelay(events: events, hub: hub, announcer: announcer, logger: logger),
            Purge(database: database, answers: answers, logger: logger),
        ]
    }
}
