// File names of a partition's directory: 20 digits of the base offset, and what the file is.
internal import Vocabulary

enum SegmentNaming {
    enum Kind: String, CaseIterable {
        case log = ".log"
        case offsetIndex = ".index"
        case timeIndex = ".timeindex"
        case snapshot = ".snapshot"
    }

    /// `00000000000000368769.log`
    static func name(_ base: Offset, _ kind: Kind) -> String {
        let digits = String(base)
        return String(repeating: "0", count: 20 - digits.count) + digits + kind.rawValue
    }

    /// What `name` wrote; nil for any other name.
    static func parse(_ name: String) -> (base: Offset, kind: Kind)? {
        guard name.utf8.count > 20, let kind = Kind(rawValue: String(name.dropFirst(20))),
            name.prefix(20).utf8.allSatisfy({ UInt8(ascii: "0") <= $0 && $0 <= UInt8(ascii: "9") }),
            let base = Offset(name.prefix(20))
        else { return nil }
        return (base, kind)
    }
}
