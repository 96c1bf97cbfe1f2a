// Findings in words, bounded.

/// Examples of what was found.
struct AuditFindings {
    struct Examples {
        static let maximum = 3
        private(set) var texts: [String] = []
        mutating func add(_ text: @autoclosure () -> String) {
            if texts.count < Self.maximum { texts.append(text()) }
        }
    }

    enum Kind { case lost, duplicated, reordered, corrupt, exposed }

    var lost = Examples()
    var duplicated = Examples()
    var reordered = Examples()
    var corrupt = Examples()
    var exposed = Examples()
    /// Out of order where the producer itself may have sent twice without the broker being able to tell.
    var excusedReordered: UInt64 = 0

    func sentence(_ kind: Kind, _ count: UInt64) -> String {
        let (what, examples) = switch kind {
        case .lost: ("acknowledged records are lost", lost)
        case .duplicated: ("records are there more than once", duplicated)
        case .reordered: ("records are behind ones sent later", reordered)
        case .corrupt: ("records are not what was sent", corrupt)
        case .exposed: ("records of aborted transactions were given to readers of committed ones", exposed)
        }
        let list = examples.texts.isEmpty ? "" : " (first: \(examples.texts.joined(separator: "; ")))"
        return "\(count) \(what)\(list)"
    }

    /// Everything found, whatever the contract says of it.
    func sentences(_ report: AuditReport) -> [String] {
        var all: [String] = []
        if report.lost > 0 { all.append(sentence(.lost, report.lost)) }
        if report.duplicated > 0 { all.append(sentence(.duplicated, report.duplicated)) }
        if report.reordered > 0 { all.append(sentence(.reordered, report.reordered)) }
        if report.corrupt > 0 { all.append(sentence(.corrupt, report.corrupt)) }
        if report.exposed > 0 { all.append(sentence(.exposed, report.exposed)) }
        if report.aborted > 0 { all.append("\(report.aborted) records were aborted with their transactions") }
        if report.unknown > 0 { all.append("\(report.unknown) records were never acknowledged: unknown, not lost") }
        if report.foreign > 0 { all.append("\(report.foreign) records of other producers are not judged") }
        return all
    }
}
