// Which headline measurements a profile asks for, in the order they run.

/// The disk comes first: what follows is stated as fractions of it.
package func headlineMeasurements(for profile: Profile) -> [any HeadlineMeasurement] {
    []
}
