internal import FoundationEssentials
internal import NIOCore
internal import SecretFormat
internal import Wire

/// An epoch as the file has it.
struct EpochRecord: Sendable, Hashable {
    /// What is public about it.
    var epoch: KeyEpoch
    /// Its secret key, sealed; `nil` once it is destroyed.
    var sealedSecret: [UInt8]?
}

/// One change of the keyring.
enum KeyringRecord: Sendable, Hashable {
    /// Begins a file: how many frames say what was before, and the counter then.
    case snapshot(frameCount: Int64, counter: Int64)
    /// The key pair that the vault is known by.
    case identity(publicKey: [UInt8], sealed: [UInt8])
    /// The key of the rows' codes.
    case codeKey(sealed: [UInt8])
    /// An epoch; if it is active, the one before no longer is.
    case epoch(EpochRecord)
    /// An epoch whose secret key is gone.
    case epochDestroyed(Int64, at: Date)
    /// A version's destruction key.
    case destructionKey(VersionID, sealed: [UInt8])
    /// A version whose destruction key is gone.
    case versionDestroyed(VersionID, at: Date)
    /// A secret of which all destruction keys are gone.
    case secretDestroyed(UUID, at: Date)
    /// The highest revision that a secret's row has reached.
    case revision(secret: UUID, Int64)

    /// Whether keys are to be gone from the file: it is written anew.
    var destroys: Bool {
        switch self {
        case .epochDestroyed, .versionDestroyed, .secretDestroyed: true
        default: false
        }
    }

    /// Whether the key pairs in memory follow from it.
    var concernsEpochs: Bool {
        switch self {
        case .epoch, .epochDestroyed: true
        default: false
        }
    }
}

extension KeyringRecord {
    /// The record as an item: an array that begins with the number of its kind.
    var item: CBORValue {
        switch self {
        case .snapshot(let frameCount, let counter):
            [1, CBORValue(Int(frameCount)), CBORValue(Int(counter))]
        case .identity(let publicKey, let sealed): [2, .bytes(publicKey), .bytes(sealed)]
        case .codeKey(let sealed): [3, .bytes(sealed)]
        case .epoch(let record):
            [
                4, CBORValue(Int(record.epoch.number)), .bytes(record.epoch.publicKey),
                CBORValue(record.epoch.state.rawValue), .time(record.epoch.createdAt),
                record.epoch.destroyedAt.map { .time($0) } ?? .null,
                record.sealedSecret.map { .bytes($0) } ?? .null,
            ]
        case .epochDestroyed(let number, let date): [5, CBORValue(Int(number)), .time(date)]
        case .destructionKey(let id, let sealed): [6, .bytes(id.bytes), .bytes(sealed)]
        case .versionDestroyed(let id, let date): [7, .bytes(id.bytes), .time(date)]
        case .secretDestroyed(let secret, let date): [8, .bytes(secret.octets), .time(date)]
        case .revision(let secret, let revision):
            [9, .bytes(secret.octets), CBORValue(Int(revision))]
        }
    }

    /// Reads a record; `nil` if it is none that this version writes.
    init?(_ item: CBORValue) {
        guard let fields = item.arrayValue, let kind = fields.first?.integerValue
        else { return nil }
        let count = fields.count
        switch kind {
        case 1:
            guard count == 3, let frames = fields[1].integerValue,
                let counter = fields[2].integerValue
            else { return nil }
            self = .snapshot(frameCount: Int64(frames), counter: Int64(counter))
        case 2:
            guard count == 3, let publicKey = fields[1].bytesValue,
                let sealed = fields[2].bytesValue
            else { return nil }
            self = .identity(publicKey: publicKey, sealed: sealed)
        case 3:
            guard count == 2, let sealed = fields[1].bytesValue else { return nil }
            self = .codeKey(sealed: sealed)
        case 4:
            guard let record = EpochRecord(fields) else { return nil }
            self = .epoch(record)
        case 5:
            guard count == 3, let number = fields[1].integerValue, let date = fields[2].timeValue
            else { return nil }
            self = .epochDestroyed(Int64(number), at: date)
        case 6, 7, 8, 9:
            guard count == 3, let place = fields[1].bytesValue,
                let secret = UUID(octets: place.prefix(16))
            else { return nil }
            self.init(kind: kind, of: secret, number: place.dropFirst(16), fields[2])
        default: return nil
        }
    }

    private init?(
        kind: Int, of secret: UUID, number: ArraySlice<UInt8>, _ value: CBORValue
    ) {
        let version = Int64(bigEndianBytes: number)
        let id = version.map { VersionID(secret: secret, version: $0) }
        switch (kind, id, number.isEmpty) {
        case (6, let id?, _):
            guard let sealed = value.bytesValue else { return nil }
            self = .destructionKey(id, sealed: sealed)
        case (7, let id?, _):
            guard let date = value.timeValue else { return nil }
            self = .versionDestroyed(id, at: date)
        case (8, nil, true):
            guard let date = value.timeValue else { return nil }
            self = .secretDestroyed(secret, at: date)
        case (9, nil, true):
            guard let revision = value.integerValue else { return nil }
            self = .revision(secret: secret, Int64(revision))
        default: return nil
        }
    }

    /// Records as the content of a frame.
    static func encode(_ records: some Collection<KeyringRecord>) -> [UInt8] {
        Array(
            CBORValue.array(records.map(\.item)).encoded(deterministic: true).readableBytesView)
    }

    /// The records that a frame contains; `nil` if it contains something else.
    static func decode(_ content: [UInt8]) -> [KeyringRecord]? {
        // What was sealed with the root key and is no CBOR was written by another version.
        guard let items = (try? CBORValue(decoding: ByteBuffer(bytes: content)))?.arrayValue
        else { return nil }
        let records = items.compactMap { KeyringRecord($0) }
        return records.count == items.count ? records : nil
    }
}

extension EpochRecord {
    fileprivate init?(_ fields: [CBORValue]) {
        guard fields.count == 7, let number = fields[1].integerValue,
            let publicKey = fields[2].bytesValue,
            let state = fields[3].integerValue.flatMap({ KeyEpoch.State(rawValue: $0) }),
            let createdAt = fields[4].timeValue,
            (fields[6].bytesValue == nil) == (state == .destroyed)
        else { return nil }
        self.epoch = KeyEpoch(
            number: Int64(number), keyID: SealingKey.identifier(of: publicKey),
            publicKey: publicKey, state: state, createdAt: createdAt,
            destroyedAt: fields[5].timeValue)
        self.sealedSecret = fields[6].bytesValue
    }
}

extension CBORValue {
    fileprivate static func time(_ date: Date) -> CBORValue { CBORValue(Int(date.milliseconds)) }

    fileprivate var timeValue: Date? {
        self.integerValue.map { Date(milliseconds: Int64($0)) }
    }
}
