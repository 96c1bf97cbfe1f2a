// The tree of a profile before it has meaning: Yams nodes turned into values that know where they stand.
internal import Yams

/// Where a value was written.
enum ProfilePlace: Equatable, Sendable {
    case file(String, line: Int, column: Int)
    /// `--set path=value`, as typed.
    case override(String)

    func error(_ message: String) -> ProfileError {
        switch self {
        case .file(let name, let line, let column): ProfileError(file: name, line: line, column: column, message: message)
        case .override(let text): ProfileError(file: "--set \(text)", line: nil, column: nil, message: message)
        }
    }
}

indirect enum ProfileNode: Sendable {
    struct Pair: Sendable {
        let key: String
        let place: ProfilePlace
        var value: ProfileNode
    }
    case scalar(String, ProfilePlace)
    case list([ProfileNode], ProfilePlace)
    case mapping([Pair], ProfilePlace)

    var place: ProfilePlace {
        switch self {
        case .scalar(_, let place), .list(_, let place), .mapping(_, let place): place
        }
    }

    var text: String? {
        guard case .scalar(let text, _) = self else { return nil }
        return text
    }

    /// The tree of a YAML text, or nil for an empty one.
    ///
    /// - Throws: a `ProfileError` with the parser's own complaint and place; repeated keys are one.
    static func parse(_ yaml: String, place: @escaping (Int, Int) -> ProfilePlace) throws(ProfileError) -> ProfileNode? {
        do {
            guard let node = try Yams.compose(yaml: yaml) else { return nil }
            return convert(node, place)
        } catch let error as YamlError {
            throw placed(error, place)
        } catch {
            throw place(1, 1).error("\(error)")
        }
    }

    private static func convert(_ node: Node, _ place: (Int, Int) -> ProfilePlace) -> ProfileNode {
        func here(_ node: Node) -> ProfilePlace { place(node.mark?.line ?? 1, node.mark?.column ?? 1) }
        switch node {
        case .scalar(let scalar): return .scalar(scalar.string, here(node))
        case .sequence(let items): return .list(items.map { convert($0, place) }, here(node))
        case .mapping(let pairs):
            return .mapping(
                pairs.map { Pair(key: $0.key.scalar?.string ?? "?", place: here($0.key), value: convert($0.value, place)) },
                here(node))
        case .alias: return .scalar("*", here(node))
        }
    }

    private static func placed(_ error: YamlError, _ place: (Int, Int) -> ProfilePlace) -> ProfileError {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
            return place(mark.line, mark.column).error("not YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            return place(context.mark.line, context.mark.column).error("repeated key ‘\(duplicates.sorted().joined(separator: "’, ‘"))’")
        default:
            return place(1, 1).error("not YAML: \(error)")
        }
    }
}

/// Values from the command line, laid over a profile before it is decoded: `--set producers.rate=5000`, and of a group among
/// several `--set producers.bulk.rate=5000`.
enum ProfileOverrides {
    /// - Parameter overrides: `dotted.path=YAML value`; later ones win.
    static func apply(_ overrides: [String], to node: ProfileNode) throws(ProfileError) -> ProfileNode {
        var result = node
        for text in overrides {
            let origin = ProfilePlace.override(text)
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                throw origin.error("must read path=value, as in producers.rate=5000")
            }
            let written = String(text[text.index(after: equals)...])
            let value = try ProfileNode.parse(written, place: { _, _ in origin }) ?? .scalar("", origin)
            result = try setting(String(text[..<equals]), to: value, in: result, origin)
        }
        return result
    }

    /// One of them whose value has been read already.
    static func setting(_ path: String, to value: ProfileNode, in node: ProfileNode, _ origin: ProfilePlace) throws(ProfileError) -> ProfileNode {
        try setting(keys(of: path)[...], to: value, in: node, origin)
    }

    /// The broker's own keys have dots in them: `broker.settings.log.cleanup.policy` is one of three.
    private static func keys(of path: String) -> [String] {
        let keys = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard keys.count > 3, keys[0] == "broker", keys[1] == "settings" else { return keys }
        return Array(keys[..<2]) + [keys[2...].joined(separator: ".")]
    }

    private static func setting(
        _ path: ArraySlice<String>, to value: ProfileNode, in node: ProfileNode?, _ origin: ProfilePlace
    ) throws(ProfileError) -> ProfileNode {
        guard let key = path.first else { return value }
        var pairs: [ProfileNode.Pair] = []
        switch node {
        case .mapping(let old, _)?: pairs = old
        case .list(var items, let place)?:
            guard let at = items.firstIndex(where: { $0.name == key }) else {
                let names = items.compactMap(\.name)
                throw origin.error(
                    names.isEmpty ? "‘\(key)’ is looked for in a list: give the whole list as its value"
                        : "‘\(key)’ is no group of the list, which has \(names.joined(separator: ", ")): a key belongs behind the name of its group, as in \(names[0]).rate")
            }
            items[at] = try setting(path.dropFirst(), to: value, in: items[at], origin)
            return .list(items, place)
        default: break
        }
        let at = pairs.firstIndex { $0.key == key }
        let child = try setting(path.dropFirst(), to: value, in: at.map { pairs[$0].value }, origin)
        if let at {
            pairs[at].value = child
        } else {
            pairs.append(.init(key: key, place: origin, value: child))
        }
        return .mapping(pairs, node?.place ?? origin)
    }
}

extension ProfileNode {
    /// Of an element of a list that has one.
    fileprivate var name: String? {
        guard case .mapping(let pairs, _) = self else { return nil }
        return pairs.first { $0.key == "name" }?.value.text
    }
}
