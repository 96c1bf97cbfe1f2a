@testable import Measurement
import Testing

@Suite struct LineFitTests {
    private func fit(_ points: [(Double, Double)]) -> LineFit {
        var fit = LineFit()
        for (x, y) in points { fit.add(x: x, y: y) }
        return fit
    }

    @Test func `two points, and points of one x, have no slope to be sure of`() {
        #expect(fit([(0, 1), (1, 2)]).slope == nil)
        #expect(fit([(3, 1), (3, 2), (3, 5)]).slope == nil)
        #expect(fit([]).slope == nil)
    }

    /// By hand: the mean is 5, products of distances 19.7 over 10, squares 38.9, so residuals come to 38.9 - 1.97 · 19.7 = 0.091 with
    /// three degrees of freedom, where t is 3.182446.
    @Test func `slope and interval are those of the textbook`() throws {
        let slope = try #require(fit([(0, 1.1), (1, 2.9), (2, 5.2), (3, 6.8), (4, 9.0)]).slope)
        #expect(abs(slope.estimate - 1.97) < 1e-12)
        #expect(abs((slope.upper - slope.lower) / 2 - 3.182446 * (0.091 / 3 / 10).squareRoot()) < 1e-4)
        #expect(slope.method == .leastSquares && slope.samples == 5 && slope.level == 0.95)
    }

    @Test func `points on a line leave no doubt, however far from zero they are`() throws {
        let slope = try #require(fit((0..<60).map { (1e9 + Double($0), 5e12 + 250 * Double($0)) }).slope)
        #expect(abs(slope.estimate - 250) < 1e-3 && slope.upper - slope.lower < 1e-2)
    }

    @Test func `noise around a level is no slope, and a slope under noise is found`() throws {
        var random = SeededRandom(seed: 3)
        var (misses, finds) = (0, 0)
        for _ in 0..<400 {
            let noise = (0..<11).map { _ in random.nextUnit() * 100 }
            let level = try #require(fit(noise.enumerated().map { (Double($0.offset), $0.element) }).slope)
            if level.lower > 0 || level.upper < 0 { misses += 1 }
            let rising = try #require(fit(noise.enumerated().map { (Double($0.offset), $0.element + 20 * Double($0.offset)) }).slope)
            if rising.lower > 0 { finds += 1 }
        }
        // 5 % of 400 by design.
        #expect((8...36).contains(misses), "\(misses)")
        #expect(finds > 390, "\(finds)")
    }
}
