package experiments

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dsnsim/dsnsim/internal/figure"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// Document arranges what was found, placement by placement.
func (x *ThroughputReport) Document() *result.Document {
	d := result.NewDocument("throughput", x.Tool, x.Scenario, x.Complete)
	d.JSON, d.CSV = x, throughputCSV(x)
	refused := result.Section{Name: "refused", Title: "Not searched"}
	for _, rows := range byPlacement(x.Rows) {
		name := rows[0].Placement
		if rows[0].Status != result.OK {
			refused.Items = append(refused.Items, result.Refused(name, rows[0].Status, rows[0].Reasons))
			continue
		}
		s := goals(rows)
		s.Title = fmt.Sprintf("%s on %s, %s: highest load by loss", x.Scenario.Name, x.Profile, name)
		d.Add(s)
		s = latencies(rows)
		s.Title = name + ": latency against load, us"
		d.Add(s)
		d.Add(result.Section{Name: "loss", Title: name + ": loss against load (RFC 2544, 26.3)", Items: losses(rows)})
		d.Add(result.Section{Name: "bursts", Title: name + ": bursts and recovery (RFC 2544, 26.4 and 26.5)", Items: bursts(rows)})
	}
	d.Add(refused)
	d.AddNotes(x.Notes)
	return d
}

// byPlacement puts the rows of each placement together, in order.
func byPlacement(rows []ThroughputRow) [][]ThroughputRow {
	var list [][]ThroughputRow
	for _, r := range rows {
		i := slices.IndexFunc(list, func(of []ThroughputRow) bool { return of[0].Placement == r.Placement })
		if i < 0 {
			i, list = len(list), append(list, nil)
		}
		list[i] = append(list[i], r)
	}
	return list
}

// goals has a row for each frame size and loss.
func goals(rows []ThroughputRow) result.Section {
	s := result.Section{Name: "throughput", Columns: []result.Column{
		{Head: "loss up to", Unit: "ratio", Decimals: 2, Digits: result.Short}, {Head: "of link", Unit: "ratio", Decimals: 3, Digits: result.Exact, Better: stats.Higher},
		{Head: "Mpps", Unit: "Mpps", Fixed: true, Decimals: 3, Digits: result.Exact, Better: stats.Higher},
		{Head: "Gbps", Unit: "Gbps", Fixed: true, Decimals: 3, Digits: result.Exact, Better: stats.Higher}, {Head: "trials"}, {Head: "bottleneck"}},
		Legend: "Of link: of each server's link, preamble and gap included; Mpps and Gbps are of all servers. Trials are for all losses together."}
	mlr, bisection := 0.0, 0.0
	for i := range rows {
		mlr, bisection = mlr+rows[i].TrialSeconds, bisection+rows[i].BisectionSeconds
	}
	for i := range rows {
		r := &rows[i]
		for k, g := range r.Goals {
			label, trials := frameName(r), trialsOf(r.Trials, r.BisectionTrials, bisection > 0)
			if k > 0 {
				label, trials = "", ""
			}
			s.Rows = append(s.Rows, result.Row{Label: label, Values: []any{g.Loss, g.Load, g.Mpps, g.Gbps, trials, limitOf(g.Bottleneck, g.Load, g.UpTo, "no load")}})
			if !g.Done {
				s.Items = append(s.Items, result.Item{Term: frameName(r), Text: fmt.Sprintf("no trial was left for a loss of %s%%: the bounds are %s%% and %s%% of the link",
					figure.Amount(100*g.Loss), figure.Amount(100*g.Load), figure.Amount(100*g.UpTo)), Bad: true})
			}
		}
	}
	if bisection > 0 {
		s.Legend += fmt.Sprintf(" In brackets those that bisection makes for the same: it measures for %s ms, this search for %s ms.", figure.Fixed(1000*bisection, 1), figure.Fixed(1000*mlr, 1))
	}
	return s
}

// trialsOf writes a number of trials, with bisection's in brackets.
func trialsOf(n, bisection int, bisected bool) result.Verbatim {
	if bisected {
		return result.Verbatim(fmt.Sprintf("%d (%d)", n, bisection))
	}
	return result.Verbatim(strconv.Itoa(n))
}

// limitOf names the busiest station, or the link where it is full.
func limitOf(bottleneck string, found, upTo float64, none string) string {
	switch {
	case found == 0:
		return none
	case upTo == 0:
		return "none: full link"
	}
	return bottleneck
}

func frameName(r *ThroughputRow) string {
	if _, err := strconv.Atoi(r.Frames); err == nil {
		return r.Frames + " B"
	}
	return fmt.Sprintf("%s, %s B", r.Frames, figure.Fixed(r.MeanFrame, 1))
}

// latencies has a row for each frame size and share.
func latencies(rows []ThroughputRow) result.Section {
	s := result.Section{Name: "latency", Draw: &result.Draw{X: "of NDR", Y: []string{"p99"}}, Legend: "Of NDR: of the load found for the first loss.",
		Columns: []result.Column{{Head: "of NDR", Unit: "ratio", Decimals: 2, Digits: result.Short}, {Head: "Mpps", Unit: "Mpps", Fixed: true, Decimals: 3, Digits: result.Exact}}}
	for _, head := range []string{"mean", "p50", "p99", "p99.9", "max"} {
		s.Columns = append(s.Columns, result.Column{Head: head, Unit: "us", Fixed: true, Decimals: 2, Digits: result.Exact, Better: stats.Lower})
	}
	for i := range rows {
		for k, p := range rows[i].Latency {
			label := frameName(&rows[i])
			if k > 0 {
				label = ""
			}
			s.Rows = append(s.Rows, result.Row{Label: label, Values: []any{p.Share, p.Mpps, p.MeanNs / 1000, p.P50Ns / 1000, p.P99Ns / 1000, p.P999Ns / 1000, p.MaxNs / 1000}})
		}
	}
	return s
}

func losses(rows []ThroughputRow) []result.Item {
	var list []result.Item
	for i := range rows {
		var points []string
		for _, p := range rows[i].Loss {
			points = append(points, fmt.Sprintf("%s%% at %s%%", figure.Amount(100*p.Ratio), figure.Amount(100*p.Load)))
		}
		if len(points) > 0 {
			list = append(list, result.Item{Term: frameName(&rows[i]), Text: strings.Join(points, ", ")})
		}
	}
	return list
}

func bursts(rows []ThroughputRow) []result.Item {
	var list []result.Item
	for i := range rows {
		r := &rows[i]
		if b := r.Burst; b != nil {
			text := fmt.Sprintf("%d frames back to back from each source lose nothing", b.Frames)
			if b.Unbounded {
				text += ", the longest burst that was tried"
			}
			list = append(list, result.Item{Term: frameName(r), Text: text})
		}
		if c := r.Recovery; c != nil {
			text := fmt.Sprintf("%s%% of the link, then %s%%: ", figure.Amount(100*c.Overload), figure.Amount(100*c.Load))
			if c.Lost {
				text += fmt.Sprintf("the last frame that is lost is sent %s us after the change", figure.Fixed(c.Ns/1000, 2))
			} else {
				text += "nothing is lost"
			}
			list = append(list, result.Item{Term: frameName(r), Text: text})
		}
	}
	return list
}

// throughputCSV has a row for each placement, frame size and loss, and the latencies after the first.
func throughputCSV(x *ThroughputReport) *result.Section {
	s := result.NewTable("scenario", "placement", "status", "frames", "frame_mean_bytes", "kind", "loss_goal_ratio", "load_ratio", "load_failing_ratio",
		"offered_mpps", "offered_gbps", "bottleneck", "trials", "bisection_trials", "latency_mean_ns", "latency_p50_ns", "latency_p99_ns",
		"latency_p999_ns", "latency_max_ns", "loss_ratio")
	for i := range x.Rows {
		r := &x.Rows[i]
		add := func(values ...any) {
			s.AddRow(append([]any{x.Scenario.Name, r.Placement, r.Status, r.Frames, r.MeanFrame}, values...)...)
		}
		if r.Status != result.OK {
			add("refused")
		}
		for _, g := range r.Goals {
			add("throughput", g.Loss, g.Load, g.UpTo, g.Mpps, g.Gbps, g.Bottleneck, int64(r.Trials), int64(r.BisectionTrials))
		}
		for _, p := range r.Latency {
			add("latency", nil, p.Load, nil, p.Mpps, nil, nil, nil, nil, p.MeanNs, p.P50Ns, p.P99Ns, p.P999Ns, p.MaxNs)
		}
		for _, p := range r.Loss {
			add("frame_loss", nil, p.Load, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, p.Ratio)
		}
	}
	return s
}
