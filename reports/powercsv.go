package reports

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"

	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// powerCSV writes one row for each placement and load, and one for each placement that cannot run. The columns are always the same;
// what has no value is empty.
func powerCSV(out *bytes.Buffer, x *result.PowerCurves) error {
	header := []string{"scenario", "placement", "status", "load_ratio", "offered_gbps", "throughput_gbps", "throughput_mpps", "loss_ratio",
		"power_dsn_w", "power_dsn_free_w", "power_host_w", "power_total_w", "power_budget_w", "over_budget", "energy_nj_per_packet_nj",
		"energy_pj_per_bit_pj", "power_clock_ratio", "thermal_junction_c"}
	var parts []power.Component
	for _, c := range power.Components() {
		if c.Side() == power.DSN {
			parts = append(parts, c)
			header = append(header, "power_dsn_"+strings.ReplaceAll(c.String(), " ", "_")+"_w")
		}
	}
	w := csv.NewWriter(out)
	if err := w.Write(header); err != nil {
		return err
	}
	for i := range x.Placements {
		c := &x.Placements[i]
		start := []string{x.Scenario.Name, c.Placement, c.Status}
		if c.Status != result.OK {
			if err := w.Write(append(start, make([]string, len(header)-len(start))...)); err != nil {
				return err
			}
		}
		for k := range c.Points {
			if err := w.Write(append(start[:3:3], powerFields(c, &c.Points[k], parts)...)); err != nil {
				return err
			}
		}
	}
	w.Flush()
	return w.Error()
}

// powerFields writes a point.
func powerFields(c *result.PowerCurve, p *result.PowerPoint, parts []power.Component) []string {
	write := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	optional := func(v *float64) string {
		if v == nil {
			return ""
		}
		return write(*v)
	}
	budget, over := "", ""
	if c.Budget != nil {
		budget, over = write(c.Budget.Watts), strconv.FormatBool(p.OverBudget)
	}
	list := []string{write(p.Load), write(p.OfferedGbps), write(p.ThroughputGbps), write(p.ThroughputMpps), write(p.LossRatio),
		write(p.DSNWatts), write(p.FreeWatts), write(p.HostWatts), write(p.TotalWatts), budget, over,
		optional(p.NJPerPacket), optional(p.PJPerBit), optional(p.ClockRatio), optional(p.JunctionC)}
	for _, part := range parts {
		list = append(list, write(ofDSN(p, part)))
	}
	return list
}
