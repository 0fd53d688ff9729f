package reports

import (
	"bytes"
	"encoding/json"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// writeJSON writes the report as one object. What is empty is written as [] or {}, never null, so that a script can
// loop over it without asking first.
func writeJSON(out *bytes.Buffer, r *result.Report, _ Options) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false) // "nic.latency.p99 < 10us" stays readable
	return e.Encode(filled(r))
}

// filled returns a copy of the report without nil lists and maps.
func filled(r *result.Report) *result.Report {
	report := *r
	report.Results = make([]result.Result, len(r.Results))
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
