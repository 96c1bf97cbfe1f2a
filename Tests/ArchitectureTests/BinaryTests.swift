import Foundation
import Testing

/// The programs whose figures are compared: they hold only what is measured.
private let measuredPrograms = ["tidemarkd", "microbench"]

@Suite struct BinaryTests {
    @Test func `a planted library and a planted symbol are caught`() {
        let dynamic = " 0x01 (NEEDED)  Shared library: [libFoundation.so]\n 0x01 (NEEDED)  Shared library: [libc.so.6]"
        #expect(BinaryCheck.libraries("tidemarkd", dynamic: dynamic) == ["tidemarkd needs libFoundation.so"])
        let names = "                 U $s10Foundation4DataV\n00012 T main\n                 U $s20FoundationEssentials4DataV"
        #expect(BinaryCheck.symbols("tidemarkd", names: names) == ["tidemarkd holds $s10Foundation4DataV"])
    }

    @Test(arguments: measuredPrograms)
    func `a measured program holds no Foundation, no ICU and no YAML`(program: String) throws {
        guard try Manifest.targets().contains(where: { $0.name == program }) else { return }
        let path = ".build/debug/\(program)"
        let (status, dynamic) = try Repository.output(of: "readelf", ["-d", path])
        try #require(status == 0, "\(path) is not built, or readelf (package binutils) is missing")
        #expect(BinaryCheck.libraries(program, dynamic: dynamic) == [])
        let (_, names) = try Repository.output(of: "nm", [path])
        try #require(names.contains(" main"))
        #expect(BinaryCheck.symbols(program, names: names) == [])
    }
}
