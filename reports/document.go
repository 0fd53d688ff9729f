package reports

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// newDocument arranges a report for people: what decides first, what explains it after.
func newDocument(r *result.Report, wide bool) *document {
	d := &document{footer: footer(r)}
	t := newResults(r)
	if !r.Complete {
		d.blocks = append(d.blocks, block{title: "INCOMPLETE: the run was interrupted; what is here was finished, the rest is missing"})
	}
	if len(t.list) > 0 {
		d.add(r.Scenario.Name+": "+counted(len(t.placements), "placement"), t.compare(wide))
	}
	d.add("Not simulated", nil, refusals(r)...)
	if len(t.list) > 0 {
		d.add("By class and direction", t.classes())
		d.add("Packets dropped, by place", t.drops())
		d.add("Busiest stations, with mean service and wait", t.stations(wide))
	}
	d.add("Sources, over all servers", sources(r))
	d.add("Expectations", nil, expectations(r)...)
	d.add("Notes", nil, notes(r)...)
	return d
}

// add appends a block unless there is nothing in it.
func (d *document) add(title string, g *grid, items ...item) {
	if g != nil || len(items) > 0 {
		d.blocks = append(d.blocks, block{title, g, items})
	}
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// refusals lists the placements that cannot run the scenario, with every reason.
func refusals(r *result.Report) []item {
	var list []item
	for _, res := range r.Results {
		if res.Status == result.OK {
			continue
		}
		text := res.Status
		if len(res.Reasons) > 0 {
			text += ": " + strings.Join(res.Reasons, "; ")
		}
		it := item{term: res.Placement, text: text}
		if !slices.Contains(list, it) {
			list = append(list, it)
		}
	}
	return list
}

// notes returns what a reader must know to trust the figures.
func notes(r *result.Report) []item {
	list := make([]item, len(r.Notes))
	for i, n := range r.Notes {
		list[i].text = n
	}
	return list
}

// expectations lists each with its verdict, and what was measured or why it does not hold.
func expectations(r *result.Report) []item {
	list := make([]item, len(r.Expectations))
	for i, e := range r.Expectations {
		why := e.Why
		if why == "" {
			why = "measured " + strconv.FormatFloat(e.Value, 'g', 6, 64) + expectedUnit(e.Text)
		}
		list[i] = item{term: e.Verdict, text: fmt.Sprintf("%s (%s)", e.Text, why), bad: e.Verdict == "fails"}
	}
	return list
}

// expectedUnit returns the unit, after a space, of the value that an expectation measures: that of the metric that ends
// its left side.
func expectedUnit(text string) string {
	left, _, _ := strings.Cut(text, " ")
	unit := ""
	for _, m := range stats.All() {
		// chain.latency.p99 ends in latency.p99 too; both are times.
		if (left == m.Name || strings.HasSuffix(left, "."+m.Name)) && m.Unit != "ratio" {
			unit = " " + m.Unit
		}
	}
	return unit
}

// footer tells what a reader needs to get the same report again.
func footer(r *result.Report) []string {
	tool := strings.TrimSpace("dsnsim " + r.Tool.Version)
	if r.Tool.Revision != "" {
		tool += " (" + short(r.Tool.Revision) + ")"
	}
	lines := []string{fmt.Sprintf("%s, scenario %s, seed %d", tool, r.Scenario.Name, r.Scenario.Seed)}
	var file []string
	if r.Scenario.File != "" {
		file = append(file, r.Scenario.File)
	}
	if r.Scenario.SHA256 != "" {
		file = append(file, "sha256 "+short(r.Scenario.SHA256))
	}
	if len(file) > 0 {
		lines = append(lines, strings.Join(file, ", "))
	}
	return lines
}

// short returns the start of a hash, enough to tell it from others.
func short(hash string) string { return hash[:min(12, len(hash))] }
