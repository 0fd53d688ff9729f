package reports

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// ThroughputNames returns the formats of WriteThroughput, in a fixed order.
func ThroughputNames() []string { return []string{"table", "csv", "json", "markdown"} }

// WriteThroughput writes what searches found in one of the formats of ThroughputNames, with a single call of w.Write.
func WriteThroughput(w io.Writer, format string, x *result.Throughput, opt Options) error {
	f := form{what: "throughput", names: ThroughputNames(), document: func() *document { return throughputDocument(x) },
		csv: func(out *bytes.Buffer) error { return throughputCSV(out, x) }, json: x}
	return f.write(w, format, opt)
}

// throughputDocument arranges what was found for people, placement by placement.
func throughputDocument(x *result.Throughput) *document {
	tool := strings.TrimSpace("dsnsim " + x.Tool.Version + " " + x.Tool.Revision)
	d := &document{footer: []string{fmt.Sprintf("%s, scenario %s, sha256 %.12s, seed %d", tool, x.Scenario.Name, x.Scenario.SHA256, x.Scenario.Seed)}}
	if !x.Complete {
		d.blocks = append(d.blocks, block{title: "INCOMPLETE: the search was interrupted; what is here was finished, the rest is missing"})
	}
	var refused []item
	for _, name := range placementsOf(x) {
		rows := rowsOf(x, name)
		if rows[0].Status != result.OK {
			refused = append(refused, item{term: name, text: rows[0].Status + ": " + strings.Join(rows[0].Reasons, "; "), bad: true})
			continue
		}
		d.add(fmt.Sprintf("%s on %s, %s: highest load by loss", x.Scenario.Name, x.Profile, name), goals(rows), unfinished(rows)...)
		d.add(name+": latency against load, us", latencies(rows))
		d.add(name+": loss against load (RFC 2544, 26.3)", nil, losses(rows)...)
		d.add(name+": bursts and recovery (RFC 2544, 26.4 and 26.5)", nil, bursts(rows)...)
	}
	d.add("Not searched", nil, refused...)
	var list []item
	for _, n := range x.Notes {
		list = append(list, item{text: n})
	}
	d.add("Notes", nil, list...)
	return d
}

func placementsOf(x *result.Throughput) []string {
	var list []string
	for i := range x.Rows {
		if name := x.Rows[i].Placement; !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

func rowsOf(x *result.Throughput, placement string) []result.ThroughputRow {
	var list []result.ThroughputRow
	for _, r := range x.Rows {
		if r.Placement == placement {
			list = append(list, r)
		}
	}
	return list
}

// goals has a row for each frame size and loss.
func goals(rows []result.ThroughputRow) *grid {
	g := &grid{heads: []string{"loss up to, %", "of link, %", "Mpps", "Gbps", "trials", "bottleneck"}, whole: true}
	bisected := slices.ContainsFunc(rows, func(r result.ThroughputRow) bool { return r.BisectionTrials > 0 })
	for i := range rows {
		r := &rows[i]
		for k, goal := range r.Goals {
			label, trials := frameName(r), strconv.Itoa(r.Trials)
			if bisected {
				trials += fmt.Sprintf(" (%d)", r.BisectionTrials)
			}
			if k > 0 {
				label, trials = "", ""
			}
			g.rows = append(g.rows, row{label: label, cells: []cell{{text: amount(100 * goal.Loss)}, {text: figure(100*goal.Load, 3)},
				{text: figure(goal.Mpps, 3)}, {text: figure(goal.Gbps, 3)}, {text: trials}, {text: bottleneckOf(&goal), words: true}}})
		}
	}
	g.legend = "Of link: of each server's link, preamble and gap included; Mpps and Gbps are of all servers. Trials are for all losses together."
	if bisected {
		mlr, bisection := 0.0, 0.0
		for i := range rows {
			mlr, bisection = mlr+rows[i].TrialSeconds, bisection+rows[i].BisectionSeconds
		}
		g.legend += fmt.Sprintf(" In brackets those that bisection makes for the same: it measures for %s ms, this search for %s ms.", figure(1000*bisection, 1), figure(1000*mlr, 1))
	}
	return g
}

func frameName(r *result.ThroughputRow) string {
	if _, err := strconv.Atoi(r.Frames); err == nil {
		return r.Frames + " B"
	}
	return fmt.Sprintf("%s, %s B", r.Frames, figure(r.MeanFrame, 1))
}

// bottleneckOf names the busiest station, or the link where it is full.
func bottleneckOf(g *result.ThroughputGoal) string {
	switch {
	case g.Load == 0:
		return "no load"
	case g.UpTo == 0:
		return "none: full link"
	}
	return g.Bottleneck
}

// figure writes a value with as many decimals, trailing zeros kept, so that columns line up.
func figure(v float64, decimals int) string { return strconv.FormatFloat(v, 'f', decimals, 64) }

// unfinished lists the searches that ran out of trials.
func unfinished(rows []result.ThroughputRow) []item {
	var list []item
	for i := range rows {
		for _, g := range rows[i].Goals {
			if !g.Done {
				list = append(list, item{term: frameName(&rows[i]), text: fmt.Sprintf("no trial was left for a loss of %s%%: the bounds are %s%% and %s%% of the link",
					amount(100*g.Loss), amount(100*g.Load), amount(100*g.UpTo)), bad: true})
			}
		}
	}
	return list
}

// latencies has a row for each frame size and share; nil where none was measured.
func latencies(rows []result.ThroughputRow) *grid {
	g := &grid{heads: []string{"of NDR, %", "Mpps", "mean", "p50", "p99", "p99.9", "max"}}
	drawn := slices.ContainsFunc(rows, func(r result.ThroughputRow) bool { return len(r.Latency) >= enoughToDraw })
	if drawn {
		g.heads = append(g.heads, "p99 drawn")
	}
	for i := range rows {
		for k, p := range rows[i].Latency {
			label := frameName(&rows[i])
			if k > 0 {
				label = ""
			}
			cells := []cell{{text: amount(100 * p.Share)}, {text: figure(p.Mpps, 3)}}
			for _, ns := range []float64{p.MeanNs, p.P50Ns, p.P99Ns, p.P999Ns, p.MaxNs} {
				cells = append(cells, cell{text: figure(ns/1000, 2)})
			}
			if drawn {
				cells = append(cells, cell{text: bar(&p, rows[i].Latency)})
			}
			g.rows = append(g.rows, row{label: label, cells: cells})
		}
	}
	if len(g.rows) == 0 {
		return nil
	}
	g.legend = "Of NDR: of the load found for the first loss."
	if drawn {
		g.legend += " Drawn from the lowest p99 of a frame size to its highest."
	}
	return g
}

// enoughToDraw is how many loads make a curve. assumed
const enoughToDraw = 8

// bar draws a p99 between the lowest and the highest of its row.
func bar(p *result.LatencyPoint, all []result.LatencyPoint) string {
	const width = 16
	least, most := p.P99Ns, p.P99Ns
	for i := range all {
		least, most = min(least, all[i].P99Ns), max(most, all[i].P99Ns)
	}
	n := 1
	if most > least {
		n += int((width-1)*(p.P99Ns-least)/(most-least) + 0.5)
	}
	return strings.Repeat("#", n) + strings.Repeat(".", width-n)
}

func losses(rows []result.ThroughputRow) []item {
	var list []item
	for i := range rows {
		var points []string
		for _, p := range rows[i].Loss {
			points = append(points, fmt.Sprintf("%s%% at %s%%", amount(100*p.Ratio), amount(100*p.Load)))
		}
		if len(points) > 0 {
			list = append(list, item{term: frameName(&rows[i]), text: strings.Join(points, ", ")})
		}
	}
	return list
}

func bursts(rows []result.ThroughputRow) []item {
	var list []item
	for i := range rows {
		r := &rows[i]
		if b := r.Burst; b != nil {
			text := fmt.Sprintf("%d frames back to back from each source lose nothing", b.Frames)
			if b.Unbounded {
				text += ", the longest burst that was tried"
			}
			list = append(list, item{term: frameName(r), text: text})
		}
		if c := r.Recovery; c != nil {
			text := fmt.Sprintf("%s%% of the link, then %s%%: ", amount(100*c.Overload), amount(100*c.Load))
			if c.Lost {
				text += fmt.Sprintf("the last frame that is lost is sent %s us after the change", figure(c.Ns/1000, 2))
			} else {
				text += "nothing is lost"
			}
			list = append(list, item{term: frameName(r), text: text})
		}
	}
	return list
}

// throughputCSV writes one row for each placement, frame size and loss, and the latencies after the first.
func throughputCSV(out *bytes.Buffer, x *result.Throughput) error {
	w := csv.NewWriter(out)
	write := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	header := []string{"scenario", "placement", "status", "frames", "frame_mean_bytes", "kind", "loss_goal_ratio", "load_ratio", "load_failing_ratio",
		"offered_mpps", "offered_gbps", "bottleneck", "trials", "bisection_trials", "latency_mean_ns", "latency_p50_ns", "latency_p99_ns",
		"latency_p999_ns", "latency_max_ns", "loss_ratio"}
	if err := w.Write(header); err != nil {
		return err
	}
	for i := range x.Rows {
		r := &x.Rows[i]
		start := []string{x.Scenario.Name, r.Placement, r.Status, r.Frames, write(r.MeanFrame)}
		add := func(fields ...string) {
			line := append(start[:5:5], fields...)
			_ = w.Write(append(line, make([]string, len(header)-len(line))...)) // w.Error tells
		}
		if r.Status != result.OK {
			add("refused")
		}
		for _, g := range r.Goals {
			add("throughput", write(g.Loss), write(g.Load), write(g.UpTo), write(g.Mpps), write(g.Gbps), g.Bottleneck, strconv.Itoa(r.Trials), strconv.Itoa(r.BisectionTrials))
		}
		for _, p := range r.Latency {
			add("latency", "", write(p.Load), "", write(p.Mpps), "", "", "", "", write(p.MeanNs), write(p.P50Ns), write(p.P99Ns), write(p.P999Ns), write(p.MaxNs))
		}
		for _, p := range r.Loss {
			add("frame_loss", "", write(p.Load), "", "", "", "", "", "", "", "", "", "", "", write(p.Ratio))
		}
	}
	w.Flush()
	return w.Error()
}
