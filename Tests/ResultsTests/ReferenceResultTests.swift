// The results kept in git: whole, sealed as they were made, and told apart by the page beside them.
import Foundation
import Measurement
import Testing

@testable import Results

@Suite struct ReferenceResultTests {
    private let store = ResultStore(root: URL(fileURLWithPath: repositoryFile("Results")))
    private var references: [URL] { store.list().filter { $0.path.contains("/\(ResultStore.referenceName)/") } }

    @Test func `every reference result is complete, valid, and nobody changed it`() throws {
        #expect(!references.isEmpty)
        for place in references {
            let record = try store.load(place)
            #expect(record.complete, "\(place.lastPathComponent)")
            #expect(record.verdict?.outcome != .invalid, "\(place.lastPathComponent)")
            #expect(record.identity.directoryName == place.lastPathComponent)
            #expect(!record.software.broker.contains("modified"), "a reference can be built again: \(record.software.broker)")
        }
    }

    @Test func `the page beside them says how each of them was made`() throws {
        let page = try String(contentsOfFile: repositoryFile("Results/reference/README.md"), encoding: .utf8)
        for place in references { #expect(page.contains(place.lastPathComponent), "\(place.lastPathComponent)") }
    }
}
