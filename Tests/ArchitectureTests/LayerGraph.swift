// The import graph as data: what each target may import, and nothing else.

/// One target and everything its sources may name in an `import`.
struct Layer {
    let target: String
    /// Targets of this package.
    let imports: [String]
    /// Modules of other packages.
    let external: [String]
    /// Whether full Foundation (with ICU) may be linked. Only what is never measured may.
    let foundation: Bool

    init(_ target: String, _ imports: [String], external: [String] = [], foundation: Bool = false) {
        self.target = target
        self.imports = imports
        self.external = external
        self.foundation = foundation
    }

    /// The row as Sources/README.md shows it.
    var line: String {
        let names = imports + external.map { "(\($0))" }
        return "\(target) → \(names.isEmpty ? "nothing" : names.joined(separator: ", "))"
    }
}

/// Top to bottom: a target imports only targets that stand below it, so a cycle cannot be written down.
let layers: [Layer] = [
    Layer(
        "tidemark", ["Harness", "WebReport", "Reports", "Claims", "Comparisons", "Results", "Measurement", "Gate", "Topology", "NullBroker", "Client", "TLS", "Security", "Vocabulary", "Host", "CLinux", "BuildInfo"],
        external: ["ArgumentParser"], foundation: true),
    Layer(
        "tidemarkd", ["Broker", "StorageEngine", "Security", "Telemetry", "Reactor", "Host", "BuildInfo"],
        external: ["Logging", "CoreMetrics"]),
    Layer(
        "microbench",
        ["StorageEngine", "Records", "Wire", "Vocabulary", "Bytes", "Topology", "Gate", "Host", "CLinux", "CReference", "BuildInfo"],
        external: ["ArgumentParser"]),
    Layer(
        "Harness",
        ["Client", "TLS", "Codecs", "Measurement", "Results", "Gate", "Topology", "Records", "Wire", "Vocabulary", "Bytes", "Reactor", "Host", "CLinux"],
        external: ["Yams"], foundation: true),
    Layer("WebReport", ["Claims", "Comparisons", "Gate", "Results", "Measurement", "Host"], foundation: true),
    Layer("Reports", ["Claims", "Comparisons", "Gate", "Results", "Measurement", "Host", "CZlib"], foundation: true),
    Layer("Comparisons", ["Results", "Measurement", "Host"], foundation: true),
    Layer("Claims", ["Results", "Measurement", "Host"], foundation: true),
    Layer("Results", ["Gate", "Measurement", "Host"], foundation: true),
    Layer("NullBroker", ["Measurement", "Wire", "Records", "Vocabulary", "Bytes", "Reactor", "Host", "CLinux"]),
    Layer("Measurement", ["Host", "CLinux"], external: ["Histogram"]),
    Layer("Client", ["Codecs", "TLS", "Security", "Records", "Wire", "Vocabulary", "Bytes", "Reactor", "Host", "CLinux"]),
    Layer(
        "Broker", ["Coordination", "TLS", "StorageEngine", "Security", "Telemetry", "Records", "Wire", "Vocabulary", "Bytes", "Reactor", "Host"],
        external: ["Logging", "CoreMetrics"]),
    Layer("Telemetry", ["Host"], external: ["Logging", "CoreMetrics", "NIOCore", "NIOPosix", "NIOHTTP1"]),
    Layer("StorageEngine", ["Codecs", "Records", "Vocabulary", "Bytes", "Host"]),
    Layer("Wire", ["Bytes", "Vocabulary"]),
    Layer("Security", ["Vocabulary", "Bytes", "CCrypto"]),
    Layer("Coordination", ["Records", "Vocabulary", "Bytes"]),
    Layer("Codecs", ["Records", "CZlib", "CLz4", "CZstd", "CSnappy"]),
    Layer("Records", ["Bytes", "Vocabulary"]),
    Layer("Reactor", ["Bytes", "Host", "CLinux"]),
    Layer("TLS", ["Host", "CLinux"], external: ["NIOSSL", "NIOCore", "NIOPosix", "NIOTLS"]),
    Layer("Topology", ["Host", "CLinux", "CNuma"]),
    Layer("Gate", ["Host"]),
    Layer("Host", ["CLinux"]),
    Layer("Bytes", ["CLinux"]),
    Layer("Vocabulary", []),
    Layer("BuildInfo", []),
    Layer("CommitStamp", [], external: ["PackagePlugin"], foundation: true),
    Layer("CReference", ["CLinux"]),
    Layer("CNuma", []),
    Layer("CZlib", []),
    Layer("CLz4", []),
    Layer("CZstd", []),
    Layer("CSnappy", []),
    Layer("CCrypto", []),
    Layer("CLinux", []),
]

/// Every target may import these: the C library and the standard library's own modules.
let systemModules: Set<String> = ["Glibc", "Swift", "Synchronization", "_Concurrency", "Builtin"]

/// Full Foundation and what pulls it in.
let foundationModules: Set<String> = ["Foundation", "FoundationNetworking", "FoundationXML", "FoundationInternationalization"]

/// Arrows that must never be drawn, whatever the rows above come to say.
struct ForbiddenArrow {
    let from: String
    let to: String
    let why: String
}

let forbiddenArrows: [ForbiddenArrow] =
    ["Broker", "StorageEngine", "NullBroker"].map {
        ForbiddenArrow(from: "Harness", to: $0, why: "the system under test is another process")
    } + [
        ForbiddenArrow(from: "Client", to: "StorageEngine", why: "a client that knew the engine could flatter it"),
        ForbiddenArrow(from: "Client", to: "Broker", why: "a client speaks to any Kafka broker"),
    ] + ["Broker", "StorageEngine", "Reactor", "Wire", "Records", "Client", "Harness"].map {
        ForbiddenArrow(from: "Results", to: $0, why: "a result is read years later, without the engine that made it")
    } + [
        ForbiddenArrow(from: "Comparisons", to: "Harness", why: "stored results are compared without what made them"),
        ForbiddenArrow(from: "Claims", to: "Harness", why: "a verdict is a function of stored results"),
    ] + ["StorageEngine", "Coordination", "Records", "Codecs", "Wire"].flatMap { target in
        ["Reactor", "Logging", "Broker", "Topology"].map {
            ForbiddenArrow(from: target, to: $0, why: "no sockets, loops or logger below the broker")
        }
    }

/// Targets whose sources hold neither `async` nor `await`: they run to completion on their owner's thread.
let synchronousTargets: Set<String> = [
    "StorageEngine", "Coordination", "Records", "Codecs", "Wire", "Bytes", "Gate", "Host", "Vocabulary",
]
