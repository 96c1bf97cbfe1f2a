// After how many restart groups the gate may decide, and how much of the error budget each look may spend.

/// The looks of one campaign. The sums over all looks are what holds, so deciding early costs nothing in truth: a build
/// that changed nothing fails with a probability of at most the error budget over the whole campaign, and one that is
/// exactly 5 % worse passes with at most the sum of `passLimit`, 7 %. A pass claims nothing of the other metrics, so that
/// sum is not divided among them.
package struct LookSchedule: Codable, Equatable, Sendable {
    package struct Look: Codable, Equatable, Sendable {
        /// Groups kept, dropped ones not counted.
        package let groups: Int
        /// Share of the error budget of false alarms, of 1 over all looks.
        package let failShare: Double
        /// Largest p at which "the threshold or more worse" is given up.
        package let passLimit: Double

        package init(groups: Int, failShare: Double, passLimit: Double) {
            self.groups = groups
            self.failShare = failShare
            self.passLimit = passLimit
        }
    }

    package let looks: [Look]

    package init(looks: [Look]) { self.looks = looks }

    /// Little may be spent early and half at the end (after O'Brien & Fleming): of 100 regressions of 5 % on a CI runner
    /// that finds 86, at fewer false alarms than spending evenly, which finds 81. At the first look nothing may fail: ten
    /// groups have 1,024 namings, so the smallest p would eat 1 in 1,000 for regressions that four more groups show.
    package static let standard = LookSchedule(looks: [
        Look(groups: 10, failShare: 0, passLimit: 0.003),
        Look(groups: 14, failShare: 0.03, passLimit: 0.005),
        Look(groups: 20, failShare: 0.07, passLimit: 0.009),
        Look(groups: 28, failShare: 0.15, passLimit: 0.013),
        Look(groups: 38, failShare: 0.25, passLimit: 0.017),
        Look(groups: 50, failShare: 0.50, passLimit: 0.023),
    ])

    /// False alarms of a profile, all its gated metrics together, whatever the noise: the tests are exact and their
    /// limits add up to this. On a CI runner 0.9 % are seen. (With a test by the normal approximation, which is
    /// conservative here, 3 % would have to be written for as many to be seen; with exact ones that gives 2 %.)
    package static let familyAlpha = 0.015

    /// Largest p at which a metric that passes is called improved: asked once, when it passes.
    package static let improvementLimit = 0.005

    package var groupsMaximum: Int { looks.last?.groups ?? 0 }

    /// Nothing is decided on fewer.
    package var groupsMinimum: Int { looks.first?.groups ?? 0 }
}
