package reports

import (
	"math"
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/reports/layout"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// results is what the placements that ran found, by placement in the report's order.
type results struct {
	placements []string
	list       []result.Result
}

func newResults(r *result.Report) *results {
	t := &results{}
	for _, res := range r.Results {
		if res.Status != result.OK {
			continue
		}
		t.list = append(t.list, res)
		if !slices.Contains(t.placements, res.Placement) {
			t.placements = append(t.placements, res.Placement)
		}
	}
	return t
}

// of returns what each placement found for a class and direction; nil where there is nothing.
func (t *results) of(class, direction string) []*result.Result {
	found := make([]*result.Result, len(t.placements))
	for i := range t.list {
		if r := &t.list[i]; r.Class == class && r.Direction == direction {
			found[slices.Index(t.placements, r.Placement)] = r
		}
	}
	return found
}

func has(r *result.Result, metric string) bool {
	if r == nil {
		return false
	}
	_, ok := r.Metrics[metric]
	return ok
}

// line is one metric of a comparison.
type line struct{ stats.Line }

func linesOf(v stats.View) []line {
	var list []line
	for _, l := range v.Lines {
		list = append(list, line{l})
	}
	return list
}

// values returns what the results have of the line's metric.
func (l line) values(all []*result.Result) []float64 {
	var list []float64
	for _, r := range all {
		if has(r, l.Metric) {
			list = append(list, r.Metrics[l.Metric])
		}
	}
	return list
}

// scale chooses the decimals of a line. Its unit is the same in all reports.
func (l line) scale(all []*result.Result) layout.Scale {
	m, _ := stats.Lookup(l.Metric)
	unit, size := stats.Shown(m.Unit)
	return layout.NewScale(layout.Prefix{Unit: unit, Size: size}, l.values(all), l.Decimals)
}

// title returns the label with its unit, unless that is the last word of the label.
func (l line) title(s layout.Scale) string {
	words := strings.FieldsFunc(l.Label, func(r rune) bool { return r == ' ' || r == '.' })
	if strings.EqualFold(words[len(words)-1], s.Unit) {
		return l.Label
	}
	return l.Label + ", " + s.Unit
}

// cells writes the metric of each result, and marks the best and those that cannot be told from it.
func (l line) cells(s layout.Scale, all []*result.Result) []layout.Cell {
	cells := make([]layout.Cell, len(all))
	measured := 0
	for i, r := range all {
		cells[i].Text = layout.Absent
		if has(r, l.Metric) {
			measured++
			cells[i].Text = s.Text(r.Metrics[l.Metric])
			cells[i].Half = s.Half(r.CI95[l.Metric])
		}
	}
	best, open := l.best(all, cells)
	for _, i := range best {
		// What most placements share tells none apart.
		cells[i].Best = 2*len(best) <= measured
	}
	for _, i := range open {
		cells[i].Open = 2*len(best) <= measured
	}
	return cells
}

const (
	// level is how close to the best a mean must be, as a share of it, to count as equal; the interval of the difference too.
	// assumed: what nobody buys hardware for
	level = 0.01
	// vague is how wide an interval may be, as a share of its mean, for the mean to be called the best.
	vague = 0.5
)

// best returns the places of the best mean and of those level with it; and of those that the intervals do not tell from it. Only what is
// steady is compared: the figures of an overloaded placement are of another load than the others carry.
func (l line) best(all []*result.Result, cells []layout.Cell) (best, open []int) {
	m, _ := stats.Lookup(l.Metric)
	top := -1
	for i, r := range all {
		if !has(r, l.Metric) || m.Better == stats.Neither || !isSteady(r) {
			continue
		}
		if top < 0 || (r.Metrics[l.Metric] > all[top].Metrics[l.Metric]) == (m.Better == stats.Higher) {
			top = i
		}
	}
	if top < 0 {
		return nil, nil
	}
	mean, half := math.Abs(all[top].Metrics[l.Metric]), all[top].CI95[l.Metric]
	for i, r := range all {
		if !has(r, l.Metric) || !isSteady(r) {
			continue
		}
		distance, between := l.between(all[top], r)
		switch {
		case half > vague*mean: // the best by a guess
			if i == top || distance <= between {
				open = append(open, i)
			}
		case i == top, distance+between <= level*mean, cells[i].Text == cells[top].Text && cells[i].Half == cells[top].Half:
			best = append(best, i)
		case distance <= between:
			open = append(open, i)
		}
	}
	return best, open
}

// between returns how far two results are apart, and the half-width of the interval of that: by pairs of replications where their values are
// known, since they met the same packets.
func (l line) between(a, b *result.Result) (distance, half float64) {
	distance = math.Abs(a.Metrics[l.Metric] - b.Metrics[l.Metric])
	if a == b {
		return 0, 0
	}
	if d := stats.Compare(a.Samples[l.Metric], b.Samples[l.Metric]); d.Known() {
		return distance, d.HalfWidth
	}
	return distance, math.Hypot(a.CI95[l.Metric], b.CI95[l.Metric])
}
