// Package.swift as SwiftPM understands it.
import Foundation

enum Manifest {
    struct Target {
        let name: String
        /// `regular`, `executable`, `test`, `system` or `plugin`.
        let type: String
        /// Targets of this package.
        let modules: [String]
        /// Products of other packages.
        let products: [String]
    }

    /// Asks SwiftPM in a scratch directory of its own: the one in use is locked while the tests run.
    static func targets() throws -> [Target] {
        let (status, text) = try Repository.output(
            of: "swift", ["package", "--scratch-path", ".build/manifest", "dump-package"])
        guard status == 0, let root = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any],
            let targets = root["targets"] as? [[String: Any]]
        else { throw CocoaError(.fileReadCorruptFile) }
        return targets.map { target in
            let dependencies = target["dependencies"] as? [[String: Any]] ?? []
            func names(_ kind: String) -> [String] {
                dependencies.compactMap { ($0[kind] as? [Any])?.first as? String }
            }
            return Target(
                name: target["name"] as? String ?? "", type: target["type"] as? String ?? "",
                modules: names("byName") + names("target"), products: names("product"))
        }
    }
}
