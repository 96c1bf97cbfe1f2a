// A driver file of OpenMessaging Benchmark, of its Kafka driver or of Redpanda's.

package struct OMBDriver: Equatable, Sendable {
    package var path: String
    package var text: String
    package var name: String
    package var replicationFactor = 1
    /// Java properties, as they stand in the file.
    package var topicConfig = ""
    package var commonConfig = ""
    package var producerConfig = ""
    package var consumerConfig = ""
    /// Redpanda's: whether topics that earlier runs left are removed first.
    var reset = false
    /// Whether it is of Redpanda's fork, whose warm-up takes half an hour where nothing else is said.
    var isRedpanda = false
}

extension OMBDriver {
    static let keys = ["name", "driverClass", "replicationFactor", "topicConfig", "commonConfig", "producerConfig", "consumerConfig", "reset"]

    /// - Throws: a `ProfileError` at what can't be read or is not known.
    package static func load(_ path: String) throws(ProfileError) -> OMBDriver {
        let text = try OMBFile.text(path)
        return try read(text, path: path)
    }

    static func read(_ text: String, path: String) throws(ProfileError) -> OMBDriver {
        let section = try OMBFile.section(text, path: path, kind: "driver", keys: keys)
        var driver = OMBDriver(path: path, text: text, name: try section.string("name") ?? OMBFile.baseName(path))
        let driverClass = try section.required("driverClass", try section.string("driverClass"))
        let maker = driverClass.split(separator: ".").dropLast().suffix(2).joined(separator: ".")
        guard ["driver.kafka", "driver.redpanda"].contains(maker) || driverClass.hasSuffix("KafkaBenchmarkDriver") || driverClass.hasSuffix("RedpandaBenchmarkDriver") else {
            throw section.error(
                "driverClass", "‘\(driverClass)’ drives something that does not speak Kafka's protocol; io.openmessaging.benchmark.driver.kafka.KafkaBenchmarkDriver and Redpanda's do")
        }
        driver.isRedpanda = maker == "driver.redpanda" || driverClass.hasSuffix("RedpandaBenchmarkDriver")
        driver.replicationFactor = try section.int("replicationFactor", 1...Int(Int16.max)) ?? 1
        driver.reset = try section.bool("reset") ?? false
        func block(_ key: String) throws(ProfileError) -> String { try section.value(key, "a block of Java properties") { $0 } ?? "" }
        driver.topicConfig = try block("topicConfig")
        driver.commonConfig = try block("commonConfig")
        driver.producerConfig = try block("producerConfig")
        driver.consumerConfig = try block("consumerConfig")
        return driver
    }
}

/// The four blocks as keys and values.
package struct OMBProperties: Equatable, Sendable {
    package var topic: [String: String] = [:]
    package var common: [String: String] = [:]
    package var producer: [String: String] = [:]
    package var consumer: [String: String] = [:]
    package init() {}
}
