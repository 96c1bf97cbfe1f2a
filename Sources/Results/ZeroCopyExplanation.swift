// Where the cycles of sending go, in one paragraph: worked out of the figures of a run, and saying nothing that it has no figure for.
internal import Host
internal import Measurement

package enum ZeroCopyExplanation {
    /// nil for results without what it rests on: system calls and times of each mode, which older ones lack.
    package static func text(_ headline: ZeroCopyHeadline) -> String? {
        guard let floor = headline.floor.value, headline.modes.contains(where: { $0.syscallsPerGB?.value != nil }) else { return nil }
        let costs = Costs(headline, floor: floor)
        let sentences = [
            costs.floorSentence, costs.copySentence, costs.spliceSentence, costs.sendfileSentence, costs.chunkSentence, costs.mapSentence, costs.encryptedSentence,
            headline.bestCopyOverC.flatMap(referenceSentence), diskSentence(headline),
        ].compactMap { $0 }
        return sentences.isEmpty ? nil : sentences.joined(separator: " ")
    }

    private static func referenceSentence(_ ratio: Metric) -> String? {
        ratio.value.map { "The best copy costs \(threeDigits($0)) times what a bare C loop of pread and send does in the same rounds, so little of this is the broker's own." }
    }

    private static func diskSentence(_ headline: ZeroCopyHeadline) -> String? {
        headline.data?.hasPrefix("disk") == true ? "Each slice began with an empty cache: what reading from the device costs is in every mode." : nil
    }

    /// CPU seconds for each GB, by mode.
    private struct Costs {
        private let floor: Double
        private let modes: [ModeRow]

        init(_ headline: ZeroCopyHeadline, floor: Double) {
            self.floor = floor
            modes = headline.modes
        }

        private func mode(_ name: String) -> ModeRow? { modes.first { $0.mode == name } }
        private func cost(_ name: String) -> Double? { mode(name)?.cpuSecondsPerGB.value }

        /// Copies by the size of their buffer, smallest first.
        private var copies: [(row: ModeRow, cost: Double)] {
            modes.filter { $0.mode.hasPrefix("copy ") }.compactMap { row in row.cpuSecondsPerGB.value.map { (row: row, cost: $0) } }
                .sorted { ($0.row.syscallsPerGB?.value ?? 0) > ($1.row.syscallsPerGB?.value ?? 0) }
        }
        private var best: (row: ModeRow, cost: Double)? { copies.min { $0.cost < $1.cost } }

        var floorSentence: String? {
            "Sending the same bytes from one buffer, without any file, costs \(threeDigits(floor)) CPU-s/GB: TCP itself, whose receive path runs on the sender's account on loopback, and it is in every mode."
        }

        var copySentence: String? {
            best.map { best in
                "\(best.row.mode) adds \(threeDigits(max(0, best.cost - floor))) (\(percent(max(0, best.cost - floor) / best.cost)) of its cost) for one copy out of the page cache and one into the socket"
                    + calls(best.row) + "."
            }
        }

        var spliceSentence: String? {
            cost("splice").map { cost in
                "splice adds \(threeDigits(max(0, cost - floor))): pages go by reference through a pipe of 1 MiB, and no byte is touched" + calls(mode("splice")!) + "."
            }
        }

        var sendfileSentence: String? {
            cost("sendfile").map { cost in
                let relation = self.cost("splice").map { ", \(threeDigits(cost / $0)) times splice" } ?? ""
                return "sendfile costs \(threeDigits(cost))\(relation): it passes its pages through a private pipe of 16, so each call of TCP gets 64 KiB at most."
            }
        }

        var chunkSentence: String? {
            guard let smallest = copies.first, let best, smallest.row.mode != best.row.mode else { return nil }
            return "\(smallest.row.mode) costs \(threeDigits(smallest.cost)), \(threeDigits(smallest.cost / best.cost)) times as much as \(best.row.mode)" + calls(smallest.row)
                + ": the smaller the buffer, the more a saving against copying is one against system calls."
        }

        var mapSentence: String? {
            guard let mapped = cost("mmap"), let best else { return nil }
            return "mmap saves the copy into a buffer and pays in page tables: \(threeDigits(mapped)), \(threeDigits(mapped / best.cost)) times \(best.row.mode)."
        }

        var encryptedSentence: String? {
            guard let encrypted = cost("TLS"), let best else { return nil }
            return "TLS costs \(threeDigits(encrypted)), \(threeDigits(encrypted / best.cost)) times \(best.row.mode): every byte is read, encrypted and copied, whatever the file's way."
        }

        private func calls(_ row: ModeRow) -> String {
            row.syscallsPerGB?.value.map { ", in \(grouped($0)) system calls a GB" } ?? ""
        }
    }
}
