// Where the other programs are: beside this one, as one build leaves them.
internal import Foundation

package enum Programs {
    /// The absolute path of a program beside this executable (or, in tests, beside the test bundle).
    ///
    /// - Throws: `.missingProgram` naming every place that was looked at.
    package static func path(of name: String) throws(HarnessError) -> String {
        let places = searchPath.map { $0 + "/" + name }
        guard let found = places.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else {
            throw .missingProgram(name: name, searched: places)
        }
        return found
    }

    static var searchPath: [String] {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        let bundle = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().path
        var places = [URL(filePath: own).deletingLastPathComponent().path]
        // Under `swift test` the executable is the toolchain's helper; the bundle's directory is an argument.
        for argument in CommandLine.arguments where argument.hasSuffix(".xctest") {
            let directory = URL(filePath: argument).deletingLastPathComponent().path
            if !places.contains(directory) { places.append(directory) }
        }
        if !places.contains(bundle) { places.append(bundle) }
        return places
    }
}
