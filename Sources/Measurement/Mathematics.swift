// The few functions of libm that the statistics need, and Student's t.
internal import Glibc

func naturalLogarithm(_ x: Double) -> Double { Glibc.log(x) }
func exponential(_ x: Double) -> Double { Glibc.exp(x) }

/// Student's t distribution.
enum StudentT {
    /// The value that t with `degrees` of freedom exceeds with probability `(1 − level) / 2`: 2.776 for 4 and 0.95.
    static func quantile(level: Double, degrees: Int) -> Double {
        precondition(degrees > 0 && level > 0 && level < 1, "t of level \(level) with \(degrees) degrees of freedom")
        var (low, high) = (0.0, 1e6)
        for _ in 0..<200 {
            let middle = (low + high) / 2
            if twoSidedTail(middle, degrees: Double(degrees)) > 1 - level { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    /// P(|T| > t): the regularised incomplete beta function I(ν/(ν+t²); ν/2, 1/2).
    static func twoSidedTail(_ t: Double, degrees: Double) -> Double {
        incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5)
    }

    /// By Lentz's continued fraction (Numerical Recipes, 6.4).
    private static func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
        guard x > 0 else { return 0 }
        guard x < 1 else { return 1 }
        if x > (a + 1) / (a + b + 2) { return 1 - incompleteBeta(1 - x, b, a) }
        let logBeta = lgamma(a) + lgamma(b) - lgamma(a + b)
        let logFront: Double = a * Glibc.log(x) + b * Glibc.log(1 - x) - logBeta
        return Glibc.exp(logFront) / a * continuedFraction(x, a, b)
    }

    private static func continuedFraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
        var c = 1.0
        var d = 1 / (1 - (a + b) * x / (a + 1))
        var fraction = d
        for m in 1...500 {
            let n = Double(m)
            let even: Double = n * (b - n) * x / ((a - 1 + 2 * n) * (a + 2 * n))
            d = 1 / (1 + even * d)
            c = 1 + even / c
            fraction *= d * c
            let odd: Double = -(a + n) * (a + b + n) * x / ((a + 2 * n) * (a + 1 + 2 * n))
            d = 1 / (1 + odd * d)
            c = 1 + odd / c
            fraction *= d * c
            if abs(d * c - 1) < 1e-15 { break }
        }
        return fraction
    }
}
