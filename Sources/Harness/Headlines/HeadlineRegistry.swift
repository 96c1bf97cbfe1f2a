// Which headline measurements a profile asks for, in the order they run.

/// The disk comes first: what follows is stated as fractions of it.
package func headlineMeasurements(for profile: Profile) -> [any HeadlineMeasurement] {
    var measurements: [any HeadlineMeasurement] = []
    if let plan = profile.headlines.disk { measurements.append(DiskCalibration(plan: plan)) }
    if let plan = profile.headlines.append { measurements.append(AppendThroughput(plan: plan)) }
    if let plan = profile.headlines.pageCache { measurements.append(PageCacheHitRate(plan: plan)) }
    if let plan = profile.headlines.zeroCopy { measurements.append(ZeroCopySavings(plan: plan)) }
    if let plan = profile.headlines.placement { measurements.append(PlacementLatency(plan: plan)) }
    if let plan = profile.headlines.numa { measurements.append(NUMAMatrix(plan: plan)) }
    measurements += profile.headlines.ask.map { $0.measurement(profile.tier) }
    return measurements
}
