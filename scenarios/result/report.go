package result

// Filled returns a copy without nil lists and maps, so that a script can loop over them without asking first.
func (r *Report) Filled() *Report {
	report := *r
	report.Results = make([]Result, len(r.Results))
	for i, res := range r.Results {
		res.Metrics = orEmptyMap(res.Metrics)
		res.CI95 = orEmptyMap(res.CI95)
		res.Stations = orEmpty(res.Stations)
		report.Results[i] = res
	}
	report.States, report.Cautions = orEmpty(r.States), orEmpty(r.Cautions)
	report.Sources = orEmpty(r.Sources)
	report.Attacks = orEmpty(r.Attacks)
	report.Comparisons = orEmpty(r.Comparisons)
	report.Expectations = orEmpty(r.Expectations)
	report.Notes = orEmpty(r.Notes)
	return &report
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func orEmptyMap(m map[string]float64) map[string]float64 {
	if m == nil {
		return map[string]float64{}
	}
	return m
}
