// Log lines on standard error: for people, or one JSON object each for programs.
package import Logging
internal import Glibc
internal import Host
internal import Synchronization

/// How lines look.
package enum LogFormat: String, CaseIterable, Sendable { case text, json }

/// What all handlers of a process share: where lines go, and what is left out. The level may change while it runs.
package final class LogOutput: Sendable {
    package let format: LogFormat
    private let minimum: Atomic<Int>
    private let write: @Sendable (String) -> Void

    /// - Parameter write: takes a whole line with its newline; by default one write(2) to standard error.
    package init(format: LogFormat, level: Logger.Level, write: @escaping @Sendable (String) -> Void = LogOutput.standardError) {
        self.format = format
        minimum = Atomic(level.order)
        self.write = write
    }

    package var level: Logger.Level {
        get { Logger.Level.allCases.first { $0.order == minimum.load(ordering: .relaxed) } ?? .info }
        set { minimum.store(newValue.order, ordering: .relaxed) }
    }

    /// One call a line, so that lines of several threads do not mix.
    package static let standardError: @Sendable (String) -> Void = { line in
        var line = line
        line.withUTF8 { _ = Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    func put(_ line: String) { write(line + "\n") }
}

extension Logger.Level {
    fileprivate var order: Int { Logger.Level.allCases.firstIndex(of: self) ?? 0 }
}

/// swift-log's handler over a `LogOutput`.
package struct LineLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let output: LogOutput

    package init(label: String, output: LogOutput) {
        self.label = label
        self.output = output
    }

    /// Of the whole process, whoever sets it.
    package var logLevel: Logger.Level {
        get { output.level }
        set { output.level = newValue }
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { _, new in new } }
        if let own = event.metadata { all.merge(own) { _, new in new } }
        let time = UTCTime(millisecondsSince1970: WallClock.milliseconds())
        let fields = all.sorted { $0.key < $1.key }
        switch output.format {
        case .text: output.put(LogLine.text(time, event.level, label, "\(event.message)", fields))
        case .json: output.put(LogLine.json(time, event.level, label, "\(event.message)", fields))
        }
    }
}

/// A line's text.
enum LogLine {
    typealias Fields = [(key: String, value: Logger.Metadata.Value)]

    /// `2026-11-29T18:51:19.042Z warning tidemarkd: message [peer=127.0.0.1:1 kind=badFrame]`. Control characters that
    /// a peer got into a message are shown, not obeyed: a line stays a line.
    static func text(_ time: UTCTime, _ level: Logger.Level, _ label: String, _ message: String, _ fields: Fields) -> String {
        let tail = fields.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        return visible("\(time) \(level.rawValue) \(label): \(message)" + (tail.isEmpty ? "" : " [\(tail)]"))
    }

    private static func visible(_ line: String) -> String {
        guard line.utf8.contains(where: { $0 < 32 || $0 == 127 }) else { return line }
        return line.unicodeScalars.reduce(into: "") { result, scalar in
            if scalar.value < 32 || scalar.value == 127 { result += "\\u{\(String(scalar.value, radix: 16))}" } else { result.unicodeScalars.append(scalar) }
        }
    }

    /// One object: time, level, logger, message, and the metadata under its own keys in `fields`.
    static func json(_ time: UTCTime, _ level: Logger.Level, _ label: String, _ message: String, _ fields: Fields) -> String {
        var line = "{\"time\":\"\(time)\",\"level\":\"\(level.rawValue)\",\"logger\":\(quoted(label)),\"message\":\(quoted(message))"
        if !fields.isEmpty { line += ",\"fields\":" + object(fields) }
        return line + "}"
    }

    private static func object(_ fields: Fields) -> String {
        "{" + fields.map { "\(quoted($0.key)):\(value($0.value))" }.joined(separator: ",") + "}"
    }

    private static func value(_ value: Logger.Metadata.Value) -> String {
        switch value {
        case .string(let text): quoted(text)
        case .stringConvertible(let number as any FixedWidthInteger): "\(number)"
        case .stringConvertible(let other): quoted("\(other)")
        case .array(let values): "[" + values.map(Self.value).joined(separator: ",") + "]"
        case .dictionary(let inner): object(inner.sorted { $0.key < $1.key })
        @unknown default: quoted("\(value)")
        }
    }

    static func quoted(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "\"") { result, scalar in
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where scalar.value < 32 || scalar.value == 127:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        } + "\""
    }
}
