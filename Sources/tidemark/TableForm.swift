// Which form of the result table a command prints, and how its reader gets the other one.
internal import Foundation
internal import Results

extension ResultTable.Form {
    /// - Parameter directory: of the stored run.
    static func asked(full: Bool, directory: URL) -> ResultTable.Form {
        full ? .full : .oneScreen(inFull: "\(CommandLine.arguments[0]) report --full \(fromHere(directory.path))")
    }

    /// As someone would type it in the working directory.
    private static func fromHere(_ path: String) -> String {
        let here = FileManager.default.currentDirectoryPath + "/"
        return path.hasPrefix(here) ? String(path.dropFirst(here.count)) : path
    }
}
