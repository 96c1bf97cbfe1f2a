// Where in a partition to begin, as people write it.
internal import ArgumentParser
internal import Client
internal import Foundation
internal import Vocabulary

/// An end of the log, an offset, a distance from the end, or a time.
enum ReadPosition: ExpressibleByArgument, Equatable {
    case beginning
    case end
    case offset(Offset)
    /// So many records before the end.
    case last(Offset)
    /// Milliseconds since 1970.
    case time(Int64)

    static let explained = "beginning, end, an offset, -N (N before the end), a time (2026-11-29, 2026-11-29T18:00:00Z, @MILLISECONDS) or how long ago (30s, 10m, 2h, 1d)"

    init?(argument: String) { self.init(argument, now: Date()) }

    init?(_ text: String, now: Date) {
        switch text {
        case "beginning", "earliest", "start": self = .beginning
        case "end", "latest": self = .end
        default:
            guard let position = Self.number(text) ?? Self.ago(text, now) ?? Self.date(text) else { return nil }
            self = position
        }
    }

    private static func number(_ text: String) -> ReadPosition? {
        if text.hasPrefix("@") { return Int64(text.dropFirst()).flatMap { $0 >= 0 ? .time($0) : nil } }
        guard let number = Int64(text), number > Int64.min else { return nil }
        return number < 0 ? .last(-number) : .offset(number)
    }

    private static func ago(_ text: String, _ now: Date) -> ReadPosition? {
        let seconds: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = text.last.flatMap({ seconds[$0] }), let count = Double(text.dropLast()), count >= 0, count < 1e9 else { return nil }
        return .time(Int64((now.timeIntervalSince1970 - count * unit) * 1000))
    }

    private static func date(_ text: String) -> ReadPosition? {
        let styles: [Date.ISO8601FormatStyle] = [
            .iso8601, .init(includingFractionalSeconds: true), Date.ISO8601FormatStyle().year().month().day(),
        ]
        for style in styles {
            if let date = try? style.parse(text) { return .time(Int64((date.timeIntervalSince1970 * 1000).rounded())) }
        }
        return nil
    }

    /// The offset that it stands for in each of the partitions. A time behind the last record stands for the end.
    ///
    /// - Parameter bounds: the first offset of each partition, and the one behind its last.
    func offsets(in topic: ClusterMetadata.Topic, _ bounds: [Int32: Range<Offset>], _ cluster: Cluster) throws(ClientError) -> [Int32: Offset] {
        switch self {
        case .beginning: return bounds.mapValues(\.lowerBound)
        case .end: return bounds.mapValues(\.upperBound)
        case .offset(let offset): return bounds.mapValues { _ in offset }
        case .last(let count): return bounds.mapValues { max($0.lowerBound, $0.upperBound - min(count, $0.upperBound)) }
        case .time(let milliseconds):
            let found = try cluster.offsets(of: topic, Array(bounds.keys), at: .time(milliseconds))
            return Dictionary(uniqueKeysWithValues: bounds.map { ($0.key, found[$0.key] ?? $0.value.upperBound) })
        }
    }
}
