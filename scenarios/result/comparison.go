package result

// Comparison is one pair of placements in one metric, over all traffic: replications of the same number met the same packets, and
// their differences are what is judged.
type Comparison struct {
	Metric string `json:"metric"`
	// A comes before B in the report.
	A string `json:"a"`
	B string `json:"b"`
	// Pairs is how many replications both have.
	Pairs int `json:"pairs"`
	// Difference is the mean of A less B, in the unit of the metric, and CI95 the half-width of the 95% confidence interval of this
	// difference alone.
	Difference float64 `json:"difference"`
	CI95       float64 `json:"ci95"`
	// P is the two-sided P of Student's t of the pairs, corrected by Holm over all pairs of the metric.
	P float64 `json:"p_holm"`
	// Verdict is "less", "greater" or "no difference" of A against B, by P against 5%.
	Verdict string `json:"verdict"`
}
