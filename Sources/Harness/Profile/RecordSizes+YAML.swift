// `recordBytes:` in a profile: a size, or a mapping that says how sizes are distributed.
extension RecordSizes {
    private static let forms = ["uniform", "weights", "file"]
    private static let kind = "a size from \(smallestDrawn) bytes (each record carries a stamp of so many, by which it is audited and timed) to 1 MiB"

    /// nil when the key is absent.
    static func read(_ section: ProfileSection) throws(ProfileError) -> RecordSizes? {
        let key = "recordBytes", name = section.dotted(key)
        ProfileKeys.note(name, .bytes(1, Int64(largest)))
        ProfileKeys.note(name, .mapping(forms, orBool: false))
        guard let node = section.node(key), case .mapping = node else {
            return try section.bytes(key, 1...Int64(largest)).map { .constant(Int($0)) }
        }
        let form = try ProfileSection(node, path: name, keys: forms)
        guard form.keysInOrder.count == 1 else {
            throw node.place.error("‘\(name)’ must be a size, or one of {uniform: [LOW, HIGH]}, {weights: {LOW-HIGH: WEIGHT}} and {file: PATH}")
        }
        if let range = try uniform(form) { return range }
        if let ranges = try weighted(form) { return ranges }
        return try observed(form)
    }

    private static func uniform(_ form: ProfileSection) throws(ProfileError) -> RecordSizes? {
        let ends: [Int]? = try form.list("uniform") { (node, name) throws(ProfileError) -> Int in
            ProfileKeys.note(name, .bytes(Int64(smallestDrawn), Int64(largest)))
            guard let text = node.text, let bytes = size(text) else { throw node.place.error("‘\(name)’ must be \(kind)\(node.text.map { ", not ‘\($0)’" } ?? "")") }
            return bytes
        }
        guard let ends else { return nil }
        guard ends.count == 2 else { throw form.error("uniform", "‘\(form.dotted("uniform"))’ must be two sizes, the smallest and the largest") }
        guard ends[0] <= ends[1] else {
            throw form.error("uniform", "‘\(form.dotted("uniform"))’ goes from \(ends[0]) down to \(ends[1]) bytes: the smaller size comes first")
        }
        return .uniform(ends[0]...ends[1])
    }

    private static func weighted(_ form: ProfileSection) throws(ProfileError) -> RecordSizes? {
        guard let section = try form.section("weights", keys: nil) else { return nil }
        var ranges: [WeightedRange] = []
        for key in section.keysInOrder {
            guard let found = range(key) else {
                throw (section.keyPlace(key) ?? section.place).error("‘\(section.path)’ has the range ‘\(key)’, which must read LOW-HIGH in bytes, as in 256-1024, up to 1 MiB")
            }
            guard found.upperBound >= smallestDrawn else {
                throw (section.keyPlace(key) ?? section.place).error(
                    "‘\(section.path)’ has the range ‘\(key)’, which ends below \(smallestDrawn) bytes: each record carries a stamp of so many, by which it is audited and timed")
            }
            let weight = try section.required(key, try section.value(key, "a weight: a number, 0 or more", parseNumber))
            ranges.append(WeightedRange(sizes: found, weight: weight))
        }
        guard ranges.contains(where: { $0.weight > 0 }) else { throw form.error("weights", "‘\(section.path)’ adds up to nothing: at least one range needs a weight above 0") }
        return .weighted(ranges)
    }

    /// `256-1024`: from the first on, up to the second and without it, as the next range begins there. Equal ends are that size.
    private static func range(_ text: String) -> ClosedRange<Int>? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { parseByteSize(String($0)) }
        guard ends.count == 2, let low = ends[0], let high = ends[1], low <= high, high <= Int64(largest) else { return nil }
        return Int(low)...Int(max(low, high - 1))
    }

    private static func observed(_ form: ProfileSection) throws(ProfileError) -> RecordSizes? {
        guard let name = try form.string("file"), let place = form.node("file")?.place else { return nil }
        let sizes = try ProfileFile.values(name, at: place, of: "record size", kind, size)
        return .observed(sizes.sorted())
    }

    private static func size(_ text: String) -> Int? {
        parseByteSize(text).flatMap { $0 >= Int64(smallestDrawn) && $0 <= Int64(largest) ? Int($0) : nil }
    }
}
