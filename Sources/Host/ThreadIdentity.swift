internal import Glibc

/// Which thread runs, for checks that an object stays on its own.
package enum ThreadIdentity {
    /// A number that no other living thread has (pthread_self(3)).
    package static var current: UInt { UInt(pthread_self()) }
}
