// A straight line through points, and how sure its slope is.

/// y = a + b·x by least squares. Takes point by point and keeps none of them, so it costs the same for a second and for a day.
package struct LineFit: Equatable, Sendable {
    package private(set) var count = 0
    private var meanX = 0.0
    private var meanY = 0.0
    /// Sums of squares and products of the distances from the means, kept up as Welford does: large values lose no digits.
    private var squaresX = 0.0
    private var squaresY = 0.0
    private var products = 0.0

    /// Fewer points than these have a slope, but no interval.
    package static let pointsMinimum = 3

    package init() {}

    package mutating func add(x: Double, y: Double) {
        count += 1
        let (fromX, fromY) = (x - meanX, y - meanY)
        meanX += fromX / Double(count)
        meanY += fromY / Double(count)
        squaresX += fromX * (x - meanX)
        squaresY += fromY * (y - meanY)
        products += fromX * (y - meanY)
    }

    /// Change of y for one of x with its 95 % interval, by Student's t on the residuals. Supposes that these are independent: points
    /// that follow each other closely are less so, and the true interval is wider.
    ///
    /// - Returns: nil under three points, or where all have one x.
    package var slope: ConfidenceInterval? {
        guard count >= Self.pointsMinimum, squaresX > 0 else { return nil }
        let slope = products / squaresX
        let unexplained = max(0, squaresY - slope * products)
        let degrees = count - 2
        let error = (unexplained / Double(degrees) / squaresX).squareRoot()
        let half = StudentT.quantile(level: 0.95, degrees: degrees) * error
        return ConfidenceInterval(estimate: slope, lower: slope - half, upper: slope + half, method: .leastSquares, samples: count)
    }
}
