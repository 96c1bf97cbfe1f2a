// What OMB's two files come to here: a profile, and where that is not what they ask for.
package import Results

/// What the files do not say.
package struct OMBSettings: Sendable {
    /// Of minutes and of backlogs, above 0 and at most 1.
    package var timeScale = 1.0
    /// The directory that `payloadFile` is relative to; nil: one of those above the workload.
    package var root: String?
    /// Of the cluster.
    package var brokers = 1
    /// Whether the cluster is somebody else's.
    package var isExternal = false
    /// Why what the driver says about getting in has no effect; nil: it is honoured.
    package var securityUnused: String?
    /// Of the driver.
    package var properties = OMBProperties()
    /// `path=value` settings laid over the profile.
    package var overrides: [String] = []

    package init() {}
}

package struct OMBPlan: Sendable {
    package let workload: OMBWorkload
    package let driver: OMBDriver
    package let profile: Profile
    package let deviations: [DeviationRecord]
    /// Of the topics that the run makes.
    package let replicationFactor: Int
    /// Of OMB's samples.
    package let intervalSeconds: Int

    /// As a point of a matrix, which a sweep template is.
    package var point: SweepPoint { SweepPoint(settings: workload.choices.map { ($0.key, "\($0.value)") }, profile: profile) }

    /// A plan a workload.
    ///
    /// - Throws: `ProfileError`, with the file that it is about.
    package static func all(_ workloads: [OMBWorkload], _ driver: OMBDriver, _ settings: OMBSettings) throws(ProfileError) -> [OMBPlan] {
        var plans: [OMBPlan] = []
        for workload in workloads {
            var composer = OMBComposer(workload, driver, settings)
            plans.append(try composer.plan())
        }
        return plans
    }
}
