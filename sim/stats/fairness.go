package stats

// JainIndex returns the fairness index of Jain, Chiu and Hawe (DEC-TR-301, 1984): (sum x)^2 / (n * sum x^2), from 1/n where
// one has everything to 1 where all have the same. It is false where nobody has anything.
func JainIndex(shares []float64) (float64, bool) {
	sum, squares := 0.0, 0.0
	for _, x := range shares {
		sum += x
		squares += x * x
	}
	if squares == 0 {
		return 0, false
	}
	return sum * sum / (float64(len(shares)) * squares), true
}
