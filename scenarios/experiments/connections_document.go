package experiments

import (
	"fmt"

	"github.com/dsnsim/dsnsim/internal/figure"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// Document arranges what was found.
func (x *ConnectionsReport) Document() *result.Document {
	d := result.NewDocument("connections", x.Tool, x.Scenario, x.Complete)
	d.JSON, d.CSV = x, connectionsCSV(x)
	refused := result.Section{Name: "refused", Title: "Not searched"}
	for i := range x.Rows {
		if r := &x.Rows[i]; r.Status != result.OK {
			refused.Items = append(refused.Items, result.Refused(r.Placement, r.Status, r.Reasons))
		}
	}
	s := rates(x.Rows)
	s.Title = fmt.Sprintf("%s on %s: connections a second", x.Scenario.Name, x.Profile)
	d.Add(s)
	d.Add(held(x.Rows))
	d.Add(refused)
	d.AddNotes(x.Notes)
	return d
}

// rates has a row for each placement and share that may fail.
func rates(rows []ConnectionsRow) result.Section {
	s := result.Section{Name: "rates", Legend: "Trials are for all shares together.", Columns: []result.Column{{Head: "may fail", Unit: "ratio", Decimals: 2, Digits: result.Short},
		{Head: "k/s, each server", Fixed: true, Decimals: 3, Digits: result.Exact, Better: stats.Higher},
		{Head: "k/s, all", Fixed: true, Decimals: 3, Digits: result.Exact, Better: stats.Higher}, {Head: "trials"}, {Head: "bottleneck"}}}
	bisected := 0
	for i := range rows {
		bisected += rows[i].BisectionTrials
	}
	for i := range rows {
		r := &rows[i]
		for k, g := range r.Goals {
			label, trials := r.Placement, trialsOf(r.Trials, r.BisectionTrials, bisected > 0)
			if k > 0 {
				label, trials = "", ""
			}
			s.Rows = append(s.Rows, result.Row{Label: label, Values: []any{g.Failing, g.PerServer / 1e3, g.PerSecond / 1e3, trials, limitOf(g.Bottleneck, g.PerServer, g.UpTo, "no connection")}})
			if !g.Done {
				s.Items = append(s.Items, result.Item{Term: r.Placement, Text: fmt.Sprintf("no trial was left where %s%% may fail: the bounds are %s and %s a second and server",
					figure.Amount(100*g.Failing), figure.Amount(g.PerServer), figure.Amount(g.UpTo)), Bad: true})
			}
		}
	}
	if bisected > 0 {
		s.Legend += " In brackets those that bisection makes for the same."
	}
	return s
}

// held has a row for each placement that was filled with connections.
func held(rows []ConnectionsRow) result.Section {
	s := result.Section{Name: "concurrent", Title: "Connections at a time",
		Columns: []result.Column{{Head: "connections", Better: stats.Higher}, {Head: "of servers"}, {Head: "k/s for ever", Fixed: true, Decimals: 3, Digits: result.Exact, Better: stats.Higher}}}
	for i := range rows {
		h := rows[i].Held
		if h == nil {
			continue
		}
		row := result.Row{Label: rows[i].Placement, Values: []any{result.Verbatim(fmt.Sprintf("at least %d", h.Connections)), int64(h.Servers), nil}}
		if h.Full {
			row.Values[0], row.Values[2] = h.Connections, h.Sustained/1e3
			s.Legend = fmt.Sprintf("For ever: what the table has room for when each connection keeps its entry for %s s after its end.", figure.Amount(h.ClosingSeconds))
		}
		s.Rows = append(s.Rows, row)
	}
	return s
}

// connectionsCSV has a row for each placement and share that may fail.
func connectionsCSV(x *ConnectionsReport) *result.Section {
	s := result.NewTable("scenario", "placement", "status", "failing_goal_ratio", "per_second_and_server", "failing_per_second_and_server", "per_second",
		"bottleneck", "trials", "bisection_trials", "concurrent", "concurrent_full", "concurrent_servers", "sustained_per_second")
	for i := range x.Rows {
		r := &x.Rows[i]
		start := []any{x.Scenario.Name, r.Placement, r.Status}
		if r.Status != result.OK {
			s.AddRow(start...)
		}
		for _, g := range r.Goals {
			values := append(start[:3:3], g.Failing, g.PerServer, g.UpTo, g.PerSecond, g.Bottleneck, int64(r.Trials), int64(r.BisectionTrials))
			if h := r.Held; h != nil {
				values = append(values, h.Connections, h.Full, int64(h.Servers), h.Sustained)
			}
			s.AddRow(values...)
		}
	}
	return s
}
