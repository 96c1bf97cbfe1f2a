// Certificates and keys out of PEM files, with complaints that name the file.
internal import CLinux
internal import Glibc
internal import NIOSSL

enum PEMFile {
    /// In their order, at least one.
    static func certificates(_ path: String) throws(TLSSetupError) -> [NIOSSLCertificate] {
        try readable(path)
        do {
            let found = try NIOSSLCertificate.fromPEMFile(path)
            if !found.isEmpty { return found }
        } catch {}
        throw TLSSetupError(description: "\(path) holds no certificate in PEM format")
    }

    /// - Parameter password: of an encrypted key.
    static func key(_ path: String, password: String?) throws(TLSSetupError) -> NIOSSLPrivateKey {
        try readable(path)
        let bytes = password.map { Array($0.utf8) } ?? []
        do {
            // Without a password the callback answers an empty one, so that nothing is asked of a terminal.
            return try NIOSSLPrivateKey(file: path, format: .pem) { setter in setter(bytes) }
        } catch {
            let why = password == nil ? "if it is encrypted, ssl.key.password is missing" : "or ssl.key.password is not its password"
            throw TLSSetupError(description: "\(path) holds no private key in PEM format that can be read; \(why)")
        }
    }

    private static func readable(_ path: String) throws(TLSSetupError) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw TLSSetupError(description: "\(path): \(String(cString: strerror(errno)))") }
        _ = clinux_close(file)
    }
}
