package reports

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/dsnsim/dsnsim/internal/spell"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// ConnectionsNames returns the formats of WriteConnections, in a fixed order.
func ConnectionsNames() []string { return []string{"table", "csv", "json", "markdown"} }

// WriteConnections writes how many connections placements follow in one of the formats of ConnectionsNames, with a single call of w.Write.
func WriteConnections(w io.Writer, format string, x *result.Connections, opt Options) error {
	var out bytes.Buffer
	var err error
	switch format {
	case "table":
		err = writeDocument(&out, connectionsDocument(x), opt)
	case "csv":
		err = connectionsCSV(&out, x)
	case "json":
		e := json.NewEncoder(&out)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		err = e.Encode(x)
	case "markdown":
		markdownDocument(&out, connectionsDocument(x))
	default:
		return fmt.Errorf("format %q of connections is not known%s", format, spell.DidYouMean(format, ConnectionsNames()))
	}
	if err != nil {
		return fmt.Errorf("connections as %s: %w", format, err)
	}
	if _, err := w.Write(out.Bytes()); err != nil {
		return fmt.Errorf("write connections: %w", err)
	}
	return nil
}

// connectionsDocument arranges what was found for people.
func connectionsDocument(x *result.Connections) *document {
	tool := strings.TrimSpace("dsnsim " + x.Tool.Version + " " + x.Tool.Revision)
	d := &document{footer: []string{fmt.Sprintf("%s, scenario %s, sha256 %.12s, seed %d", tool, x.Scenario.Name, x.Scenario.SHA256, x.Scenario.Seed)}}
	if !x.Complete {
		d.blocks = append(d.blocks, block{title: "INCOMPLETE: the search was interrupted; what is here was finished, the rest is missing"})
	}
	var refused, short, notes []item
	for i := range x.Rows {
		r := &x.Rows[i]
		if r.Status != result.OK {
			refused = append(refused, item{term: r.Placement, text: r.Status + ": " + strings.Join(r.Reasons, "; "), bad: true})
		}
		for _, g := range r.Goals {
			if !g.Done {
				short = append(short, item{term: r.Placement, text: fmt.Sprintf("no trial was left where %s%% may fail: the bounds are %s and %s a second and server",
					amount(100*g.Failing), amount(g.PerServer), amount(g.UpTo)), bad: true})
			}
		}
	}
	d.add(fmt.Sprintf("%s on %s: connections a second", x.Scenario.Name, x.Profile), rates(x.Rows), short...)
	d.add("Connections at a time", held(x.Rows))
	d.add("Not searched", nil, refused...)
	for _, n := range x.Notes {
		notes = append(notes, item{text: n})
	}
	d.add("Notes", nil, notes...)
	return d
}

// rates has a row for each placement and share that may fail; nil where nothing was searched.
func rates(rows []result.ConnectionsRow) *grid {
	g := &grid{heads: []string{"may fail, %", "k/s, each server", "k/s, all", "trials", "bottleneck"}, whole: true}
	bisected := slices.ContainsFunc(rows, func(r result.ConnectionsRow) bool { return r.BisectionTrials > 0 })
	for i := range rows {
		r := &rows[i]
		for k, goal := range r.Goals {
			label, trials := r.Placement, strconv.Itoa(r.Trials)
			if bisected {
				trials += fmt.Sprintf(" (%d)", r.BisectionTrials)
			}
			if k > 0 {
				label, trials = "", ""
			}
			g.rows = append(g.rows, row{label: label, cells: []cell{{text: amount(100 * goal.Failing)}, {text: figure(goal.PerServer/1e3, 3)},
				{text: figure(goal.PerSecond/1e3, 3)}, {text: trials}, {text: limitOf(&goal), words: true}}})
		}
	}
	if len(g.rows) == 0 {
		return nil
	}
	g.legend = "Trials are for all shares together."
	if bisected {
		g.legend += " In brackets those that bisection makes for the same."
	}
	return g
}

// limitOf names the busiest station, or the link where it is full.
func limitOf(g *result.ConnectionsGoal) string {
	switch {
	case g.PerServer == 0:
		return "no connection"
	case g.UpTo == 0:
		return "none: full link"
	}
	return g.Bottleneck
}

// held has a row for each placement that was filled with connections; nil where none was.
func held(rows []result.ConnectionsRow) *grid {
	g := &grid{heads: []string{"connections", "of servers", "k/s for ever"}, whole: true}
	for i := range rows {
		h := rows[i].Held
		if h == nil {
			continue
		}
		most, sustained := strconv.FormatInt(h.Connections, 10), figure(h.Sustained/1e3, 3)
		if !h.Full {
			most, sustained = "at least "+most, absent
		}
		g.rows = append(g.rows, row{label: rows[i].Placement, cells: []cell{{text: most}, {text: strconv.Itoa(h.Servers)}, {text: sustained}}})
		if h.Full {
			g.legend = fmt.Sprintf("For ever: what the table has room for when each connection keeps its entry for %s s after its end.", amount(h.ClosingSeconds))
		}
	}
	if len(g.rows) == 0 {
		return nil
	}
	return g
}

// connectionsCSV writes one row for each placement and share that may fail.
func connectionsCSV(out *bytes.Buffer, x *result.Connections) error {
	w := csv.NewWriter(out)
	write := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	header := []string{"scenario", "placement", "status", "failing_goal_ratio", "per_second_and_server", "failing_per_second_and_server", "per_second",
		"bottleneck", "trials", "bisection_trials", "concurrent", "concurrent_full", "concurrent_servers", "sustained_per_second"}
	if err := w.Write(header); err != nil {
		return err
	}
	for i := range x.Rows {
		r := &x.Rows[i]
		start := []string{x.Scenario.Name, r.Placement, r.Status}
		if r.Status != result.OK {
			_ = w.Write(append(start, make([]string, len(header)-len(start))...)) // w.Error tells
		}
		for _, g := range r.Goals {
			line := append(start[:3:3], write(g.Failing), write(g.PerServer), write(g.UpTo), write(g.PerSecond), g.Bottleneck, strconv.Itoa(r.Trials), strconv.Itoa(r.BisectionTrials))
			if h := r.Held; h != nil {
				line = append(line, strconv.FormatInt(h.Connections, 10), strconv.FormatBool(h.Full), strconv.Itoa(h.Servers), write(h.Sustained))
			}
			_ = w.Write(append(line, make([]string, len(header)-len(line))...))
		}
	}
	w.Flush()
	return w.Error()
}
