package reports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/internal/figure"
	"github.com/dsnsim/dsnsim/reports/layout"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// newDocument arranges a report for people: what decides first, what explains it after.
func newDocument(r *result.Report, wide bool) *layout.Document {
	d := &layout.Document{Footer: footer(r)}
	t := newResults(r)
	if !r.Complete {
		d.Blocks = append(d.Blocks, layout.Block{Title: "INCOMPLETE: the run was interrupted; what is here was finished, the rest is missing"})
	}
	title := r.Scenario.Name + ": " + figure.Counted(len(t.placements), "placement")
	if first := states(r); len(first) > 0 {
		d.Add(title, nil, first...)
		title = ""
	}
	if len(t.list) > 0 {
		d.Add(title, t.compare(wide))
	}
	d.Add(pairwiseTitle, nil, pairwise(r)...)
	d.Add("Not simulated", nil, refusals(r)...)
	d.Add("Simulated by force, though it cannot be deployed", nil, forced(r)...)
	if len(t.list) > 0 {
		d.Add(stats.ByDirection().Title, t.classes())
		for _, v := range stats.Views() {
			d.Add(v.Title, t.view(v))
		}
		d.Add("Packets dropped, by place", t.drops())
		d.Blocks = append(d.Blocks, t.sections(wide)...)
		d.Add("Busiest stations, with mean service and wait", t.stations(wide))
	}
	if s := sources(r); len(s.Rows) > 0 {
		d.Blocks = append(d.Blocks, layout.BlockOf(&s))
	}
	d.Add("Expectations", nil, expectations(r)...)
	d.Blocks = append(d.Blocks, baseline(r)...)
	d.Add("Notes", nil, notes(r)...)
	d.Add("Table 9-1, derived", table91(r))
	return d
}

// refusals lists the placements that cannot run the scenario, and the classes that a placement cannot run, with every reason.
func refusals(r *result.Report) []result.Item {
	type why struct{ placement, text string }
	var list, ofClasses []result.Item
	classes := map[why][]string{}
	var order []why
	for _, res := range r.Results {
		if res.Status == result.OK {
			continue
		}
		text := res.Status
		if len(res.Reasons) > 0 {
			text += ": " + strings.Join(res.Reasons, "; ")
		}
		if res.Class != result.All {
			w := why{res.Placement, text}
			if classes[w] == nil {
				order = append(order, w)
			}
			classes[w] = append(classes[w], res.Class)
			continue
		}
		if it := (result.Item{Term: res.Placement, Text: text}); !slices.Contains(list, it) {
			list = append(list, it)
		}
	}
	for _, w := range order {
		ofClasses = append(ofClasses, result.Item{Term: w.placement, Text: strings.Join(classes[w], ", ") + ": " + w.text})
	}
	return append(list, ofClasses...)
}

// forced lists the placements that were simulated though they cannot be deployed, with every reason.
func forced(r *result.Report) []result.Item {
	var list []result.Item
	for i := range r.Results {
		res := &r.Results[i]
		it := result.Item{Term: res.Placement, Text: result.Undeployable + ": " + strings.Join(res.Reasons, "; "), Bad: true}
		if res.Forced && !slices.Contains(list, it) {
			list = append(list, it)
		}
	}
	return list
}

// notes returns what a reader must know to trust the figures. What is said of several placements is said once.
func notes(r *result.Report) []result.Item {
	var list []result.Item
	about := map[string]int{} // the place in the list of what is said of a placement
	for _, n := range r.Notes {
		who, what, _ := strings.Cut(n, ": ")
		isPlacement := slices.ContainsFunc(r.Results, func(res result.Result) bool { return res.Placement == who })
		if i, ok := about[what]; ok && isPlacement {
			list[i].Text = strings.TrimSuffix(list[i].Text, ": "+what) + ", " + n
			continue
		}
		if isPlacement {
			about[what] = len(list)
		}
		list = append(list, result.Item{Text: n})
	}
	return list
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
