// The certificate of brokers that are measured over TLS: theirs, and known to everybody who reads this. It protects nothing and is
// not meant to, since both ends are one run's on the loopback device; what is measured is the cost of the encryption.
internal import Client
internal import Foundation
internal import TLS

/// A PEM file of a certificate for 127.0.0.1 and localhost until 2126, made once by the openssl command, with its key.
enum MeasurementIdentity {
    /// Writes the file.
    ///
    /// - Returns: its path, for a broker's `ssl.keystore.location`.
    static func write(into directory: String) throws -> String {
        let path = directory + "/identity.pem"
        try Data((certificate + "\n" + key + "\n").utf8).write(to: URL(filePath: path))
        return path
    }

    /// What a client of such a broker needs: it trusts this certificate and no other.
    static func security(_ path: String) throws -> ConnectionSecurity {
        ConnectionSecurity(tls: try TLSConnector(TLSClientSettings(trustPath: path)))
    }

    private static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBsTCCAVegAwIBAgIUUUSLbJp4aWdK/2he9pdY175CpH4wCgYIKoZIzj0EAwIw
        HzEdMBsGA1UEAwwUdGlkZW1hcmstbWVhc3VyZW1lbnQwIBcNMjYxMTMwMDUzNjU0
        WhgPMjEyNjExMDYwNTM2NTRaMB8xHTAbBgNVBAMMFHRpZGVtYXJrLW1lYXN1cmVt
        ZW50MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE+xooWfwg4J1Dvvy7lDMRSMTf
        3Q1+947qBTmaMTSFTRmBMwvCYWPmuf+aaEpGU/QVrDL6jOdYjE+d7fpZAyFG9qNv
        MG0wHQYDVR0OBBYEFJxn3sBho9SLF68PHHijPcMo6pJzMB8GA1UdIwQYMBaAFJxn
        3sBho9SLF68PHHijPcMo6pJzMA8GA1UdEwEB/wQFMAMBAf8wGgYDVR0RBBMwEYcE
        fwAAAYIJbG9jYWxob3N0MAoGCCqGSM49BAMCA0gAMEUCIQCz3CLt99VPdd+slvOx
        N8iRAoKJrDbFs8cDFJrCCimyowIgRCZwve/pOsk65d61d7RW+Im9NDVF80DoSru8
        Y6e/xPc=
        -----END CERTIFICATE-----
        """
    private static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgd1JtTgtPRs52DhL6
        2QcrXgFx7d7Q1rEd2HRhM+cafwahRANCAAT7GihZ/CDgnUO+/LuUMxFIxN/dDX73
        juoFOZoxNIVNGYEzC8JhY+a5/5poSkZT9BWsMvqM51iMT53t+lkDIUb2
        -----END PRIVATE KEY-----
        """
}
