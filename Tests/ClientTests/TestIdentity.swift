// Certificates with keys, made once by the openssl command. Both name 127.0.0.1 and sign themselves, so each is its own authority.
import Foundation

/// PEM files of one process.
enum TestIdentity {
    /// Certificate and key of the broker, and of a client that shows one: `CN=tidemark-test`, 127.0.0.1 and localhost, until 2036.
    static let path = file("identity", certificate + "\n" + key)
    /// A certificate of somebody else's.
    static let strangerPath = file("stranger", stranger)

    private static let directory: String = {
        let path = NSTemporaryDirectory() + "tidemark-test-identity-\(getpid())"
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        atexit { try? FileManager.default.removeItem(atPath: TestIdentity.directory) }
        return path
    }()

    private static func file(_ name: String, _ text: String) -> String {
        let path = "\(directory)/\(name).pem"
        try! text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBoTCCAUegAwIBAgIUEjwlPjy9k14fPvxfXfKPmU4/6YQwCgYIKoZIzj0EAwIw
        GDEWMBQGA1UEAwwNdGlkZW1hcmstdGVzdDAeFw0yNjExMzAwMjA4MjBaFw0zNjEx
        MjcwMjA4MjBaMBgxFjAUBgNVBAMMDXRpZGVtYXJrLXRlc3QwWTATBgcqhkjOPQIB
        BggqhkjOPQMBBwNCAAQPMgAYvOjj7AwGjcJsvHSu6nja+WNkl9F06+I0ffRxvn2T
        c4FI+H+jtnIfErvDMKV0COGQ0TfD4WGKaOKFEuZBo28wbTAdBgNVHQ4EFgQUViPz
        PC2Sj4mBVo9X3EYvjmh+EIcwHwYDVR0jBBgwFoAUViPzPC2Sj4mBVo9X3EYvjmh+
        EIcwDwYDVR0TAQH/BAUwAwEB/zAaBgNVHREEEzARhwR/AAABgglsb2NhbGhvc3Qw
        CgYIKoZIzj0EAwIDSAAwRQIgJirp03kU6gxTfWhT4c+0D5Tor7OVOP2c07kMCBEG
        rZ8CIQCBKBbpdjMaB/NLXBUfTPXm1ItgeF2XWbiW1j4JYDzOzg==
        -----END CERTIFICATE-----
        """
    private static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg90iATpDuydjtJaAA
        XxwBqmGG3ZYGZ9OYj5MKTn3MuYmhRANCAAQPMgAYvOjj7AwGjcJsvHSu6nja+WNk
        l9F06+I0ffRxvn2Tc4FI+H+jtnIfErvDMKV0COGQ0TfD4WGKaOKFEuZB
        -----END PRIVATE KEY-----
        """
    private static let stranger = """
        -----BEGIN CERTIFICATE-----
        MIIBjTCCATKgAwIBAgIUeMcJCZqFR89QBQdyStwpoEjK72cwCgYIKoZIzj0EAwIw
        EzERMA8GA1UEAwwIc3RyYW5nZXIwHhcNMjYxMTMwMDIxOTI1WhcNMzYxMTI3MDIx
        OTI1WjATMREwDwYDVQQDDAhzdHJhbmdlcjBZMBMGByqGSM49AgEGCCqGSM49AwEH
        A0IABKVIO002LTJvq9d0M5BEXx3pJib7MB1z8VtK1ih+dX9xophaQDLOi6GQaFz9
        Wr+Ux8k2beXOESmdOmCtjYZzVpKjZDBiMB0GA1UdDgQWBBRxafFoUoGenG1Fi/Kt
        L7I4YvsyojAfBgNVHSMEGDAWgBRxafFoUoGenG1Fi/KtL7I4YvsyojAPBgNVHRMB
        Af8EBTADAQH/MA8GA1UdEQQIMAaHBH8AAAEwCgYIKoZIzj0EAwIDSQAwRgIhAKtS
        k1beIb1WbyWC0qqfsc1SfIcchRqDFI+rBNK/iqlGAiEAiMb5yYeLoS48sEjXYz20
        DIEA7ztsddWJEhjfkxgihx8=
        -----END CERTIFICATE-----
        """
}
