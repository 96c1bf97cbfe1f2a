import BuildInfo
import Testing

@Suite struct VersionTests {
    @Test func `the version line names the program and a commit`() {
        let line = versionLine(of: "tidemarkd")
        #expect(line.hasPrefix("tidemarkd \(projectVersion) ("))
        #expect(!line.contains("unknown"))
    }
}
