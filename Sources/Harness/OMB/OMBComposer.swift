// Writes a profile for a workload and a driver, and notes every key that it could not take as it stands.
//
// The profile is text, so that it passes through the reader of all profiles, can be changed by `--set`, and stands in the result: whoever
// wants to go on without OMB's files has it there.
internal import Host
internal import Results

struct OMBComposer {
    let workload: OMBWorkload
    let driver: OMBDriver
    let settings: OMBSettings
    private(set) var deviations: [DeviationRecord] = []
    private var lines: [String] = []

    init(_ workload: OMBWorkload, _ driver: OMBDriver, _ settings: OMBSettings) {
        self.workload = workload
        self.driver = driver
        self.settings = settings
    }

    var isSearch: Bool { workload.producerRate == 0 }

    mutating func plan() throws(ProfileError) -> OMBPlan {
        let title = workload.name.isEmpty ? OMBFile.baseName(workload.path) : workload.name
        lines = ["question: \(Self.quoted("What does the OpenMessaging workload ‘\(title)’ come to with the driver ‘\(driver.name)’?"))"]
        lines.append("name: \(Self.quoted(Self.shortName(OMBFile.baseName(workload.path))))")
        lines.append("tier: \(settings.timeScale == 1 ? "full" : "quick")")
        let replication = cluster()
        topics()
        let isIdempotent = try producers()
        try consumers()
        phases()
        if isSearch { search() }
        backlog()
        lines.append("contract: \(isIdempotent ? "exactly-once" : "at-least-once")")
        forks()
        let interval = max(1, Int((Double(workload.sampleRateMillis) / 1000 * settings.timeScale).rounded()))
        if interval * 1000 != workload.sampleRateMillis {
            deviate("sampleRateMillis", "\(workload.sampleRateMillis)", "\(interval * 1000)", "samples are whole seconds, shortened with the test")
        }
        deviate(
            "publishLatency, endToEndLatency", nil, "from the intended time",
            "a stall counts for every record that it delays; OMB's begin when a record is handed to the client (publish) or stamped by it (end to end)")
        let text = (lines + sources()).joined(separator: "\n") + "\n"
        let profile = try Profile.parse(text, path: "\(workload.path) (as a profile)", overrides: settings.overrides)
        return OMBPlan(
            workload: workload, driver: driver, profile: profile, deviations: deviations, replicationFactor: replication, intervalSeconds: interval)
    }

    // MARK: words

    mutating func add(_ line: String) { lines.append(line) }

    /// - Parameter used: nil: the key has no effect.
    mutating func deviate(_ key: String, _ asked: String?, _ used: String?, _ reason: String) {
        deviations.append(DeviationRecord(key: key, asked: asked, used: used, reason: reason))
    }

    func fault(_ path: String, _ message: String) -> ProfileError { ProfileError(file: path, line: nil, column: nil, message: message) }

    static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").map { $0.isNewline || $0 == "\t" ? " " : String($0) }.joined() + "\""
    }

    /// As a profile's: a-z, 0-9 and `-`.
    static func shortName(_ text: String) -> String {
        let name = String(text.lowercased().prefix(40).map { "abcdefghijklmnopqrstuvwxyz0123456789-".contains($0) ? $0 : "-" })
        return name.isEmpty ? "omb" : name
    }

    static func milliseconds(_ seconds: Double) -> String { "\(Int((seconds * 1000).rounded()))ms" }

    /// `15`, `0.5`
    static func plain(_ value: Double) -> String { value == value.rounded() ? fixed(value, 0) : "\(value)" }

    /// The files as they were read, for whoever reads the result: without what says how to get into a cluster.
    private func sources() -> [String] {
        let blocks = [("topicConfig", settings.properties.topic), ("commonConfig", settings.properties.common), ("producerConfig", settings.properties.producer), ("consumerConfig", settings.properties.consumer)]
        var said = ["", "# OMB workload \(OMBFile.baseName(workload.path)), as read:"]
        said += workload.text.split(separator: "\n").map { line in "#   " + line.filter { !$0.isNewline } }
        said.append("# OMB driver \(driver.name.filter { !$0.isNewline }), replicationFactor \(driver.replicationFactor):")
        for (name, values) in blocks {
            for (key, value) in values.sorted(by: { $0.key < $1.key }) where !Self.isAboutGettingIn(key) {
                said.append("#   \(name): \(key)=\(value.filter { !$0.isNewline })")
            }
        }
        return said
    }

    static func isAboutGettingIn(_ key: String) -> Bool {
        key == "bootstrap.servers" || ["security.", "ssl.", "sasl."].contains { key.hasPrefix($0) }
    }
}
