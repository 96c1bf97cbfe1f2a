// p, q, r. What takes several brokers.

struct ClusterClaim: Claim {
    let letter, name, sentence: String
    let method = "None yet: it takes several brokers."
    let experiments: [String] = []

    func findings(_ evidence: Evidence) -> [Finding] { [Finding(sentence, .needsACluster)] }
}
