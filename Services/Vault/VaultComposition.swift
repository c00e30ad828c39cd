internal import Logging
internal import Postgres
internal import RPC
internal import ServiceKit
internal import ServiceLifecycle

internal import struct FoundationEssentials.UUID

/// The parts of the service, put together: stores, handlers, and what runs beside them.
struct VaultComposition {
    /// What the service answers.
    let methods: MethodTable
    /// What runs beside the server.
    let background: [any Service]
    /// Whether the vault gives out and takes anything.
    let standing: VaultStanding
    /// Knows what was changed behind the vault's back.
    let alarm: TamperAlarm
    /// Commits uses of secrets.
    let recorder: AccessRecorder
    /// Compares the database with the keyring; opens the vault.
    let comparison: Comparison
    /// Sees to it that changes of keys are recorded.
    let keyEvents: KeyEvents
    /// Moves data keys to the current epoch.
    let rewrapping: RewrapWork
    /// What is done now and then.
    let upkeep: VaultUpkeep
    /// Knows whether the database answers.
    let watch: DatabaseWatch
    /// Has hooks and peers rotate what is due.
    let rotating: RotationWork

    /// Puts the service together on a database.
    ///
    /// - Parameters:
    ///   - keyring: opened.
    ///   - audit: where the service records what it does.
    ///   - answerLifetime: how long answers to calls with idempotency keys are kept.
    ///   - logSilenceLimit: how long values are released without a word from the audit log; `nil`
    ///     means that nobody asks.
    ///   - makers: who makes next values outside the vault.
    ///   - permits: whether a person holds a permission.
    init(
        database: Database, keyring: Keyring, audit: AuditOutbox,
        answerLifetime: Duration = KeptAnswers.standardLifetime, accessRetentionDays: Int = 731,
        logSilenceLimit: Duration? = nil, makers: RotationMakers = RotationMakers(),
        logger: Logger,
        permits: @escaping @Sendable (_ permission: String, _ person: UUID) -> Bool
    ) {
        self.watch = DatabaseWatch(database)
        self.standing = VaultStanding(database: self.watch)
        let answers = KeptAnswers(schema: "vault", lifetime: answerLifetime)
        let rows = RowGuard(keyring: keyring)
        let rights = Rights(permits: permits)
        let alarm = TamperAlarm(database: database, audit: audit, logger: logger)
        let recorder = AccessRecorder(database: database, audit: audit, logger: logger)
        let store = SecretStore(database: database)
        let changer = SecretChanger(
            database: database, rows: rows, alarm: alarm, rights: rights, recorder: recorder,
            audit: audit, standing: self.standing)
        let lookup = SecretLookup(
            store: store, rows: rows, alarm: alarm, rights: rights, recorder: recorder,
            audit: audit, standing: self.standing)
        let writer = VersionWriter(keyring: keyring)
        let rotation = SecretRotation(changer: changer, writer: writer)
        let stepped = SteppedRotation(
            changer: changer, writer: writer, makers: makers, logger: logger)
        let rewrapping = RewrapWork(
            database: database, keyring: keyring, standing: self.standing, alarm: alarm,
            logger: logger)

        let keyEvents = KeyEvents(database: database, keyring: keyring, audit: audit)

        var methods = MethodTable()
        SecretHandlers(
            changer: changer, lookup: lookup,
            lists: SecretListStore(store: store, rows: rows, alarm: alarm), answers: answers,
            makers: makers
        ).register(in: &methods)
        VersionHandlers(
            changer: changer, lookup: lookup, versions: VersionStore(database: database),
            writer: writer
        ).register(in: &methods)
        ReadingHandlers(
            releases: SecretReleaser(
                store: store, rows: rows, alarm: alarm, rights: rights, recorder: recorder,
                audit: audit, standing: self.standing, logSilenceLimit: logSilenceLimit)
        ).register(in: &methods)
        DestructionHandlers(changer: changer).register(in: &methods)
        RotationHandlers(rotation: rotation, stepped: stepped).register(in: &methods)
        AccessHandlers(database: database, lookup: lookup, rights: rights)
            .register(in: &methods)
        ConnectionHandlers(
            store: ConnectionStore(database: database, rows: rows, alarm: alarm, audit: audit),
            lookup: lookup, answers: answers
        ).register(in: &methods)
        KeyHandlers(
            keyring: keyring, epochs: EpochStore(database: database), rewrapping: rewrapping,
            lookup: lookup, alarm: alarm, standing: self.standing, events: keyEvents
        ).register(in: &methods)
        self.methods = methods

        self.alarm = alarm
        self.recorder = recorder
        self.rewrapping = rewrapping
        self.keyEvents = keyEvents
        self.comparison = Comparison(
            database: database, rows: rows, alarm: alarm, standing: self.standing, logger: logger)
        let notices = NoticeStore(database: database, audit: audit)
        self.upkeep = VaultUpkeep(
            database: database, notices: notices, rotation: rotation,
            comparison: self.comparison, keyEvents: keyEvents, standing: self.standing,
            answers: answers, retentionDays: accessRetentionDays, logger: logger)
        self.rotating = RotationWork(
            notices: notices, rotation: stepped, standing: self.standing, logger: logger)
        self.background = [recorder, rewrapping, self.upkeep, self.rotating, self.watch]
    }

    /// Opens the vault if the database fits the keyring, and ends what a kill has interrupted.
    func open() async throws {
        try await self.comparison.open()
        await self.upkeep.reconcileKeyEvents()
    }
}
