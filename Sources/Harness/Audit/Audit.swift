// Lays what was sent beside what was seen and judges the difference by the contract.
internal import Measurement
package import Vocabulary

package enum AuditError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The deadline came before the end of the log.
    case incomplete(topic: String, partition: Int32, read: Offset, end: Offset)

    package var description: String {
        switch self {
        case .incomplete(let topic, let partition, let read, let end):
            "the audit read \(topic)-\(partition) up to offset \(read) of \(end) before its time was up; a longer cool-down is needed"
        }
    }
}

package enum Audit {
    /// Judges a run. To be called when its lanes have stopped (and, without tail consumers, after `readBack`).
    package static func judge(ledger: Ledger) -> AuditReport {
        var report = AuditReport(extent: ledger.extent)
        var findings = AuditFindings()
        let sent = ledger.sentBooks
        let readers = Reader.all(ledger.seenBooks)
        for book in sent {
            report.acknowledged += book.acknowledgedCount
            report.aborted += book.abortedCount
            report.unknown += book.handedCount - min(book.handedCount, book.acknowledgedCount + book.abortedCount)
        }
        guard report.extent != .none else {
            report.outcome = .notRun("nothing read the records back")
            return report
        }
        // Everything that was sent is looked for in what one of them saw; the others must have seen the same.
        let seen = readers[0].books
        guard sent.allSatisfy(\.isStamped) else { return countOnly(report, seen, ledger) }
        for partition in 0..<ledger.partitions {
            let removed = ledger.removedOffsets(of: partition)
            let before = report.retired
            for book in sent {
                compare(book, partition, readers[0], mayBeRetired: removed > 0, &report, &findings)
                for other in readers.dropFirst() { compare(other, with: readers[0], book, partition, mayBeRetired: removed > 0, &report, &findings) }
            }
            boundRetired(report.retired - before, by: removed, partition, &report, &findings)
        }
        countStrangers(seen, Set(sent.map(\.producer)), ledger, &report, &findings)
        for other in readers.dropFirst() { countMoreCorrupt(other, than: readers[0], sharesTopic: ledger.sharesTopic, &report, &findings) }
        report.text = findings.sentences(report)
        report.outcome = outcome(report, ledger.contract, findings)
        return report
    }

    /// Everything of one producer in one partition.
    private static func compare(
        _ book: SentBook, _ partition: Int, _ reader: Reader, mayBeRetired: Bool, _ report: inout AuditReport,
        _ findings: inout AuditFindings
    ) {
        let sightings = reader.sightings(of: book.producer, in: partition)
        let place = "producer \(book.producer), partition \(partition)"
        report.seen += sightings.seen.count
        let acknowledged = book.acknowledged[partition]
        var lost = sightings.seen.forgotten
        // Retention removes from the front: what is missing before the first record that is there may have been removed.
        let firstKept = mayBeRetired ? sightings.seen.runs.first?.lowerBound ?? .max : 0
        for missing in acknowledged.subtracting(sightings.seen) {
            report.retired += UInt64(missing.clamped(to: 0..<firstKept).count)
            let run = missing.clamped(to: firstKept..<UInt64.max)
            guard !run.isEmpty else { continue }
            lost += UInt64(run.count)
            findings.lost.add("\(place): sequences \(run.lowerBound)..<\(run.upperBound)")
        }
        // Gaps that were closed over among the acknowledged ones are no loss.
        report.lost += lost - min(lost, acknowledged.forgotten)
        expose(book, partition, sightings, reader, place, &report, &findings)
        report.duplicated += sightings.duplicated
        for finding in sightings.firstDuplicates.findings {
            findings.duplicated.add("\(place): sequence \(finding.sequence) again at offset \(finding.offset)")
        }
        report.reordered += sightings.reordered
        if !book.keepsOrder { findings.excusedReordered += sightings.reordered }
        for finding in sightings.firstReordered.findings {
            findings.reordered.add("\(place): sequence \(finding.sequence) at offset \(finding.offset)")
        }
        // Sound stamps that nobody wrote.
        let invented = sightings.seen.runs.reduce(0) { $0 + UInt64($1.clamped(to: book.handed[partition]..<UInt64.max).count) }
        if invented > 0 {
            report.corrupt += invented
            findings.corrupt.add("\(place): \(invented) records from sequence \(book.handed[partition]) on, which were never sent")
        }
    }

    /// No more records can have been removed than there were offsets below the log's start: the others are lost.
    private static func boundRetired(
        _ retired: UInt64, by removed: UInt64, _ partition: Int, _ report: inout AuditReport, _ findings: inout AuditFindings
    ) {
        guard retired > removed else { return }
        report.retired -= retired - removed
        report.lost += retired - removed
        findings.lost.add("partition \(partition): \(retired - removed) more than the log ever had below its start at offset \(removed)")
    }

    private static func countStrangers(
        _ books: [SeenBook], _ ours: Set<UInt32>, _ ledger: Ledger, _ report: inout AuditReport, _ findings: inout AuditFindings
    ) {
        for book in books {
            report.corrupt += book.corrupt + (ledger.sharesTopic ? 0 : book.unstamped)
            report.foreign += book.untold + (ledger.sharesTopic ? book.unstamped : 0)
            for corrupt in book.firstCorrupt {
                findings.corrupt.add("partition \(corrupt.partition), offset \(corrupt.offset): \(corrupt.what)")
            }
            for producer in book.producerNumbers where !ours.contains(producer) {
                let count = (0..<book.partitionCount).reduce(UInt64(0)) { $0 + (book.sightings(of: producer, in: $1)?.seen.count ?? 0) }
                guard ledger.isOfLoad(producer) else {
                    report.foreign += count
                    continue
                }
                report.corrupt += count
                findings.corrupt.add("\(count) records of producer \(producer), which sends none into this topic")
            }
        }
    }

    /// Values too small for a stamp: only numbers can be compared.
    private static func countOnly(_ counted: AuditReport, _ books: [SeenBook], _ ledger: Ledger) -> AuditReport {
        var report = counted
        report.seen = books.reduce(0) { $0 + $1.records }
        report.lost = report.acknowledged - min(report.acknowledged, report.seen)
        report.text = ["values under 32 bytes carry no stamp: \(report.acknowledged) records acknowledged, \(report.seen) read"]
        if ledger.sharesTopic {
            report.lost = 0
            report.outcome = .notRun("values under 32 bytes carry no stamp, and others may have written into the topic: nothing could be compared")
            return report
        }
        report.outcome = report.lost > 0 && ledger.contract != .atMostOnce
            ? .failed(["\(report.lost) acknowledged records are missing by count"])
            : .notRun("values under 32 bytes carry no stamp; only their number was compared")
        return report
    }

    private static func outcome(_ report: AuditReport, _ contract: DeliveryContract, _ findings: AuditFindings) -> AuditOutcome {
        var broken: [String] = []
        if report.lost > 0, contract != .atMostOnce { broken.append(findings.sentence(.lost, report.lost)) }
        if report.duplicated > 0, contract != .atLeastOnce { broken.append(findings.sentence(.duplicated, report.duplicated)) }
        let reordered = contract == .exactlyOnce ? report.reordered : report.reordered - findings.excusedReordered
        if reordered > 0 { broken.append(findings.sentence(.reordered, reordered)) }
        if report.corrupt > 0 { broken.append(findings.sentence(.corrupt, report.corrupt)) }
        if report.exposed > 0 { broken.append(findings.sentence(.exposed, report.exposed)) }
        return broken.isEmpty ? .passed : .failed(broken)
    }
}
