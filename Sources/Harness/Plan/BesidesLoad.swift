// What a run takes besides its load, for whoever waits for it: estimates, not limits.
internal import Host

/// Seconds of a run in which nothing is measured. From runs on a machine of two CPUs: a faster one needs less, and what has to be waited
/// for, a broker that does not answer or a disk that is behind, has its own limits.
package struct BesidesLoad: Equatable, Sendable {
    /// Looking at the machine, starting brokers and ending them, making topics, storing the result.
    package private(set) var starting = 0.0
    /// Memory that is made ready before a load that nothing holds back.
    package private(set) var warming = 0.0
    /// Waiting until everything is acknowledged and read.
    package private(set) var draining = 0.0
    /// Reading back what nobody read along.
    package private(set) var auditing = 0.0

    static let runSeconds = 1.5
    static let brokerSeconds = 0.7
    static let partitionSeconds = 0.002
    static let drainSeconds = 0.2
    static let warmBytesPerSecond = 1e9
    static let readBackBytesPerSecond = 300e6
    /// What a load that nothing holds back appends, as a guess: far below what the disk is planned for.
    static let maximumBytesPerSecond = 500e6

    package init() {}

    /// One run after the other.
    package mutating func add(_ other: BesidesLoad) {
        starting += other.starting
        warming += other.warming
        draining += other.draining
        auditing += other.auditing
    }

    package var seconds: Double { starting + warming + draining + auditing }

    /// `starting and ending 2.2 s, warm memory 1.1 s, drains 0.4 s, reading back 3.0 s`
    package var text: String {
        [("starting and ending", starting), ("warm memory", warming), ("drains", draining), ("reading back", auditing)]
            .filter { $0.1 > 0 }.map { "\($0.0) \(fixed($0.1, 1)) s" }.joined(separator: ", ")
    }

    /// Of everything that a run of this profile does.
    ///
    /// - Parameters:
    ///   - brokers: started beside that of the profile's own load.
    ///   - hasOwnLoad: whether that is run.
    static func estimate(_ profile: Profile, brokers: Int, hasOwnLoad: Bool) -> BesidesLoad {
        var besides = BesidesLoad()
        besides.starting = runSeconds + Double(brokers) * brokerSeconds
        guard hasOwnLoad else { return besides }
        let sets = profile.usedTopicSets
        besides.starting += brokerSeconds + Double(sets.reduce(0) { $0 + $1.allPartitions }) * partitionSeconds
        let isOpen = profile.producerGroups.allSatisfy { $0.mode == .open }
        if !isOpen || profile.search != nil { besides.warming = Double(OwnLoad.warmBytes) / warmBytesPerSecond }
        // Behind the warm-up, and behind each window.
        let windows = 1 + profile.later.count + (profile.backlog == nil ? 0 : 2) + (profile.search?.bounds.trialsExpected ?? 0)
        besides.draining = Double((profile.phases.warmUpNanoseconds > 0 ? 1 : 0) + windows) * drainSeconds
        let readBack = sets.filter { set in !profile.consumerGroups.contains { $0.topic == set.name && !$0.isSlow } }
        besides.auditing = readBack.reduce(0) { $0 + logBytes(profile, $1) } / readBackBytesPerSecond
        return besides
    }

    /// What is there to be read in the end, of topics that nobody read along.
    private static func logBytes(_ profile: Profile, _ set: TopicPlan) -> Double {
        let rates = profile.producerGroups.filter { $0.topic == set.name }.map { group in (group.rateShape?.highest ?? group.recordsPerSecond).map { $0 * group.sizes.mean } }
        var perSecond = rates.reduce(0) { $0 + ($1 ?? 0) }
        if rates.contains(where: { $0 == nil }) { perSecond += maximumBytesPerSecond }
        let backlog = profile.backlog?.buildNanoseconds(profile.producerGroups, profile.consumerGroups) ?? 0
        let nanoseconds = profile.search?.cost(profile).loadNanoseconds ?? profile.phases.longestNanoseconds + backlog
        let written = perSecond * Double(nanoseconds) / 1e9
        guard let retained = set.retentionBytes else { return written }
        return min(written, Double(Int64(set.allPartitions) * (retained + set.segmentBytes)))
    }
}
