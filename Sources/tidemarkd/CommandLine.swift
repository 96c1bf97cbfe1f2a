// The command line, read strictly. Settings come from the broker's table; only what names this machine has a flag.
internal import Broker

/// What `tidemarkd` was asked to do.
enum Command {
    case serve(BrokerConfiguration)
    case log(LogRequest)
    case completion
    case credentials(CredentialsRequest)
    case help
    case version

    static let usage = """
        usage: tidemarkd serve --data-dir DIR … [--listen HOST:PORT[,transfer=splice|sendfile|copy|mmap][,buffer=SIZE]
                                                          or HOST:PORT,security=tls[,ssl.client.auth=none|requested|required]
                                                          or HOST:PORT,security=sasl|sasl-tls] …
                               [--config FILE] [--set KEY=VALUE] … [--loops N] [--pin CPU,CPU…] [--counters FILE]
                               [--metrics-listen HOST:PORT] [--log-format FORMAT]
               tidemarkd log dump DIR [--records] [--json]
               tidemarkd log verify DIR [--json]
               tidemarkd completion bash
               tidemarkd credentials add --data-dir DIR … --user NAME --mechanism NAME
                               [--iterations N] [--password-file FILE]
               tidemarkd credentials remove --data-dir DIR … --user NAME [--mechanism NAME]
               tidemarkd credentials list --data-dir DIR …
               tidemarkd --version | --help

          --listen     where to listen; may repeat. Port 0: any free one. Default 127.0.0.1:9092, splice, not encrypted.
                       security=tls takes its certificates from the ssl.… keys of the table below.
                       security=sasl: clients have to prove who they are; sasl-tls: encrypted too.
          --data-dir   where the logs are kept; may repeat. New partitions go to the directory with the fewest.
          --config     a file of key=value lines. --set comes after it, whatever the order.
          --set        one key of the table below.
          --loops      event loops, each with its own connections and partitions. Default: 1 on up to two CPUs, else CPUs − 1.
          --pin        CPUs to pin the loops to, in turn.
          --counters   a file to keep counters in, for others to map.
          --metrics-listen   where /metrics and /healthz are served over HTTP; a port alone is one of the loopback address.
                       The same as --set metrics.listen=…
          --log-format text, or json: one object a line. The same as --set logger.format=…

        When it serves, it prints one line: tidemarkd ready pid=PID listeners=HOST:PORT,…
        A service manager that gave it NOTIFY_SOCKET is told, too (systemd: Type=notify).
        SIGHUP reads the file of --config again: keys that are marked live take effect, others are named and wait.
        SIGTERM and SIGINT end it in order: nothing new is accepted, what is under way is answered, the logs are flushed.

        log dump shows batches, control records, index entries and producer snapshots, with --records every record too.
        log verify checks all of it and names each inconsistency; exit status 0: none, 1: some, 2: DIR can't be read.
        DIR is a data directory or the directory of one partition. Both only read, and may run beside a broker.

        credentials changes and shows users while no broker runs; AlterUserScramCredentials does it while one does. The
        mechanism is SCRAM-SHA-256 or SCRAM-SHA-512. The password comes from standard input or a file, never from the command line. PLAIN is checked against the same users.

        keys:
        """

    /// - Parameter read: gives a file's text.
    init(_ arguments: [String], read: (String) throws(ConfigurationError) -> String) throws(ConfigurationError) {
        switch arguments.first {
        case "--version": self = .version
        case "--help", "-h", "help": self = .help
        case "serve":
            if arguments.contains("--help") { self = .help } else {
                self = .serve(try Command.serve(arguments.dropFirst(), read))
            }
        case "credentials":
            self = arguments.contains("--help") ? .help : .credentials(try Command.credentials(arguments.dropFirst()))
        case "log":
            if arguments.contains("--help") { self = .help } else { self = .log(try Command.log(arguments.dropFirst())) }
        case "completion":
            guard arguments.dropFirst() == ["bash"] else { throw ConfigurationError("tidemarkd completion bash is what there is") }
            self = .completion
        case nil: throw ConfigurationError("say what to do: tidemarkd serve --data-dir DIR, or tidemarkd --help")
        case let word?: throw ConfigurationError("\"\(Command.named(word))\" is no command; tidemarkd serve --data-dir DIR, or tidemarkd --help")
        }
    }

    static let flags = ["--listen", "--data-dir", "--config", "--set", "--loops", "--pin", "--counters", "--metrics-listen", "--log-format", "--burn-percent", "--help"]

    private static func serve(
        _ arguments: ArraySlice<String>, _ read: (String) throws(ConfigurationError) -> String
    ) throws(ConfigurationError) -> BrokerConfiguration {
        var configuration = BrokerConfiguration()
        var listeners: [ListenSpecification] = []
        var settings: [String] = []
        var rest = arguments
        while let flag = rest.popFirst() {
            let (name, inline) = split(flag)
            guard flags.contains(name) else {
                let hint = Spelling.nearest(to: name, in: flags).map { "; did you mean \($0)?" } ?? ""
                throw ConfigurationError("unknown argument \"\(named(flag))\"\(hint)")
            }
            guard let value = inline ?? rest.popFirst() else { throw ConfigurationError("\(name) needs a value") }
            switch name {
            case "--listen": listeners.append(try ListenSpecification(parsing: value))
            case "--data-dir": configuration.dataDirectories.append(value)
            case "--config": try configuration.apply(file: try read(value), named: value)
            case "--set": settings.append(value)
            case "--loops":
                guard let loops = Int(value), (1...256).contains(loops) else {
                    throw ConfigurationError("--loops \(value): a number from 1 to 256 is expected")
                }
                configuration.loops = loops
            case "--metrics-listen": settings.append("metrics.listen=\(value)")
            case "--log-format": settings.append("logger.format=\(value)")
            case "--pin": configuration.pinnedCPUs = try cpus(value)
            // Not in the usage: it is for comparisons that are to be seen to catch a slow-down.
            case "--burn-percent":
                guard let percent = Double(value), percent > 0, percent <= 1_000 else {
                    throw ConfigurationError("--burn-percent \(value): a number above 0, at most 1000, is expected")
                }
                configuration.burnPercent = percent
            default: configuration.countersPath = value
            }
        }
        for setting in settings {
            guard let equals = setting.firstIndex(of: "=") else { throw ConfigurationError("--set: \(ConfigurationTable.withoutEquals(setting))") }
            try configuration.set(String(setting[..<equals]), String(setting[setting.index(after: equals)...]), at: "--set")
        }
        guard !configuration.dataDirectories.isEmpty else { throw ConfigurationError("--data-dir DIR is missing: where are the logs kept?") }
        if !listeners.isEmpty { configuration.listeners = listeners }
        return configuration
    }

    private static func log(_ arguments: ArraySlice<String>) throws(ConfigurationError) -> LogRequest {
        var request: LogRequest
        switch arguments.first {
        case "dump": request = LogRequest(action: .dump(records: false), path: "")
        case "verify": request = LogRequest(action: .verify, path: "")
        default: throw ConfigurationError("say what to do: tidemarkd log dump DIR, or tidemarkd log verify DIR")
        }
        var paths: [String] = []
        for argument in arguments.dropFirst() {
            switch (argument, request.action) {
            case ("--json", _): request.printsJSON = true
            case ("--records", .dump): request.action = .dump(records: true)
            case _ where argument.hasPrefix("--"): throw ConfigurationError("unknown argument \"\(named(argument))\"")
            default: paths.append(argument)
            }
        }
        guard paths.count == 1, !paths[0].isEmpty else {
            throw ConfigurationError("one directory is expected: a data directory, or one partition's")
        }
        request.path = paths[0]
        return request
    }

    /// An argument as an error may name it: without what follows its `=`, which may be a secret.
    static func named(_ argument: String) -> String { String(argument.prefix { $0 != "=" }) }

    /// `--name=value` as its halves.
    static func split(_ argument: String) -> (name: String, value: String?) {
        guard argument.hasPrefix("--"), let equals = argument.firstIndex(of: "=") else { return (argument, nil) }
        return (String(argument[..<equals]), String(argument[argument.index(after: equals)...]))
    }

    private static func cpus(_ text: String) throws(ConfigurationError) -> [Int32] {
        let cpus = text.split(separator: ",", omittingEmptySubsequences: false).map { Int32($0) }
        guard cpus.allSatisfy({ $0 != nil && $0! >= 0 }) else {
            throw ConfigurationError("--pin \(text): CPU numbers separated by commas are expected")
        }
        return cpus.compactMap { $0 }
    }
}
