// What a run is told about a broker of somebody else's, besides where it listens.
package import Client

package struct ExternalOptions: Sendable {
    /// How to get in there.
    package var security = ConnectionSecurity.none
    /// Of topics that the run makes; nil: as the profile has it.
    package var replicationFactor: Int?
    /// Topics that are there: the n-th load takes the n-th, the last takes the rest. Empty: the run makes its own and removes them.
    package var existingTopics: [String] = []
    /// The broker's process on this host, with what it started; nil: its cost is not read.
    package var processID: Int32?
    /// Where it keeps its logs on this host; nil: neither its page cache nor its device is read.
    package var dataDirectory: String?

    package init() {}
}
