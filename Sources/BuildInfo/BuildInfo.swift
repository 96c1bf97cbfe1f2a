// What every executable says of itself.

/// The version of this project; the commit beside it comes from the CommitStamp plugin.
package let projectVersion = "0.1.0"

/// The answer to `--version`: `tidemarkd 0.1.0 (1a2b3c4d5e6f)`; `-modified` follows the commit of a
/// tree with uncommitted changes under Sources.
package func versionLine(of program: String) -> String {
    "\(program) \(projectVersion) (\(buildCommit))"
}
