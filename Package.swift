// swift-tools-version: 6.2
import PackageDescription

// The graph: each target imports only what its line names. Tests/ArchitectureTests holds the same
// graph as data and compares every `import` in Sources with it, because SwiftPM lets an undeclared
// transitive import compile.
let swift: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
    // Asking at each access to a class's property whether it overlaps another takes 12 to 20 % of a hot path. Debug builds, in which
    // the tests run, go on asking.
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]
// C is optimised in debug builds too: a CRC loop at -O0 makes every test wait for it.
let c: [CSetting] = [.unsafeFlags(["-O2", "-Wall", "-Wextra", "-Werror"])]

let log = Target.Dependency.product(name: "Logging", package: "swift-log")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let yaml = Target.Dependency.product(name: "Yams", package: "Yams")
let metrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let nioHTTP = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")

func module(_ name: String, _ dependencies: Target.Dependency..., excluding files: [String] = []) -> Target {
    .target(name: name, dependencies: dependencies, exclude: files, swiftSettings: swift)
}
func tests(_ name: String, _ dependencies: Target.Dependency...) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: swift)
}

let package = Package(
    name: "tidemark",
    products: [
        .executable(name: "tidemark", targets: ["tidemark"]),
        .executable(name: "tidemarkd", targets: ["tidemarkd"]),
        .executable(name: "microbench", targets: ["microbench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .target(name: "CLinux", cSettings: c),
        .systemLibrary(name: "CNuma", pkgConfig: "numa", providers: [.apt(["libnuma-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CLz4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CSnappy", pkgConfig: "snappy", providers: [.apt(["libsnappy-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .plugin(name: "CommitStamp", capability: .buildTool(), path: "Sources/CommitStamp"),
        .target(name: "BuildInfo", swiftSettings: swift, plugins: ["CommitStamp"]),
        module("Vocabulary"),
        module("Bytes", "CLinux"),
        module("Host", "CLinux"),
        .target(name: "CReference", dependencies: ["CLinux"], cSettings: c),
        module("Gate", "Host"),
        module("Topology", "Host", "CLinux", "CNuma"),
        module("Reactor", "Bytes", "Host", "CLinux"),
        module("Records", "Bytes", "Vocabulary"),
        module("Coordination", "Records", "Vocabulary", "Bytes"),
        module("Codecs", "Records", "CZlib", "CLz4", "CZstd", "CSnappy"),
        module("Wire", "Bytes", "Vocabulary"),
        module("Security", "Vocabulary", "Bytes", "CCrypto"),
        module("StorageEngine", "Codecs", "Records", "Vocabulary", "Bytes", "Host", excluding: ["FORMAT.md"]),
        module("TLS", "Host", "CLinux", nioSSL, nioCore, nioPosix, nioTLS, excluding: ["README.md"]),
        module("Telemetry", "Host", log, metrics, nioCore, nioPosix, nioHTTP),
        module("Broker", "Coordination", "TLS", "StorageEngine", "Security", "Telemetry", "Records", "Wire", "Vocabulary", "Bytes", "Reactor", "Host", log, metrics, excluding: ["Security/ACCESS.md", "Metrics/METRICS.md"]),
        module("Client", "Codecs", "TLS", "Security", "Records", "Wire", "Vocabulary", "Bytes", "Reactor", "Host", "CLinux"),
        module("NullBroker", "Measurement", "Wire", "Records", "Vocabulary", "Bytes", "Reactor", "Host", "CLinux"),
        module("Measurement", "Host", "CLinux", histogram),
        module("Results", "Gate", "Measurement", "Host"),
        module("Claims", "Results", "Measurement", "Host"),
        module("Comparisons", "Results", "Measurement", "Host"),
        module("Reports", "Claims", "Comparisons", "Gate", "Results", "Measurement", "Host", "CZlib"),
        module("WebReport", "Claims", "Comparisons", "Gate", "Results", "Measurement", "Host"),
        module("Harness", "Client", "TLS", "Codecs", "Measurement", "Results", "Gate", "Topology", "Records", "Wire", "Vocabulary", "Bytes", "Reactor", "Host", "CLinux", yaml),
        .executableTarget(name: "tidemark", dependencies: ["Harness", "WebReport", "Reports", "Claims", "Comparisons", "Results", "Measurement", "Gate", "Topology", "NullBroker", "Client", "TLS", "Security", "Vocabulary", "Host", "CLinux", "BuildInfo", arguments], swiftSettings: swift),

        .executableTarget(
            name: "tidemarkd", dependencies: ["Broker", "StorageEngine", "Security", "Telemetry", "Reactor", "Host", "BuildInfo", log, metrics],
            exclude: ["OPERATIONS.md"], swiftSettings: swift),
        .executableTarget(
            name: "microbench",
            dependencies: ["StorageEngine", "Records", "Wire", "Vocabulary", "Bytes", "Topology", "Gate", "Host", "CLinux", "CReference", "BuildInfo", arguments],
            swiftSettings: swift),

        tests("BytesTests", "Bytes", "CLinux"),
        tests("HostTests", "Host"),
        tests("GateTests", "Gate"),
        tests("ReactorTests", "Reactor", "Bytes", "Host", "CLinux"),
        tests("StorageEngineTests", "StorageEngine", "Codecs", "Records", "Vocabulary", "Bytes", "Host"),
        tests("BrokerTests", "Broker", "Coordination", "TLS", nioSSL, nioCore, nioPosix, "StorageEngine", "Security", "Telemetry", "Codecs", "Wire", "Records", "Vocabulary", "Bytes", "Host", "CLinux", "Reactor", log, metrics),
        tests("TLSTests", "TLS"),
        tests("TelemetryTests", "Telemetry", log, metrics),
        tests("RecordsTests", "Records", "Bytes", "Vocabulary"),
        tests("CoordinationTests", "Coordination", "Records", "Vocabulary", "Bytes"),
        tests("CodecsTests", "Codecs", "Records"),
        tests("WireTests", "Wire", "Bytes", "Vocabulary"),
        tests("SecurityTests", "Security", "Vocabulary"),
        tests("MicrobenchTests", "microbench", "CReference", "CLinux", "StorageEngine", "Records", "Vocabulary", "Bytes", "Host"),
        tests("TopologyTests", "Topology", "Host"),
        tests("MeasurementTests", "Measurement", "Host"),
        tests("ClientTests", "Client", "NullBroker", "TLS", "Security", "Reactor", "Records", "Wire", "Vocabulary", "Bytes", "Host", "CLinux"),
        tests("HarnessTests", "Harness", "Claims", "NullBroker", "Client", "Security", "Codecs", "Measurement", "Results", "Gate", "Topology", "Records", "Reactor", "Wire", "Vocabulary", "Host", "CLinux"),
        tests("NullBrokerTests", "NullBroker", "Measurement", "Wire", "Records", "Vocabulary", "Bytes", "CLinux", "Host"),
        tests("ResultsTests", "Results", "Gate", "Measurement"),
        tests("ClaimsTests", "Claims", "Reports", "Results", "Measurement"),
        tests("ComparisonsTests", "Comparisons", "Results", "Measurement"),
        tests("ReportsTests", "Reports", "Comparisons", "Gate", "Results", "Measurement", yaml),
        tests("WebReportTests", "WebReport", "Claims", "Comparisons", "Gate", "Results", "Measurement"),
        tests("EndToEndTests", "Harness", "NullBroker", "Results", "Gate", "Measurement", "Host"),
        tests("TidemarkTests", "tidemark", "NullBroker", "TLS", "Security", "Gate", "Results", arguments),
        tests("TidemarkdTests", "tidemarkd", "Host", "Wire", "Records", "Bytes", "CLinux"),
        tests("ArchitectureTests", "BuildInfo"),
    ]
)
