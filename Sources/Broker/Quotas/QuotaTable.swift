// Which byte rates are set for whom, and which of them counts for one client.
internal import Wire

/// What is limited, by the name that AlterClientQuotas has for it.
enum QuotaKind: String, CaseIterable, Sendable {
    case produce = "producer_byte_rate"
    case fetch = "consumer_byte_rate"

    var bit: UInt8 { self == .produce ? 1 : 2 }
}

/// Whom a quota is for. At least one of the two is there.
struct QuotaEntity: Hashable, Sendable {
    enum Name: Hashable, Sendable {
        case named(String)
        /// Everybody who has no quota by name.
        case byDefault
    }

    var user: Name?
    var clientID: Name?
}

/// Who shares one allowance. nil: the quota is not about it, so all of them share.
struct QuotaSubject: Hashable, Sendable {
    let kind: QuotaKind
    let user: String?
    let clientID: String?
}

/// A quota that counts for a client.
struct QuotaMatch: Equatable, Sendable {
    let bytesPerSecond: Int64
    let subject: QuotaSubject
}

/// All quotas, as a value.
struct QuotaTable: Equatable, Sendable {
    private(set) var limits: [QuotaEntity: [QuotaKind: Int64]] = [:]

    func limit(_ kind: QuotaKind, of entity: QuotaEntity) -> Int64? { limits[entity]?[kind] }

    func hasAny(_ kind: QuotaKind) -> Bool { limits.values.contains { $0[kind] != nil } }

    /// - Parameter bytesPerSecond: nil removes the limit.
    mutating func set(_ kind: QuotaKind, _ bytesPerSecond: Int64?, of entity: QuotaEntity) {
        limits[entity, default: [:]][kind] = bytesPerSecond
        if limits[entity]?.isEmpty == true { limits[entity] = nil }
    }

    /// The quota that counts for a client: the most specific one, users before client ids.
    ///
    /// - Source: the table in Kafka's documentation of quotas; `DefaultQuotaCallback.quotaLimit`.
    func match(_ kind: QuotaKind, user: String, clientID: String) -> QuotaMatch? {
        for userName in [QuotaEntity.Name.named(user), .byDefault] {
            for clientName in [QuotaEntity.Name.named(clientID), .byDefault] {
                if let limit = limit(kind, of: QuotaEntity(user: userName, clientID: clientName)) {
                    return QuotaMatch(bytesPerSecond: limit, subject: QuotaSubject(kind: kind, user: user, clientID: clientID))
                }
            }
            if let limit = limit(kind, of: QuotaEntity(user: userName)) {
                return QuotaMatch(bytesPerSecond: limit, subject: QuotaSubject(kind: kind, user: user, clientID: nil))
            }
        }
        for clientName in [QuotaEntity.Name.named(clientID), .byDefault] {
            if let limit = limit(kind, of: QuotaEntity(clientID: clientName)) {
                return QuotaMatch(bytesPerSecond: limit, subject: QuotaSubject(kind: kind, user: nil, clientID: clientID))
            }
        }
        return nil
    }
}

// MARK: - As lines of a file: <kind> <bytes per second> <user> <client id>

extension QuotaTable {
    /// In the place of a name: there is none, or it is the default. No written name is so short and none has a `<`.
    private static let absent = "-"
    private static let defaultName = "<default>"

    var lines: [String] {
        limits.flatMap { entity, values in
            values.map { "\($0.key.rawValue) \($0.value) \(Self.text(entity.user)) \(Self.text(entity.clientID))" }
        }.sorted()
    }

    /// - Returns: nil for a line that `lines` did not write.
    init?(lines: [String]) {
        for line in lines {
            let fields = line.split(separator: " ")
            guard fields.count == 4, let kind = QuotaKind(rawValue: String(fields[0])), let limit = Int64(fields[1]), limit > 0,
                let user = Self.name(fields[2]), let clientID = Self.name(fields[3])
            else { return nil }
            set(kind, limit, of: QuotaEntity(user: user, clientID: clientID))
        }
    }

    private static func text(_ name: QuotaEntity.Name?) -> String {
        switch name {
        case nil: absent
        case .byDefault: defaultName
        case .named(let name): "=" + escaped(name)
        }
    }

    /// - Returns: nil for text that is no name; `.some(nil)` for the absence of one.
    private static func name(_ text: Substring) -> QuotaEntity.Name?? {
        if text == absent { return .some(nil) }
        if text == defaultName { return .byDefault }
        guard text.hasPrefix("="), let name = unescaped(text.dropFirst()) else { return nil }
        return .named(name)
    }

    /// Everything but letters, digits, `.`, `_` and `-` as `%` and two hexadecimal digits a byte.
    private static func escaped(_ name: String) -> String {
        var text = ""
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += (byte < 16 ? "%0" : "%") + String(byte, radix: 16)
            }
        }
        return text
    }

    private static func unescaped(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let decoded = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else { return nil }
            bytes.append(decoded)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
