// `arrivals:` in a profile: how a schedule's records follow each other.
internal import Measurement

extension ProducersPlan {
    private static let words = ["fixed", "poisson"]

    /// `fixed`, `poisson`, or `{trace: FILE}`: seconds, an arrival a line. A trace brings its own rate, unless another is given: then it
    /// is gone through faster or slower. Where it ends it begins again.
    mutating func readArrivals(_ section: ProfileSection) throws(ProfileError) {
        let name = section.dotted("arrivals")
        ProfileKeys.note(name, .words(Self.words))
        ProfileKeys.note(name, .mapping(["trace"], orBool: false))
        guard let node = section.node("arrivals"), case .mapping = node else {
            arrivals = try section.value("arrivals", "fixed, poisson or {trace: FILE}") { .init(rawValue: $0) } ?? arrivals
            return
        }
        let form = try ProfileSection(node, path: name, keys: ["trace"])
        let file = try form.required("trace", try form.string("trace"))
        let place = form.node("trace")?.place ?? form.place
        let times = try ProfileFile.values(file, at: place, of: "time", "a time in seconds, 0 or more, such as 12.25", parseNumber)
        guard let read = ArrivalTrace(seconds: times) else {
            throw place.error("‘\(file)’ must have the times of at least two arrivals, none before the one above it, over more than no time")
        }
        trace = read
        if recordsPerSecond == nil { recordsPerSecond = read.eventsPerSecond }
    }
}
