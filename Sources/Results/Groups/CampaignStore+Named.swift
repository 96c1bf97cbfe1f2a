// Comparisons by the names a person gives them.
package import Foundation

extension CampaignStore {
    /// The comparison that somebody means by `name`: its directory, its ab.json, or a part of the name of exactly one under `root`.
    ///
    /// - Throws: `ResultError.notFound`.
    package static func named(_ name: String, under root: URL) throws(ResultError) -> CampaignStore {
        let place = URL(filePath: name)
        if place.lastPathComponent == recordName, holdsRecord(place.deletingLastPathComponent()) {
            return CampaignStore(directory: place.deletingLastPathComponent())
        }
        if holdsRecord(place) { return CampaignStore(directory: place) }
        let entries = (try? FileManager.default.contentsOfDirectory(at: root, includingPropertiesForKeys: nil)) ?? []
        let fitting = entries.filter { !name.contains("/") && $0.lastPathComponent.contains(name) && holdsRecord($0) }
        guard fitting.count <= 1 else {
            let names = fitting.map(\.lastPathComponent).sorted().joined(separator: " or ")
            throw .notFound(name: name, reason: "it could be \(names)")
        }
        guard let found = fitting.first else {
            throw .notFound(name: name, reason: "neither a place with an \(recordName) nor a part of a name under \(root.relativePath)")
        }
        return CampaignStore(directory: found)
    }

    private static func holdsRecord(_ directory: URL) -> Bool {
        FileManager.default.fileExists(atPath: directory.appendingPathComponent(recordName).path)
    }
}
