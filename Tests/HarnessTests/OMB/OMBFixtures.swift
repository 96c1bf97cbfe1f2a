// OMB's kinds of files as the project writes them itself, every key among them.
import Foundation
import Results

@testable import Harness

enum OMBFixtures {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Golden/omb").path

    static let workloads = ["omb", "payload", "sizes", "search", "template"]
    static let drivers = ["kafka", "redpanda"]

    static func workload(_ name: String) throws -> [OMBWorkload] { try OMBWorkload.load("\(root)/workloads/\(name).yaml") }
    static func driver(_ name: String) throws -> OMBDriver { try OMBDriver.load("\(root)/\(name).yaml") }

    /// `key=value` lines without escapes, which is all that these files have.
    static func properties(of driver: OMBDriver) -> OMBProperties {
        func values(_ text: String) -> [String: String] {
            Dictionary(
                text.split(separator: "\n").compactMap { line in
                    line.firstIndex(of: "=").map { (String(line[..<$0]).trimmingCharacters(in: .whitespaces), String(line[line.index(after: $0)...])) }
                }) { _, last in last }
        }
        var properties = OMBProperties()
        properties.topic = values(driver.topicConfig)
        properties.common = values(driver.commonConfig)
        properties.producer = values(driver.producerConfig)
        properties.consumer = values(driver.consumerConfig)
        return properties
    }

    static func plans(_ workloads: [OMBWorkload], _ driver: OMBDriver, _ change: (inout OMBSettings) -> Void = { _ in }) throws -> [OMBPlan] {
        var settings = OMBSettings()
        settings.properties = properties(of: driver)
        change(&settings)
        return try OMBPlan.all(workloads, driver, settings)
    }

    static func plan(_ workload: String, _ driver: String = "kafka", _ change: (inout OMBSettings) -> Void = { _ in }) throws -> OMBPlan {
        try plans(try self.workload(workload), try self.driver(driver), change)[0]
    }
}

extension OMBPlan {
    func deviation(_ key: String) -> String? { deviations.first { $0.key == key }?.brief }
}
