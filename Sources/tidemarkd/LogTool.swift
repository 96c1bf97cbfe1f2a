// `tidemarkd log`: shows or checks what stands on disk, without a broker.
internal import Glibc
internal import StorageEngine

/// What `tidemarkd log` was asked to do.
struct LogRequest: Equatable {
    enum Action: Equatable { case dump(records: Bool), verify }

    var action: Action
    var path: String
    var printsJSON = false
}

enum LogTool {
    /// Exit statuses: everything is consistent, something is not, nothing can be said.
    static let consistent: Int32 = 0
    static let inconsistent: Int32 = 1
    static let unreadable: Int32 = 2

    /// Prints to standard output; what can't be read is for standard error.
    static func run(_ request: LogRequest, complain: (String) -> Void) -> Int32 {
        let output = LineOutput()
        let print = { (line: InspectionLine) in output.print(request.printsJSON ? line.json : line.text) }
        defer { output.flush() }
        do throws(StorageError) {
            let inspection = try LogInspection(request.path)
            switch request.action {
            case .dump(let records):
                try inspection.dump(records: records, print)
                return consistent
            case .verify:
                let summary = try inspection.verify(print)
                print(summary.line)
                return summary.inconsistencies == 0 ? consistent : inconsistent
            }
        } catch {
            output.flush()
            complain("\(error)")
            return unreadable
        }
    }
}

/// Standard output in large pieces. A reader that goes away ends the program, as it does any other filter.
private final class LineOutput {
    private var pending: [UInt8] = []
    private static let pieceBytes = 65_536

    func print(_ line: String) {
        pending += line.utf8
        pending.append(10)
        if pending.count >= Self.pieceBytes { flush() }
    }

    func flush() {
        var written = 0
        while written < pending.count {
            let count = pending.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress! + written, $0.count - written) }
            if count < 0, errno != EINTR { exit(LogTool.unreadable) }
            written += max(0, count)
        }
        pending.removeAll(keepingCapacity: true)
    }
}

extension InspectionLine {
    /// `batch position=0 bytes=87 …`; an inconsistency as a sentence that begins with its place.
    var text: String {
        if name == "inconsistency" || name == "note" { return sentence }
        return ([name] + fields.map { "\($0.name)=\($0.value.text)" }).joined(separator: " ")
    }

    private var sentence: String {
        let place = (self["file"]?.text(quoting: false) ?? "") + (self["position"].map { " at byte \($0.text)" } ?? "")
        if let note = self["text"] { return "note: \(place): \(note.text(quoting: false))" }
        return "\(place): found \(self["found"]!.text(quoting: false)); right would be \(self["expected"]!.text(quoting: false))"
    }

    /// One object on one line, its first field the line's name.
    var json: String {
        let all = ["\"line\":\(InspectionValue.quoted(name))"] + fields.map { "\(InspectionValue.quoted($0.name)):\($0.value.json)" }
        return "{" + all.joined(separator: ",") + "}"
    }
}

extension InspectionValue {
    fileprivate var text: String { text(quoting: true) }

    /// - Parameter quoting: text with anything but letters, digits and path characters in quotation marks.
    fileprivate func text(quoting: Bool) -> String {
        switch self {
        case .number(let number): "\(number)"
        case .flag(let flag): "\(flag)"
        case .none: "none"
        case .text(let text):
            !quoting || !text.isEmpty && text.utf8.allSatisfy { $0 > 32 && $0 != 34 && $0 != 127 } ? text : Self.quoted(text)
        }
    }

    fileprivate var json: String {
        switch self {
        case .number(let number): "\(number)"
        case .flag(let flag): "\(flag)"
        case .none: "null"
        case .text(let text): Self.quoted(text)
        }
    }

    fileprivate static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where scalar.value < 32:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
