// The arguments of `tidemarkd credentials`.
internal import Broker
internal import Security

extension Command {
    static func credentials(_ arguments: ArraySlice<String>) throws(ConfigurationError) -> CredentialsRequest {
        let flags = ["--data-dir", "--user", "--mechanism", "--iterations", "--password-file"]
        var values: [String: String] = [:]
        var directories: [String] = []
        var rest = arguments
        let action = rest.popFirst() ?? ""
        guard ["add", "remove", "list"].contains(action) else {
            throw ConfigurationError("say what to do: tidemarkd credentials add, remove or list --data-dir DIR …")
        }
        while let argument = rest.popFirst() {
            let (name, inline) = split(argument)
            guard flags.contains(name) else {
                if name.hasPrefix("--password") {
                    throw ConfigurationError("a password never stands in a command line: pipe it in, or give --password-file FILE")
                }
                throw ConfigurationError("unknown argument \"\(named(argument))\"")
            }
            guard let value = inline ?? rest.popFirst(), !value.isEmpty else { throw ConfigurationError("\(name) needs a value") }
            if name == "--data-dir" { directories.append(value) } else if values.updateValue(value, forKey: name) != nil {
                throw ConfigurationError("\(name) is given twice")
            }
        }
        guard !directories.isEmpty else { throw ConfigurationError("--data-dir DIR is missing: all of the broker's, as it is given them") }
        var request = CredentialsRequest(action: .list, directories: directories, passwordPath: values["--password-file"])
        switch action {
        case "add":
            guard let mechanism = try mechanism(values) else { throw ConfigurationError("--mechanism SCRAM-SHA-256 or SCRAM-SHA-512 is missing") }
            request.action = .add(user: try user(values), mechanism, iterations: try iterations(values))
        case "remove":
            try refuse(["--iterations", "--password-file"], values, action)
            request.action = .remove(user: try user(values), try mechanism(values))
        default: try refuse(["--user", "--mechanism", "--iterations", "--password-file"], values, action)
        }
        return request
    }

    private static func refuse(_ names: [String], _ values: [String: String], _ action: String) throws(ConfigurationError) {
        if let name = names.first(where: { values[$0] != nil }) { throw ConfigurationError("credentials \(action) takes no \(name)") }
    }

    private static func user(_ values: [String: String]) throws(ConfigurationError) -> String {
        guard let user = values["--user"] else { throw ConfigurationError("--user NAME is missing") }
        guard user.utf8.count <= CredentialBook.userLimitBytes else {
            throw ConfigurationError("--user: a name has at most \(CredentialBook.userLimitBytes) bytes")
        }
        return user
    }

    private static func mechanism(_ values: [String: String]) throws(ConfigurationError) -> ScramMechanism? {
        guard let name = values["--mechanism"] else { return nil }
        guard let mechanism = ScramMechanism(name: name) else {
            throw ConfigurationError("--mechanism \(name): \(ScramMechanism.allCases.map(\.name).joined(separator: " or ")) is expected")
        }
        return mechanism
    }

    private static func iterations(_ values: [String: String]) throws(ConfigurationError) -> Int {
        let limits = ScramCredential.iterationLimits
        guard let text = values["--iterations"] else { return limits.lowerBound }
        guard let count = Int(text), limits.contains(count) else {
            throw ConfigurationError("--iterations \(text): a number from \(limits.lowerBound) to \(limits.upperBound) is expected")
        }
        return count
    }
}
