// What the command line and the files of Kafka's clients may say about a connection.
import ArgumentParser
import Foundation
import Security
import TLS
import Testing

@testable import tidemark

@Suite struct PropertiesFileTests {
    private func read(_ text: String) throws -> [String] {
        try PropertiesFile(Array(text.utf8), named: "client.properties").entries.map { "\($0.key)|\($0.value)" }
    }

    @Test func `separators, comments, blanks, continued lines and escapes are Java's`() throws {
        let text = """
            # a comment \\
            a=1
              ! another
            b : 2
            c\t3
            d
            e = with = more : of them\u{20}\u{20}
            long = one \\
                   two\\
              , three
            key\\ with\\=signs = \\tx\\\\y\\u0041\\q\\#
            a = last
            f=#no comment
            """
        #expect(
            try read(text) == [
                "b|2", "c|3", "d|", "e|with = more : of them", "long|one two, three", "key with=signs|x\\yAq#", "a|last", "f|#no comment",
            ])
        #expect(try read("a=1\r\nb=2\\\r\n  3\r\n") == ["a|1", "b|23"])
        #expect(try read("") == [])
        #expect(try read("\n\n#x") == [])
        #expect(try read("a=\\") == ["a|"])
    }

    @Test(arguments: ["a=\\u12", "a=\\uzzzz", "x=1\n\na=\\u+123"]) func `a broken escape is told with its line`(text: String) {
        let error = #expect(throws: ConnectionError.self) { _ = try read(text) }
        #expect(error?.description.hasPrefix("client.properties, line \(text.contains("x=1") ? 3 : 1):") == true)
    }

    @Test func `bytes that are no UTF-8 are read as Java reads them`() throws {
        #expect(try PropertiesFile([0x61, 0x3d, 0xe4], named: "f")["a"] == "ä")
    }
}

@Suite struct JaasEntryTests {
    @Test func `modules, quotations and escapes are read`() throws {
        let entry = try #require(
            JaasEntry(#"org.apache.kafka.common.security.plain.PlainLoginModule required username="a b" password='p"\'\\w\101';"#))
        #expect(entry.module == "PlainLoginModule")
        #expect(entry.options == ["username": "a b", "password": #"p"'\wA"#])
        #expect(JaasEntry("ScramLoginModule REQUIRED username=alice password=x-1.y ;")?.options == ["username": "alice", "password": "x-1.y"])
        #expect(JaasEntry("M optional;")?.options == [:])
    }

    @Test(arguments: [
        "", ";", "Module", "Module required", "Module perhaps a=b;", "Module required a;", "Module required a=;", "Module required a=\"b;",
        "Module required a=b", "Module required a=b; Other required;", "Module required =b;", "Module required a=b {};",
    ])
    func `anything else is not`(text: String) { #expect(JaasEntry(text) == nil) }
}

@Suite struct ClientPropertiesTests {
    private static let secret = "planted-secret-5512"
    private static let jaas = "sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username=\"alice\" password=\"\(secret)\";\n"

    private func plan(_ text: String, _ environment: [String: String] = [:]) throws(ConnectionError) -> ConnectionPlan {
        try ClientProperties(try PropertiesFile(Array(text.utf8), named: "c.properties")).plan(PasswordSource(path: nil, environment: environment))
    }

    @Test func `Kafka's file for SCRAM over TLS is understood, and what has no part in it is told`() throws {
        let plan = try plan(
            """
            bootstrap.servers=broker:9093
            security.protocol=SASL_SSL
            sasl.mechanism=SCRAM-SHA-512
            \(Self.jaas)
            ssl.truststore.type=PEM
            ssl.truststore.location=/etc/kafka/ca.pem
            ssl.truststore.password=x
            client.id=me
            """)
        #expect(plan.tls == TLSClientSettings(trustPath: "/etc/kafka/ca.pem"))
        #expect(plan.login?.user == "alice" && plan.login?.mechanism == .scram(.sha512))
        #expect(plan.unused == ["bootstrap.servers", "ssl.truststore.password", "client.id"])
    }

    @Test func `librdkafka's file is understood`() throws {
        let plan = try plan(
            """
            security.protocol=sasl_ssl
            sasl.mechanisms=PLAIN
            sasl.username=bob
            sasl.password=\(Self.secret)
            ssl.ca.location=ca.pem
            ssl.certificate.location=me.crt
            ssl.key.location=me.key
            ssl.key.password=sesame
            """)
        #expect(
            plan.tls == TLSClientSettings(trustPath: "ca.pem", certificatePath: "me.crt", keyPath: "me.key", keyPassword: "sesame"))
        #expect(plan.login?.user == "bob" && plan.login?.mechanism == .plain && plan.unused == [])
        #expect(!"\(plan.tls!)".contains("sesame"))
    }

    @Test func `a keystore in PEM is key and certificate, and names are left alone where the file says so`() throws {
        let text = "security.protocol=SSL\nssl.keystore.location=me.pem\n"
        #expect(try plan(text).tls == TLSClientSettings(certificatePath: "me.pem", keyPath: "me.pem"))
        #expect(try plan(text + "ssl.endpoint.identification.algorithm=\n").tls?.verification == .anyName)
        #expect(try plan(text + "enable.ssl.certificate.verification=false\n").tls?.verification == TLSClientSettings.Verification.none)
    }

    @Test func `nothing said is nothing done, and what would be for more is told`() throws {
        let plan = try plan("ssl.ca.location=x\nsasl.mechanism=PLAIN\n")
        #expect(plan.tls == nil && plan.login == nil && plan.unused == ["ssl.ca.location", "sasl.mechanism"])
    }

    @Test func `a password may come from elsewhere`() throws {
        let text = "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.username=bob\n"
        #expect(try plan(text, ["TIDEMARK_PASSWORD": "x"]).login?.user == "bob")
        let error = #expect(throws: ConnectionError.self) { _ = try plan(text) }
        #expect(error?.description.contains("--password-file") == true)
    }

    @Test(arguments: [
        ("security.protocol=TLS", "PLAINTEXT, SASL_PLAINTEXT, SASL_SSL, SSL is expected"),
        ("security.protocol=SSL\nssl.truststore.type=JKS\nssl.truststore.location=s.jks", "only PEM is read"),
        ("security.protocol=SSL\nssl.keystore.type=PKCS12", "openssl pkcs12"),
        ("security.protocol=SSL\nssl.truststore.certificates=-----BEGIN", "put that into a file"),
        ("security.protocol=SSL\nssl.truststore.location=a\nssl.ca.location=b", "say the same"),
        ("security.protocol=SSL\nssl.endpoint.identification.algorithm=LDAP", "https"),
        ("security.protocol=SSL\nenable.ssl.certificate.verification=maybe", "true or false"),
        ("security.protocol=SASL_SSL", "sasl.mechanism is missing"),
        ("security.protocol=SASL_SSL\nsasl.mechanism=GSSAPI", "PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 are spoken here"),
        ("security.protocol=SASL_SSL\nsasl.mechanism=PLAIN", "who is it?"),
        ("security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\n" + jaas, "PLAIN needs PlainLoginModule"),
        ("security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-256\nsasl.username=x\n" + jaas, "says it once more"),
        ("security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-256\nsasl.jaas.config=nonsense \(secret)", "can't be read"),
        ("security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-256\nsasl.jaas.config=ScramLoginModule required password=\"\(secret)\";", "no username"),
        (
            "security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-256\nsasl.jaas.config=ScramLoginModule required tokenauth=true username=a password=\"\(secret)\";",
            "delegation token"
        ),
    ])
    func `what can't be is told with the file and the reason, and no secret`(text: String, reason: String) throws {
        let error = #expect(throws: ConnectionError.self) { _ = try plan(text) }
        let said = error?.description ?? ""
        #expect(said.hasPrefix("c.properties: ") && said.contains(reason) && !said.contains(Self.secret), "\(said)")
    }
}

@Suite struct SecurityOptionsTests {
    private func said(_ words: [String]) -> String {
        do {
            _ = try SecurityOptions.parse(words)
            return ""
        } catch { return SecurityOptions.message(for: error) }
    }

    @Test(arguments: [
        (["--tls-ca", "x"], "--tls-ca needs --tls"), (["--tls-cert", "x", "--tls-key", "y"], "--tls-cert needs --tls"),
        (["--tls-no-verify"], "--tls-no-verify needs --tls"), (["--tls", "--tls-no-verify", "--tls-ca", "x"], "trusts everybody"),
        (["--tls", "--tls-key", "x"], "belong together"), (["--user", "x"], "--user needs --sasl"),
        (["--password-file", "x"], "--password-file needs --sasl"), (["--sasl", "plain"], "--sasl needs --user"),
        (["--command-config", "x", "--tls"], "--tls says it once more"), (["--command-config", "x", "--user", "u"], "--user says it once more"),
        (["--sasl", "gssapi", "--user", "u"], "scram-sha-256"),
    ])
    func `options that contradict each other are refused with the reason`(words: [String], reason: String) {
        #expect(said(words).contains(reason), "\(said(words))")
    }

    @Test func `options that belong together come to a plan`() throws {
        #expect(try SecurityOptions.parse([]).isEmpty)
        let options = try SecurityOptions.parse(["--tls", "--tls-ca", "ca.pem", "--sasl", "scram-sha-512", "--user", "alice"])
        let plan = try options.plan(environment: ["TIDEMARK_PASSWORD": "planted-secret"])
        #expect(plan.tls == TLSClientSettings(trustPath: "ca.pem") && plan.login?.mechanism == .scram(.sha512) && !options.isEmpty)
        var dumped = ""
        dump(plan, to: &dumped)
        #expect(!dumped.contains("planted-secret"))
        let error = #expect(throws: ConnectionError.self) { _ = try options.plan(environment: [:]) }
        #expect(error?.description.contains("TIDEMARK_PASSWORD") == true)
    }

    @Test func `a password file loses its line feed and nothing else`() throws {
        let path = NSTemporaryDirectory() + "tidemark-test-password-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        func login() throws -> SaslLogin? {
            try SecurityOptions.parse(["--sasl", "plain", "--user", "a", "--password-file", path]).plan(environment: ["TIDEMARK_PASSWORD": "other"]).login
        }
        for (content, password) in [("p w \n", "p w "), ("pw\r\n", "pw"), ("pw", "pw"), ("pw\n\n", "pw\n")] {
            try Data(content.utf8).write(to: URL(filePath: path))
            let found = try #require(try login())
            #expect(SaslClient(found).first == Array("\u{0}a\u{0}\(password)".utf8))
        }
        try Data("\n".utf8).write(to: URL(filePath: path))
        #expect(throws: ConnectionError.self) { _ = try login() }
        try FileManager.default.removeItem(atPath: path)
        let error = #expect(throws: ConnectionError.self) { _ = try login() }
        #expect(error?.description == "\(path): No such file or directory")
    }
}
