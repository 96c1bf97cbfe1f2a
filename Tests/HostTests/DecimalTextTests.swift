import Host
import Testing

@Suite struct DecimalTextTests {
    @Test func `what is no number and what is too long say so`() {
        #expect([Double.nan, .infinity].map { fixed($0, 1) } == ["n/a", "n/a"])
        #expect(threeDigits(.nan) == "n/a" && percent(.nan) == "n/a")
        #expect(fixed(1e19, 0) == "1e+19" && fixed(1e17, 2) == "1e+17" && fixed(9e17, 0) == "900000000000000000")
    }

    @Test func `halves are rounded away from zero, and zero has no sign`() {
        #expect([0.5, 1.5, -0.5, -1.5, -0.4].map { fixed($0, 0) } == ["1", "2", "-1", "-2", "0"])
        #expect(fixed(0.125, 2) == "0.13" && fixed(1.005, 1) == "1.0" && fixed(-0.04, 1) == "0.0" && fixed(12.34567, 3) == "12.346")
        #expect(fixed(0.007, 3) == "0.007" && fixed(9.999, 2) == "10.00")
    }

    @Test func `figures read in three digits`() {
        #expect([0, 0.01234, 0.5, 1, 9.996, 45.64, 99.96, 789.4, 12_345.6, -1.5].map(threeDigits)
            == ["0", "0.0123", "0.500", "1.00", "10.0", "45.6", "100", "789", "12346", "-1.50"])
    }

    @Test func `a share beside its limit shows on which side it is`() {
        #expect([0.05, 0.1234, 0.9899, 0.98999, 0.99001].map(decidingPercent) == ["5 %", "12.3 %", "98.99 %", "99.00 %", "99.00 %"])
        #expect([0.974, 0.005, 1.26].map { percent($0) } == ["97 %", "1 %", "126 %"])
        #expect(percent(0.9794, decimals: 1) == "97.9 %")
    }
}
