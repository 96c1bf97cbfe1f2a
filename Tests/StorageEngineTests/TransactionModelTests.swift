import Glibc
import Records
@testable import StorageEngine
import Testing
import Vocabulary

/// Runs of producers, commits, aborts, restarts and kills beside a model that knows no files.
@Suite struct TransactionModelTests {
    /// A few random runs; more by TIDEMARK_CAMPAIGN.
    private static let runs = UInt64(getenv("TIDEMARK_CAMPAIGN").flatMap { Int(String(cString: $0)) } ?? 8)

    private func run(_ policy: [String: String] = [:], seed: UInt64) throws -> TransactionRun {
        let rig = try Rig(policy.merging(["segment.bytes": "1100", "index.interval.bytes": "300"]) { a, _ in a })
        rig.handleFlushes()
        return TransactionRun(rig, seed: seed)
    }

    @Test func `any interleaving of producers, commits and aborts shows what the model shows`() throws {
        for seed in 1...Self.runs {
            var run = try run(seed: seed)
            for step in 0..<120 {
                try run.step()
                if step % 15 == 14 {
                    try run.write()
                    try run.check("seed \(seed), step \(step)")
                }
            }
        }
    }

    @Test func `restarts, kills and lost power change nothing that was acknowledged`() throws {
        for seed in 1...Self.runs {
            var run = try run(["flush.messages": "1"], seed: seed)
            for round in 0..<8 {
                for _ in 0..<Int(seed % 5) + 12 { try run.step() }
                try run.check("seed \(seed), before round \(round)")
                if round % 2 == 0 { try run.rig.storage.directories[0].writeCheckpoint() }
                switch (Int(seed) + round) % 4 {
                case 0: try run.reopen()
                case 1: try run.crash(.kill)
                case 2: try run.crash(.powerLoss)
                default: try run.crash(.partialPowerLoss(seed: seed &* 31 &+ UInt64(round)))
                }
                try run.check("seed \(seed), round \(round)")
            }
        }
    }

    @Test func `without a flush policy lost power leaves a shorter log that is right in itself`() throws {
        // In run 281 a transaction index that was sealed in an earlier life of its segment came back.
        for seed in Array(1...Self.runs) + [281] {
            var run = try run(seed: seed)
            for round in 0..<5 {
                for _ in 0..<25 { try run.step() }
                try run.write()
                try run.crash(.partialPowerLoss(seed: seed &* 17 &+ UInt64(round)), keeps: false, "seed \(seed), round \(round)")
                try run.check("seed \(seed), round \(round)")
            }
        }
    }

    @Test func `a crash at any operation, torn at any place, leaves transactions as the log has them`() throws {
        for n in 1... {
            var run = try run(["flush.messages": "1"], seed: 5)
            run.rig.disk.plan(.crash(torn: Int(SplitMix.value(UInt64(n)) % 500)), at: n)
            let survived = (try? go(&run)) != nil
            let how: [SimulatedFileSystem.Reboot] = [.kill, .powerLoss, .partialPowerLoss(seed: UInt64(n))]
            try run.crash(how[n % 3], "n = \(n)")
            try run.check("n = \(n), \(how[n % 3])")
            try run.reopen()
            try run.check("n = \(n), opened again")
            if survived { return }
        }
    }

    @Test(arguments: [EIO, ENOSPC]) func `a call that fails leaves transactions as the log has them`(errno: Int32) throws {
        for n in 1... {
            var run = try run(["flush.messages": "1"], seed: 6)
            run.rig.disk.plan(.fails(errno), at: n)
            let survived = (try? go(&run)) != nil
            let isMet = run.rig.disk.isFaultMet
            run.rig.storage.abandon()
            try run.crash(.kill, "n = \(n)")
            try run.check("n = \(n)")
            if survived, !isMet { return }
        }
    }

    @Test func `a crash during recovery leaves transactions as the log has them`() throws {
        for n in 1... {
            var run = try run(["flush.messages": "1"], seed: 7)
            for _ in 0..<90 { try run.step() }
            try run.write()
            run.rig.disk.reboot(.kill)
            // Everything is scanned, and the indexes there are made anew.
            run.rig.disk.remove("d/\(RecoveryCheckpoint.name)")
            for path in run.rig.disk.paths() where path.hasSuffix(".txnindex") && n % 2 == 0 {
                run.rig.disk.damage(path) { if !$0.isEmpty { $0[$0.count - 1] ^= 1 } }
            }
            run.rig.disk.plan(.crash(torn: n % 60), at: n)
            let opened: Void? = try? run.rig.open()
            let how: SimulatedFileSystem.Reboot = n % 3 == 0 ? .kill : .partialPowerLoss(seed: UInt64(n))
            if opened != nil { run.rig.storage.abandon() }
            try run.crash(how, "n = \(n)")
            try run.check("n = \(n)")
            if opened != nil { return }
        }
    }

    /// Enough for rolls, a restart and transactions that span both.
    private func go(_ run: inout TransactionRun) throws {
        for step in 0..<70 {
            try run.step()
            if step % 7 == 6 { try run.write() }
            if step == 35 { try run.reopen() }
        }
        try run.write()
    }
}
