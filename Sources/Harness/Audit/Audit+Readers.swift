// Several groups that read the same records: what one got, the others must have got too.

/// The books of one group of consumers, or of the read-back.
struct Reader {
    let name: String
    let isWhole: Bool
    let books: [SeenBook]

    /// By name, whole ones first: of those, whoever came first.
    static func all(_ books: [SeenBook]) -> [Reader] {
        var readers: [Reader] = []
        for book in books where !readers.contains(where: { $0.name == book.reader }) {
            readers.append(Reader(name: book.reader, isWhole: book.isWhole, books: books.filter { $0.reader == book.reader }))
        }
        return readers.filter(\.isWhole) + readers.filter { !$0.isWhole }
    }

    /// Everything of one producer in one partition: one lane reads it or, of the members of a group, one after the other.
    func sightings(of producer: UInt32, in partition: Int) -> Sightings {
        var all: Sightings?
        for found in books.lazy.compactMap({ $0.sightings(of: producer, in: partition) }) where !found.seen.isEmpty {
            if all == nil { all = found } else { all!.add(found) }
        }
        return all ?? Sightings()
    }

    var isCommittedOnly: Bool { books.allSatisfy(\.isCommittedOnly) }

    /// Records that are not what anybody sent; in a topic that others write to, what has no stamp is theirs.
    func corrupt(sharesTopic: Bool) -> UInt64 { books.reduce(0) { $0 + $1.corrupt + (sharesTopic ? 0 : $1.unstamped) } }
}

extension Audit {
    /// What a further reader got of one producer in one partition, beside what the first got: a record that one of them has and the
    /// other has not was lost on its way, and copies that only one got were made there.
    ///
    /// Of a reader that is behind only what lies between its first and its last record can be missing, and that only where records
    /// come in the order of their sequences.
    static func compare(
        _ other: Reader, with first: Reader, _ book: SentBook, _ partition: Int, mayBeRetired: Bool, _ report: inout AuditReport,
        _ findings: inout AuditFindings
    ) {
        let here = other.sightings(of: book.producer, in: partition), there = first.sightings(of: book.producer, in: partition)
        let place = "producer \(book.producer), partition \(partition), read by \(other.name)"
        let isPart = !other.isWhole || mayBeRetired
        if !isPart || book.keepsOrder {
            let aborted = other.isCommittedOnly ? book.aborted[partition] : SequenceRanges()
            let expected = isPart ? (here.seen.runs.first?.lowerBound ?? 0)..<here.seen.end : 0..<UInt64.max
            for missing in there.seen.subtracting(here.seen, aborted) {
                let run = missing.clamped(to: expected)
                guard !run.isEmpty else { continue }
                report.lost += UInt64(run.count)
                findings.lost.add("\(place): sequences \(run.lowerBound)..<\(run.upperBound), which \(first.name) got")
            }
        }
        expose(book, partition, here, other, place, &report, &findings)
        if here.duplicated > there.duplicated {
            report.duplicated += here.duplicated - there.duplicated
            findings.duplicated.add("\(place): \(here.duplicated), against \(there.duplicated) that \(first.name) got")
        }
        guard here.reordered > there.reordered else { return }
        let more = here.reordered - there.reordered
        report.reordered += more
        if !book.keepsOrder { findings.excusedReordered += more }
        findings.reordered.add("\(place): \(here.reordered), against \(there.reordered) that \(first.name) got")
    }

    /// What was aborted and got to a reader that is promised nothing of the kind.
    static func expose(
        _ book: SentBook, _ partition: Int, _ sightings: Sightings, _ reader: Reader, _ place: @autoclosure () -> String, _ report: inout AuditReport,
        _ findings: inout AuditFindings
    ) {
        let aborted = book.aborted[partition]
        guard reader.isCommittedOnly, !aborted.isEmpty else { return }
        let all = aborted.runs.reduce(UInt64(0)) { $0 + UInt64($1.count) }
        let exposed = all - aborted.subtracting(sightings.seen).reduce(UInt64(0)) { $0 + UInt64($1.count) }
        guard exposed > 0 else { return }
        report.exposed += exposed
        findings.exposed.add("\(place())")
    }

    static func countMoreCorrupt(
        _ other: Reader, than first: Reader, sharesTopic: Bool, _ report: inout AuditReport, _ findings: inout AuditFindings
    ) {
        let (here, there) = (other.corrupt(sharesTopic: sharesTopic), first.corrupt(sharesTopic: sharesTopic))
        guard here > there else { return }
        report.corrupt += here - there
        for corrupt in other.books.flatMap(\.firstCorrupt) {
            findings.corrupt.add("partition \(corrupt.partition), offset \(corrupt.offset), read by \(other.name): \(corrupt.what)")
        }
    }
}
