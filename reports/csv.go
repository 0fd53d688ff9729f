package reports

import (
	"encoding/csv"
	"io"
	"strconv"

	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// writeCSV writes one row for each result. The columns are the same whatever the results: a metric that a result lacks is
// an empty cell. Behind the metrics come the half-widths of their 95% confidence intervals.
func writeCSV(w io.Writer, r *result.Report, _ Options) error {
	c := csv.NewWriter(w)
	metrics := stats.All()
	header := []string{"scenario", "placement", "class", "direction", "status", "replications", "bottleneck"}
	for _, m := range metrics {
		header = append(header, stats.CSVColumn(m.Name))
	}
	for _, m := range metrics {
		header = append(header, stats.CSVColumn(m.Name)+"_ci95")
	}
	if err := c.Write(header); err != nil {
		return err
	}
	for i := range r.Results {
		x := &r.Results[i]
		row := []string{r.Scenario.Name, x.Placement, x.Class, x.Direction, x.Status, strconv.Itoa(x.Replications), x.Bottleneck}
		for _, values := range []map[string]float64{x.Metrics, x.CI95} {
			for _, m := range metrics {
				cell := ""
				if v, ok := values[m.Name]; ok {
					cell = strconv.FormatFloat(v, 'g', -1, 64)
				}
				row = append(row, cell)
			}
		}
		if err := c.Write(row); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}
