package diff

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// key is what rows of old and new reports are joined by.
type key struct{ scenario, placement, class, direction string }

type row struct {
	key
	*result.Result
	seen bool
}

// Compare compares reports row by row: those of a scenario, placement, class and direction with each other. It fails when one
// set has two rows of the same key, or a report of a run that was interrupted, which policy may allow.
func Compare(was, is Set, policy Policy) (*result.Diff, error) {
	d := &result.Diff{Old: was.Name, New: is.Name, Regressions: []result.Change{}, Improvements: []result.Change{}, Changes: []result.Change{},
		Missing: []result.Figure{}, Added: []result.Figure{}}
	d.Notes = notes(was, is)
	for _, set := range []Set{was, is} {
		if err := set.whole(); err != nil && !policy.Incomplete {
			return nil, err
		} else if err != nil {
			d.Notes = append(d.Notes, err.Error())
		}
	}
	olds, err := was.rows()
	if err != nil {
		return nil, err
	}
	news, err := is.rows()
	if err != nil {
		return nil, err
	}
	byKey := map[key]*row{}
	for i := range olds {
		byKey[olds[i].key] = &olds[i]
	}
	for i := range news {
		n := &news[i]
		o := byKey[n.key]
		if o == nil {
			d.Added = append(d.Added, n.figure(""))
			continue
		}
		o.seen = true
		compareRows(d, o, n, &policy)
	}
	for i := range olds {
		if !olds[i].seen {
			d.Missing = append(d.Missing, olds[i].figure(""))
		}
	}
	return d, nil
}

func (r *row) figure(metric string) result.Figure {
	return result.Figure{Scenario: r.scenario, Placement: r.placement, Class: r.class, Direction: r.direction, Metric: metric}
}

func compareRows(d *result.Diff, o, n *row, policy *Policy) {
	if o.Status != n.Status {
		c := result.Change{Figure: n.figure("status"), From: o.Status, To: strings.TrimSuffix(n.Status+": "+strings.Join(n.Reasons, "; "), ": ")}
		d.Put(c, works(n.Status)-works(o.Status))
		if n.Status != result.OK || o.Status != result.OK {
			d.Compared++
			return // its figures come and go with it
		}
	} else if n.Status != result.OK {
		d.Compared++ // that it still cannot run
	}
	compareStates(d, o, n)
	for _, m := range stats.All() {
		if m.Scope == stats.PerPlacement && (n.class != result.All || n.direction != result.All) {
			continue // the row of all says it once
		}
		was, had := o.Metrics[m.Name]
		is, has := n.Metrics[m.Name]
		switch {
		case had && !has:
			d.Missing = append(d.Missing, n.figure(m.Name))
		case has && !had:
			d.Added = append(d.Added, n.figure(m.Name))
		case has:
			d.Compared++
			compareFigures(d, m, o, n, was, is, policy)
		}
	}
}

// compareStates tells a state that changed: one that is steady no more is a regression.
func compareStates(d *result.Diff, o, n *row) {
	if n.class != result.All || n.direction != result.All || o.State == n.State || o.State == "" || n.State == "" {
		return
	}
	steady := func(s string) int {
		if s == result.Steady {
			return 1
		}
		return 0
	}
	d.Put(result.Change{Figure: n.figure("state"), From: o.State, To: n.State}, steady(n.State)-steady(o.State))
}

func compareFigures(d *result.Diff, m stats.Metric, o, n *row, was, is float64, policy *Policy) {
	a := stats.Estimate{Mean: was, HalfWidth: o.CI95[m.Name], N: o.runs(m.Name)}
	b := stats.Estimate{Mean: is, HalfWidth: n.CI95[m.Name], N: n.runs(m.Name)}
	if !policy.significant(m.Name, a, b) {
		return
	}
	c := result.Change{Figure: n.figure(m.Name), Old: was, New: is, OldCI95: a.HalfWidth, NewCI95: b.HalfWidth}
	if m.Unit != "ratio" {
		c.Unit = m.Unit
	}
	if share := (is - was) / math.Abs(was); !math.IsNaN(share) && !math.IsInf(share, 0) {
		c.Share = &share
	}
	up := 1
	if is < was {
		up = -1
	}
	switch m.Better {
	case stats.Higher:
		d.Put(c, up)
	case stats.Lower:
		d.Put(c, -up)
	default:
		d.Put(c, 0)
	}
}

// runs is of how many replications a figure is: one where it has no interval.
func (r *row) runs(metric string) int {
	if _, known := r.CI95[metric]; !known {
		return 1
	}
	return max(1, r.Replications)
}

// notes tell what is not the same on both sides although it should be.
func notes(was, is Set) []string {
	list := []string{}
	if was.Bare || is.Bare {
		list = append(list, "CSV has neither the hash of a scenario nor its seed: whether both are of the same is not known")
	}
	var single []string
	for _, n := range is.Reports {
		o := was.find(n.Scenario.Name)
		if o == nil {
			continue
		}
		name := n.Scenario.Name
		if Changed(o, n) {
			list = append(list, fmt.Sprintf("%s: the scenario is another (sha256 %.12s, was %.12s): what changed may be due to that", name, n.Scenario.SHA256, o.Scenario.SHA256))
		}
		if o.Scenario.Seed != n.Scenario.Seed {
			list = append(list, fmt.Sprintf("%s: the seed is %d, was %d: the traffic is another, and some of many figures differ by chance", name, n.Scenario.Seed, o.Scenario.Seed))
		}
		if once(o) && once(n) {
			single = append(single, name)
		}
	}
	if len(single) > 0 {
		list = append(list, strings.Join(single, ", ")+": one replication has no intervals, so that every change beyond the tolerance counts")
	}
	return list
}

// Changed reports whether two reports are known to be of different scenarios.
func Changed(o, n *result.Report) bool {
	return o.Scenario.SHA256 != n.Scenario.SHA256 && o.Scenario.SHA256 != "" && n.Scenario.SHA256 != ""
}

// once reports whether all rows of a report are of one replication.
func once(r *result.Report) bool {
	return !slices.ContainsFunc(r.Results, func(res result.Result) bool { return res.Replications > 1 })
}
