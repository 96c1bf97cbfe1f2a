// One entry of the book.
internal import Results

package protocol Claim: Sendable {
    /// Its place in the book: `a`.
    var letter: String { get }
    /// As `--only` takes it: `sequential-io`.
    var name: String { get }
    /// One sentence, which could be false.
    var sentence: String { get }
    /// What is done to find out.
    var method: String { get }
    /// The experiments it looks at, by the names of their profiles below Profiles/claims; empty: none could tell here.
    var experiments: [String] { get }
    /// What each part of it comes to. The same evidence gives the same findings.
    func findings(_ evidence: Evidence) -> [Finding]
}

/// Every entry, in the order of the book.
package enum ClaimCatalogue {
    package static let all: [any Claim] = [
        SequentialIO(), SteadyThroughput(), PageCacheServes(), Batching(), SparseIndex(), RemovalOfFiles(), ZeroCopy(), Parallelism(), Ordering(),
        ImmutableOffsets(), Cleanup(), OwnCache(), MemoryPressure(), Durability(), PriceOfGigabyte(),
        ClusterClaim(letter: "p", name: "replication", sentence: "An acknowledged record outlives the loss of a broker, because followers have it."),
        ClusterClaim(letter: "q", name: "failover", sentence: "A follower takes over within seconds, and clients go on by themselves."),
        ClusterClaim(letter: "r", name: "distribution", sentence: "More brokers carry more load, and no partition waits for another."),
    ]

    /// The entries of these names or letters; nil for one that nobody knows.
    package static func named(_ names: [String]) -> [any Claim]? {
        guard names.allSatisfy({ name in all.contains { [$0.name, $0.letter].contains(name) } }) else { return nil }
        return all.filter { names.contains($0.name) || names.contains($0.letter) }
    }

    /// The experiments of these entries, each once, in the order in which they are looked at.
    package static func experiments(of claims: [any Claim]) -> [String] {
        unique(claims.flatMap(\.experiments))
    }
}

/// A claim with the part of it that the evidence has something to say to.
package struct ClaimReading: Sendable {
    package let claim: any Claim
    package let findings: [Finding]

    package init(_ claim: any Claim, _ evidence: Evidence) {
        self.claim = claim
        findings = claim.findings(evidence)
    }

    package var verdict: ClaimVerdict { .together(findings) }

    /// The verdict as a reader gets it wherever it stands: with how many parts are not behind it.
    package var verdictText: String {
        verdict.text + (undecided.isEmpty ? "" : " (\(undecided.count) of \(findings.count) parts not decided)")
    }

    /// Parts that were not decided, where others were.
    package var undecided: [Finding] {
        let open = findings.filter { !$0.verdict.isDecided }
        return open.count < findings.count ? open : []
    }
}
