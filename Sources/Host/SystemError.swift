internal import Glibc

/// A system call that failed: which, on what, and why.
@usableFromInline package struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The C function's name, such as `pwrite`.
    package let call: String
    /// The positive errno.
    package let errno: Int32
    /// The path or endpoint it was called on.
    package let subject: String

    @usableFromInline package init(call: String, errno: Int32, subject: String) {
        self.call = call
        self.errno = errno
        self.subject = subject
    }

    /// `pwrite /data/0.log: No space left on device (errno 28)`
    @usableFromInline package var description: String {
        "\(call) \(subject): \(String(cString: strerror(errno))) (errno \(errno))"
    }
}

/// The value of a CLinux call, or its negative errno as an error. Inlinable, so that loops in other modules have it for their own types.
@inlinable package func checked<T: SignedInteger>(
    _ result: T, _ call: String, _ subject: @autoclosure () -> String
) throws(SystemError) -> T {
    guard result >= 0 else { throw SystemError(call: call, errno: Int32(-result), subject: subject()) }
    return result
}

extension SystemError {
    /// Whether what was asked for is not there (ENOENT).
    package var isMissing: Bool { errno == ENOENT }
    /// Whether the disk, or the share of it, is full (ENOSPC, EDQUOT).
    package var isOutOfSpace: Bool { errno == ENOSPC || errno == EDQUOT }
    /// Whether the disk itself gave up: it doesn't answer, is gone, or takes no writes any more.
    package var isDiskFailure: Bool { [EIO, EROFS, ENODEV, ENXIO, ESTALE].contains(errno) }
    /// Whether a file system takes no writes and may still be read (EROFS).
    package var isReadOnly: Bool { errno == EROFS }
    /// Whether the process lacks something, whatever it was called on: descriptors or memory.
    package var isOfProcess: Bool { [EMFILE, ENFILE, ENOMEM].contains(errno) }
}
