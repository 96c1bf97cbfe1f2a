// A file whose text somebody acts upon: the kernel on a control group's, the lab on a disk's.
internal import CLinux
internal import Glibc
internal import Host

enum ControlFile {
    /// In one write, in place of what is there. It has to be there.
    static func write(_ text: String, to path: String) throws(SystemError) {
        let file = try checked(clinux_open(path, O_WRONLY | O_TRUNC, 0), "open", path)
        defer { _ = clinux_close(file) }
        let bytes = Array(text.utf8)
        let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
        _ = try checked(count == bytes.count ? 0 : Int32(-errno), "write", path)
    }
}
