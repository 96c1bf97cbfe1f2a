// Compares sources, the manifest and the README with the graph; each check answers with its violations.
import Foundation

enum LayerCheck {
    /// What a source of `target` imports, or says, against the graph.
    static func violations(in file: RepositoryFile, of target: String) -> [String] {
        guard let layer = layers.first(where: { $0.target == target }) else {
            return ["\(file.path): target \(target) has no row in LayerGraph.swift"]
        }
        var allowed = systemModules.union(layer.imports).union(layer.external)
        if layer.foundation { allowed.formUnion(foundationModules) }
        var found = SourceText.imports(of: file.text).filter { !allowed.contains($0.module) }.map {
            "\(file.path):\($0.line): \(target) may not import \($0.module); its row allows \(layer.line)"
        }
        if synchronousTargets.contains(target) {
            let code = SourceText.code(of: file.text)
            for word in ["async", "await", "actor"] where SourceText.contains(word: word, in: code) {
                found.append("\(file.path): \(target) runs to completion: no `\(word)` here")
            }
        }
        return found
    }

    /// What a C source includes: system headers, or headers of its own target.
    static func includeViolations(in file: RepositoryFile, ownHeaders: Set<String>) -> [String] {
        file.text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.first == "#include", let name = words.last, name.hasPrefix("\"") else { return nil }
            let header = String(name.dropFirst().dropLast())
            return ownHeaders.contains(header) ? nil : "\(file.path): includes \(header) of another target"
        }
    }

    /// Rows that could not stand: an import of a row that is not below, a forbidden arrow, an unknown name.
    static func violations(inGraph graph: [Layer]) -> [String] {
        var found: [String] = []
        for (index, layer) in graph.enumerated() {
            let below = Set(graph[(index + 1)...].map(\.target))
            for name in layer.imports where !below.contains(name) {
                found.append("\(layer.target) imports \(name), which does not stand below it")
            }
            for arrow in forbiddenArrows where arrow.from == layer.target {
                let reached = reachable(from: layer, in: graph)
                if reached.contains(arrow.to) {
                    found.append("\(arrow.from) reaches \(arrow.to): \(arrow.why)")
                }
            }
        }
        return found
    }

    /// What the manifest declares, against the rows: the same targets, the same dependencies.
    static func violations(inManifest declared: [Manifest.Target]) -> [String] {
        var found: [String] = []
        for target in declared where target.type != "test" {
            guard let layer = layers.first(where: { $0.target == target.name }) else {
                found.append(
                    "Package.swift declares \(target.name); add its row to LayerGraph.swift and to Sources/README.md: "
                        + "\(target.name) → \((target.modules + target.products.map { "(\($0))" }).joined(separator: ", "))")
                continue
            }
            let external = layer.external.filter { $0 != "PackagePlugin" }
            for extra in Set(target.modules).symmetricDifference(layer.imports).sorted() {
                found.append("\(target.name) and \(extra): Package.swift and LayerGraph.swift disagree")
            }
            for extra in Set(target.products).symmetricDifference(external).sorted() {
                found.append("\(target.name) and product \(extra): Package.swift and LayerGraph.swift disagree")
            }
        }
        for layer in layers where !declared.contains(where: { $0.name == layer.target }) {
            found.append("LayerGraph.swift has a row for \(layer.target), which Package.swift does not declare")
        }
        return found
    }

    /// The graph block of Sources/README.md, against the rows, in order.
    static func violations(inReadme readme: String) -> [String] {
        guard let start = readme.range(of: "```graph\n"),
            let end = readme.range(of: "```", range: start.upperBound..<readme.endIndex)
        else { return ["Sources/README.md holds no ```graph block"] }
        let shown = readme[start.upperBound..<end.lowerBound].split(separator: "\n").map { line in
            line.split(separator: " ").joined(separator: " ")
        }
        let wanted = layers.map(\.line)
        return wanted.filter { !shown.contains($0) }.map { "Sources/README.md lacks: \($0)" }
            + shown.filter { !wanted.contains($0) }.map { "Sources/README.md shows what the graph does not hold: \($0)" }
            + (Set(shown) == Set(wanted) && shown != wanted ? ["Sources/README.md shows the rows in another order"] : [])
    }

    /// Everything a row reaches through other rows, by name, modules of other packages included.
    private static func reachable(from layer: Layer, in graph: [Layer]) -> Set<String> {
        var seen: Set<String> = []
        var open = layer.imports + layer.external
        while let name = open.popLast() {
            guard seen.insert(name).inserted, let next = graph.first(where: { $0.target == name }) else { continue }
            open += next.imports + next.external
        }
        return seen
    }
}
