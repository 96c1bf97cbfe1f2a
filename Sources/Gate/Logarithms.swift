// The two functions of libm that ratios need.
internal import Glibc

func logarithm(_ x: Double) -> Double { Glibc.log(x) }
func exponential(_ x: Double) -> Double { Glibc.exp(x) }
