// Writes the commit of the working tree into a Swift file before each build, so that every
// executable answers --version with it. The file changes only when the commit does.
import Foundation
import PackagePlugin

@main
struct CommitStamp: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let output = context.pluginWorkDirectoryURL.appending(path: "Stamp")
        let script = """
            cd "$1" && mkdir -p "$2"
            commit=$(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
            git diff --quiet HEAD -- Sources Package.swift 2>/dev/null || commit="$commit-modified"
            new="package let buildCommit = \\"$commit\\""
            [ "$(cat "$2/Commit.swift" 2>/dev/null)" = "$new" ] || printf '%s\\n' "$new" > "$2/Commit.swift"
            """
        return [
            .prebuildCommand(
                displayName: "Stamp the commit",
                executable: URL(fileURLWithPath: "/bin/sh"),
                arguments: ["-c", script, "stamp", context.package.directoryURL.path, output.path],
                outputFilesDirectory: output)
        ]
    }
}
