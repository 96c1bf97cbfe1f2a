import Foundation
import Testing

private func planted(_ text: String, in target: String) -> [String] {
    LayerCheck.violations(in: RepositoryFile(path: "Sources/\(target)/Planted.swift", text: text), of: target)
}

@Suite struct LayerTests {
    @Test(arguments: [
        ("package import StorageEngine", "Harness", "StorageEngine"),
        ("@testable import Broker", "Harness", "Broker"),
        ("internal import struct StorageEngine.PartitionLog", "Client", "StorageEngine"),
        ("internal import Glibc; internal import Logging", "StorageEngine", "Logging"),
        ("#if canImport(Foundation)\n  import Foundation\n#endif", "Bytes", "Foundation"),
        ("import Broker", "Results", "Broker"),
    ])
    func `a planted import is caught`(text: String, target: String, module: String) {
        let found = planted(text, in: target)
        #expect(found.count == 1)
        #expect(found.first?.contains("may not import \(module)") == true)
    }

    @Test func `an import in a comment or a string is none`() {
        let text = """
            // import Broker
            /* import Broker
            import Broker */
            let story = "import Broker"
            let code = \"\"\"
                import Broker
                \"\"\"
            internal import Client
            """
        #expect(SourceText.imports(of: text) == [ImportLine(line: 8, module: "Client")])
        #expect(planted(text, in: "Harness").isEmpty)
    }

    @Test func `an await in the engine is caught`() {
        #expect(planted("func read() async -> Int { await other() }", in: "StorageEngine").count == 2)
        #expect(planted("// async work stays in the broker\nlet asynchronous = 1", in: "StorageEngine").isEmpty)
    }

    @Test func `a cycle and a forbidden detour are caught`() {
        let cycle = [Layer("A", ["B"]), Layer("B", ["A"])]
        #expect(LayerCheck.violations(inGraph: cycle) == ["B imports A, which does not stand below it"])
        let detour = [Layer("Harness", ["Wire"]), Layer("Wire", ["Broker"]), Layer("Broker", [])]
        #expect(LayerCheck.violations(inGraph: detour).contains { $0.hasPrefix("Harness reaches Broker") })
    }

    @Test func `a dependency that only the manifest declares is caught`() {
        let target = Manifest.Target(name: "Wire", type: "regular", modules: ["Bytes", "Vocabulary", "Host"], products: [])
        let found = LayerCheck.violations(inManifest: [target]).filter { $0.hasPrefix("Wire") }
        #expect(found == ["Wire and Host: Package.swift and LayerGraph.swift disagree"])
    }

    @Test func `an include of another target's header is caught`() {
        let file = RepositoryFile(path: "Sources/CLinux/planted.c", text: "#include <stdio.h>\n#include \"CReference.h\"\n")
        #expect(LayerCheck.includeViolations(in: file, ownHeaders: ["CLinux.h"]).count == 1)
    }

    @Test func `the graph holds`() {
        #expect(LayerCheck.violations(inGraph: layers) == [])
    }

    @Test func `every import in Sources stands in the graph`() throws {
        var found: [String] = []
        for file in Repository.files(under: "Sources", suffixes: [".swift"]) {
            found += LayerCheck.violations(in: file, of: String(file.path.split(separator: "/")[1]))
        }
        #expect(found == [])
    }

    @Test func `C targets include only headers of their own and of the targets in their row`() {
        let files = Repository.files(under: "Sources", suffixes: [".c", ".h"])
        var found: [String] = []
        for file in files {
            let target = String(file.path.split(separator: "/")[1])
            let reached = [target] + (layers.first { $0.target == target }?.imports ?? [])
            let own = files.filter { header in
                header.path.hasSuffix(".h") && reached.contains { header.path.hasPrefix("Sources/\($0)/") }
            }
                .compactMap { $0.path.split(separator: "/").last.map(String.init) }
            found += LayerCheck.includeViolations(in: file, ownHeaders: Set(own))
        }
        #expect(found == [])
    }

    @Test func `the manifest declares the graph`() throws {
        #expect(LayerCheck.violations(inManifest: try Manifest.targets()) == [])
    }

    @Test func `the README shows the graph`() throws {
        #expect(LayerCheck.violations(inReadme: try Repository.read("Sources/README.md")) == [])
        #expect(!LayerCheck.violations(inReadme: "```graph\nBytes → Broker\n```").isEmpty)
    }
}
