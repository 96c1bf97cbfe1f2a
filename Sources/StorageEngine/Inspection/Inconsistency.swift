// What is wrong with a log, and what an operator should know that is not wrong.

/// Something in a file that contradicts the format or another file.
package struct Inconsistency: Equatable, Sendable {
    package let path: String
    /// Bytes from the start of the file; nil for the file as a whole.
    package let position: Int?
    package let found: String
    /// What would be right.
    package let expected: String

    init(_ path: String, at position: Int?, found: String, expected: String) {
        self.path = path
        self.position = position
        self.found = found
        self.expected = expected
    }

    package var line: InspectionLine {
        let head = InspectionLine("inconsistency").adding("file", .text(path))
        return (position.map { head.adding("position", $0) } ?? head)
            .adding("found", .text(found)).adding("expected", .text(expected))
    }
}

/// What a verification came to.
package struct VerificationSummary: Equatable, Sendable {
    package internal(set) var partitions = 0
    package internal(set) var segments = 0
    package internal(set) var batches = 0
    /// By the batches' headers.
    package internal(set) var records: Int64 = 0
    /// Of batches that are whole, each with its checksum computed.
    package internal(set) var bytes: Int64 = 0
    package internal(set) var indexEntries = 0
    package internal(set) var inconsistencies = 0

    package var line: InspectionLine {
        InspectionLine("summary").adding("partitions", partitions).adding("segments", segments).adding("batches", batches)
            .adding("records", records).adding("bytes", bytes).adding("indexEntries", indexEntries)
            .adding("inconsistencies", inconsistencies)
    }
}

/// Where findings go while a verification runs.
struct VerificationSink {
    private let report: (InspectionLine) -> Void
    var summary = VerificationSummary()
    /// The files of the segment at hand that something was wrong with.
    var faultyFiles: Set<String> = []

    init(_ report: @escaping (InspectionLine) -> Void) { self.report = report }

    mutating func inconsistency(_ path: String, at position: Int?, found: String, expected: String) {
        summary.inconsistencies += 1
        faultyFiles.insert(path)
        report(Inconsistency(path, at: position, found: found, expected: expected).line)
    }

    /// Worth saying, and not wrong.
    func note(_ path: String, at position: Int? = nil, _ text: String) {
        let head = InspectionLine("note").adding("file", .text(path))
        report((position.map { head.adding("position", $0) } ?? head).adding("text", .text(text)))
    }
}
