package reports

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"

	"github.com/dsnsim/dsnsim/internal/plain"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// writeCSV writes one row per result. The columns are the same whatever was measured: what identifies the row, every
// metric of the catalogue in its order and unit, the 95% half-width of each, and why a placement cannot be deployed or
// simulated, and whether it was simulated all the same. What was not measured is empty.
func writeCSV(out *bytes.Buffer, r *result.Report, _ Options) error {
	metrics := stats.All()
	w := csv.NewWriter(out)
	if err := w.Write(csvHeader(metrics)); err != nil {
		return err
	}
	if err := csvRows(w, r, metrics); err != nil {
		return err
	}
	w.Flush()
	return w.Error()
}

func csvRows(w *csv.Writer, r *result.Report, metrics []stats.Metric) error {
	for i := range r.Results {
		if err := w.Write(csvRow(r.Scenario.Name, &r.Results[i], metrics)); err != nil {
			return err
		}
	}
	return nil
}

func csvHeader(metrics []stats.Metric) []string {
	header := []string{"scenario", "placement", "class", "direction", "status", "replications", "bottleneck"}
	var halves []string
	for _, m := range metrics {
		column := stats.CSVColumn(m.Name)
		header = append(header, column)
		if m.Unit == stats.Word {
			continue
		}
		halves = append(halves, column+"_ci95")
	}
	return append(append(header, halves...), "reasons", "forced")
}

func csvRow(scenario string, res *result.Result, metrics []stats.Metric) []string {
	row := []string{plain.Cell(scenario), res.Placement, res.Class, res.Direction, res.Status, strconv.Itoa(res.Replications), res.Bottleneck}
	for i, values := range []map[string]float64{res.Metrics, res.CI95} {
		for _, m := range metrics {
			if m.Unit == stats.Word {
				if i == 0 {
					row = append(row, res.State) // the only word
				}
				continue
			}
			field := ""
			if v, ok := values[m.Name]; ok {
				field = strconv.FormatFloat(v, 'g', -1, 64)
			}
			row = append(row, field)
		}
	}
	yes := ""
	if res.Forced {
		yes = "true"
	}
	return append(row, strings.Join(res.Reasons, "; "), yes)
}
