// File names of a partition's directory: 20 digits of the base offset, what the file is, and what is being done with it.
internal import Vocabulary

enum SegmentNaming {
    enum Kind: String, CaseIterable {
        case log = ".log"
        case offsetIndex = ".index"
        case timeIndex = ".timeindex"
        case transactionIndex = ".txnindex"
        case snapshot = ".snapshot"

        /// The files that come and go with their segment.
        static let ofSegment: [Kind] = allCases.filter { $0 != .snapshot }
    }

    /// What a file is on its way to.
    enum Suffix: String, CaseIterable {
        /// In service.
        case none = ""
        /// A replacement that is being written. Worth nothing until it is `swap`.
        case cleaned = ".cleaned"
        /// A whole replacement, on the disk: what it replaces may be gone already.
        case swap = ".swap"
        /// Out of service, to be removed.
        case deleted = ".deleted"
    }

    /// Digits of the base offset, which a name begins with.
    static let baseDigits = 20

    /// `00000000000000368769.log`
    static func name(_ base: Offset, _ kind: Kind, _ suffix: Suffix = .none) -> String {
        let digits = String(base)
        return String(repeating: "0", count: baseDigits - digits.count) + digits + kind.rawValue + suffix.rawValue
    }

    /// What `name` wrote of a file in service; nil for any other name.
    static func parse(_ name: String) -> (base: Offset, kind: Kind)? {
        guard name.utf8.count > baseDigits, let kind = Kind(rawValue: String(name.dropFirst(baseDigits))),
            name.prefix(baseDigits).utf8.allSatisfy({ UInt8(ascii: "0") <= $0 && $0 <= UInt8(ascii: "9") }),
            let base = Offset(name.prefix(baseDigits))
        else { return nil }
        return (base, kind)
    }

    /// What `name` wrote of a file that is not in service; nil for any other name.
    static func parseSuffixed(_ name: String) -> (base: Offset, kind: Kind, suffix: Suffix)? {
        for suffix in Suffix.allCases where suffix != .none && name.hasSuffix(suffix.rawValue) {
            return parse(String(name.dropLast(suffix.rawValue.count))).map { ($0.base, $0.kind, suffix) }
        }
        return nil
    }
}
