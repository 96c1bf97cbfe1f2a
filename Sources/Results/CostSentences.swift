// What each way of serving costs and why, a sentence each: the cause is named where the figures have its sign, and else it is said that
// it does not show.
internal import Host

struct CostSentences {
    private let headline: ZeroCopyHeadline

    init(_ headline: ZeroCopyHeadline) { self.headline = headline }

    private func row(_ mode: String) -> ModeRow? { headline.modes.first { $0.mode == mode && $0.cpuSecondsPerGB.value != nil } }
    private func cost(_ mode: String) -> Double? { headline.cost(of: mode)?.value }
    private func relation(_ mode: String, over other: String) -> CostRelation? { CostRelation(headline, of: mode, over: other) }

    /// Those whose cost is known.
    private var copies: [ModeRow] { headline.modes.filter { $0.mode.hasPrefix("copy ") && $0.cpuSecondsPerGB.value != nil } }
    private var best: String? { copies.min { $0.cpuSecondsPerGB.value! < $1.cpuSecondsPerGB.value! }?.mode }

    /// `, in 2,100 system calls and 210 context switches a GB`, as far as they were counted.
    private func calls(_ mode: String) -> String {
        let counts = [
            row(mode)?.syscallsPerGB?.value.map { "\(grouped($0)) system calls" }, row(mode)?.contextSwitchesPerGB?.value.map { "\(grouped($0)) context switches" },
        ].compactMap { $0 }
        return counts.isEmpty ? "" : ", in \(counts.joined(separator: " and ")) a GB"
    }

    var floor: String? {
        guard let cost = self.cost(ZeroCopyHeadline.floorName) else { return nil }
        let start = "Sending the same bytes from one buffer, without any file, costs \(threeDigits(cost)) CPU-s/GB: TCP itself, whose receive path runs on the sender's account on loopback"
        let below = headline.modes.map(\.mode).filter { relation($0, over: ZeroCopyHeadline.floorName)?.standing == .less }
        return below.isEmpty
            ? "\(start)." : "\(start). Less than that: \(below.joined(separator: ", ")); copying out of that buffer costs more than they pay for the file."
    }

    var copy: String? {
        guard let best, let cost = self.cost(best) else { return nil }
        guard let floor = self.cost(ZeroCopyHeadline.floorName), let over = relation(best, over: ZeroCopyHeadline.floorName) else {
            return "\(best) costs \(threeDigits(cost))\(calls(best))."
        }
        switch over.standing {
        case .more:
            return "\(best) adds \(threeDigits(cost - floor)) (\(percent((cost - floor) / cost)) of its cost) for a copy out of the page cache, and costs \(over.times) the floor\(calls(best))."
        case .less: return "\(best) costs \(over.times) the floor\(calls(best)): its copy out of the page cache does not show."
        case .same: return "\(best) cannot be told from the floor (\(over.times))\(calls(best)): its copy out of the page cache does not show."
        }
    }

    var splice: String? {
        guard let cost = self.cost("splice") else { return nil }
        var text = "splice costs \(threeDigits(cost))"
        if let over = relation("splice", over: ZeroCopyHeadline.floorName) {
            text += over.standing == .same ? ", which cannot be told from the floor (\(over.times))" : ", \(over.times) the floor"
        }
        text += calls("splice")
        guard let best, let over = relation("splice", over: best) else { return text + "." }
        switch over.standing {
        case .less: return "\(text), and \(over.times) \(best): pages go by reference through a pipe of 1 MiB, and no byte is touched."
        case .more: return "\(text), but \(over.times) \(best): handing pages over by reference costs more here than copying them."
        case .same: return "\(text), and cannot be told from \(best) (\(over.times)): handing pages over costs as much here as copying them."
        }
    }

    var sendfile: String? {
        guard let cost = self.cost("sendfile") else { return nil }
        guard let over = relation("sendfile", over: "splice") else { return "sendfile costs \(threeDigits(cost))\(calls("sendfile"))." }
        switch over.standing {
        case .more:
            return "sendfile costs \(threeDigits(cost)), \(over.times) splice\(calls("sendfile")): it passes its pages through a private pipe of 16, so each call of TCP gets 64 KiB at most."
        case .less: return "sendfile costs \(threeDigits(cost)), \(over.times) splice\(calls("sendfile")): its private pipe of 16 pages is no handicap here."
        case .same: return "sendfile cannot be told from splice (\(over.times))\(calls("sendfile")): its private pipe of 16 pages does not show."
        }
    }

    /// The copy that makes most system calls against the best one.
    var chunk: String? {
        guard let best, let smallest = copies.max(by: { ($0.syscallsPerGB?.value ?? 0) < ($1.syscallsPerGB?.value ?? 0) }), smallest.mode != best,
            let cost = self.cost(smallest.mode), let over = relation(smallest.mode, over: best)
        else { return nil }
        let start = "\(smallest.mode) costs \(threeDigits(cost)), \(over.times) \(best)\(calls(smallest.mode))"
        let makesMore = (smallest.syscallsPerGB?.value ?? 0) > (row(best)?.syscallsPerGB?.value ?? .infinity)
        switch over.standing {
        case .more where makesMore: return "\(start): the smaller the buffer, the more a saving against copying is one against system calls."
        case .more: return "\(start), for no more system calls."
        case .less: return "\(start): small buffers cost nothing here."
        case .same: return "\(smallest.mode) cannot be told from \(best) (\(over.times))\(calls(smallest.mode)): the size of the buffer does not show."
        }
    }

    var mapped: String? {
        guard let cost = self.cost("mmap") else { return nil }
        guard let best, let over = relation("mmap", over: best) else { return "mmap costs \(threeDigits(cost))\(calls("mmap"))." }
        let start = "mmap costs \(threeDigits(cost)), \(over.times) \(best)\(calls("mmap"))"
        switch over.standing {
        case .more: return "\(start): what it saves of a copy into a buffer it more than pays in page tables."
        case .less: return "\(start): what it saves of a copy into a buffer is more than it pays in page tables."
        case .same: return "mmap cannot be told from \(best) (\(over.times))\(calls("mmap")): it pays in page tables what it saves of a copy into a buffer."
        }
    }

    var encrypted: String? {
        guard let cost = self.cost("TLS") else { return nil }
        guard let best, let over = relation("TLS", over: best) else { return "TLS costs \(threeDigits(cost))\(calls("TLS"))." }
        let start = "TLS costs \(threeDigits(cost)), \(over.times) \(best)\(calls("TLS"))"
        switch over.standing {
        case .more: return "\(start): every byte is read, encrypted and copied, whatever the file's way."
        case .less, .same: return "\(start): encryption does not show in it."
        }
    }
}
