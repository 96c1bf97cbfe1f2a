internal import CLinux

/// Reading ahead of the CPU.
package enum Prefetch {
    /// Starts loading the cache lines of a range that is read soon. Never faults, whatever the address.
    package static func start(_ address: UnsafeRawPointer, count: Int) { clinux_prefetch(address, count) }
}
