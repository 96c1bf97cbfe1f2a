// plotly.js: which file it is, where it is looked for, and what to do where there is none.
package import Foundation
internal import Results

/// The library that draws the charts, as the text that is written into a report. It is no part of the repository and of no
/// program: `Scripts/plotly` fetches it out of PyPI's wheel, and a package has it beside its programs.
package struct ChartLibrary: Sendable {
    /// The version of PyPI's `plotly` whose wheel the file is taken from. `Scripts/plotly` reads it here.
    package static let wheelVersion = "6.5.2"
    /// Of plotly.min.js in it.
    package static let sha256 = "e2b0f77ee8156ff9d525852fe4acb7bfe7d85e8a2e1da0523f6d16209b848968"
    package static let fileName = "plotly.min.js"

    package let text: String
    /// 64 hexadecimal digits, over the text as UTF-8: what the page allows to run.
    package let digest: String

    /// - Throws: `ChartLibraryError` where the file is not there, is no text, or would end the element that it is put into.
    package init(_ data: Data, at path: String) throws(ChartLibraryError) {
        // A parser turns carriage returns into line feeds, and the hash would not fit any more.
        guard let text = String(data: data, encoding: .utf8), !data.contains(0x0d), !data.contains(0), !Markup.endsEarly(text) else {
            throw .unusable(path: path, reason: "it is no script that could stand in a page")
        }
        self.text = text
        digest = SHA256.hex([UInt8](data))
    }

    /// The file that somebody named, whatever version it is.
    package static func named(_ path: String) throws(ChartLibraryError) -> ChartLibrary {
        guard let data = FileManager.default.contents(atPath: path) else { throw .missing(places: [path]) }
        return try ChartLibrary(data, at: path)
    }

    /// The pinned file: beside the program, where SwiftPM built the program, or in the user's cache.
    ///
    /// - Parameter program: path of the running program.
    package static func found(besides program: String, environment: [String: String]) throws(ChartLibraryError) -> ChartLibrary {
        let places = places(program, environment)
        guard let place = places.first(where: { FileManager.default.isReadableFile(atPath: $0) }) else { throw .missing(places: places) }
        let library = try named(place)
        guard library.digest == sha256 else {
            throw .unusable(path: place, reason: "it is not that of plotly \(wheelVersion): its SHA-256 is \(library.digest.prefix(12))… and not \(sha256.prefix(12))…")
        }
        return library
    }

    static func places(_ program: String, _ environment: [String: String]) -> [String] {
        let folder = URL(filePath: program).deletingLastPathComponent()
        // .build/<triple>/<configuration>/tidemark, or as Scripts/build has it .build/ship/<triple>/<configuration>/tidemark.
        let scratch = folder.deletingLastPathComponent().deletingLastPathComponent()
        let build = scratch.lastPathComponent == "ship" ? scratch.deletingLastPathComponent() : scratch
        let cache = [environment["XDG_CACHE_HOME"], environment["HOME"].map { $0 + "/.cache" }].compactMap { $0 }.first { $0.hasPrefix("/") }
        return [folder.appending(path: fileName).path, build.appending(path: "plotly/\(fileName)").path] + (cache.map { ["\($0)/tidemark/plotly-\(wheelVersion)/\(fileName)"] } ?? [])
    }
}

package enum ChartLibraryError: Error, Equatable, CustomStringConvertible {
    case missing(places: [String])
    case unusable(path: String, reason: String)

    package var description: String {
        switch self {
        case .missing(let places):
            """
            the chart library is not there (\(places.joined(separator: ", "))). In the source tree `Scripts/plotly` fetches it. Elsewhere: \
            `pip download plotly==\(ChartLibrary.wheelVersion) --no-deps && unzip -j plotly-\(ChartLibrary.wheelVersion)-*.whl plotly/package_data/plotly.min.js`, \
            then put \(ChartLibrary.fileName) beside the program or name it with --plotly
            """
        case .unusable(let path, let reason): "the chart library \(path) cannot be used: \(reason)"
        }
    }
}
