package stats

import (
	"math"
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/internal/spell"
)

// Better says in which direction a metric improves.
type Better uint8

// The directions. Neither is for what describes the load and not how well it was carried.
const (
	Neither Better = iota
	Higher
	Lower
)

// String returns "neither", "higher" or "lower".
func (b Better) String() string { return [...]string{"neither", "higher", "lower"}[b] }

// Scope says what has a value of its own of a metric.
type Scope uint8

// The scopes: PerTraffic metrics exist for each placement, traffic class and direction, PerPlacement ones once for each
// placement.
const (
	PerTraffic Scope = iota
	PerPlacement
)

// Metric declares one figure that a run yields: what it is called in reports and expectations, and what it means.
type Metric struct {
	Name string
	// Unit is the unit in CSV and JSON; "ratio" is from 0 to 1.
	Unit   string
	Better Better
	Scope  Scope
	Help   string
	// Source is where the definition comes from; "dsnsim" where it is our own.
	Source string
}

// Word is the unit of what has words for values; no number is written of it.
const Word = "word"

// Range returns the least and the greatest value that a metric can have.
func (m Metric) Range() (least, most float64) {
	switch {
	case m.Name == "thermal.junction", m.Name == "security.victim_p99_rise":
		return math.Inf(-1), math.Inf(1)
	case m.Unit == "ratio" && m.Name != "uplink.oversubscription":
		return 0, 1
	}
	return 0, math.Inf(1)
}

// Shown returns the unit in which people see what is counted in a unit of the catalogue, and its size in that: microseconds for nanoseconds, per
// cent for ratios. It is the same in all reports, so that the same figure is the same number.
func Shown(unit string) (name string, size float64) {
	switch unit {
	case "ns":
		return "us", 1e3
	case "ratio":
		return "%", 0.01
	case "iops":
		return "kIOPS", 1e3
	}
	return unit, 1
}

// dropFamily is the entry of the catalogue that stands for one metric for each DropReason.
const dropFamily = "drops.<reason>"

// All returns the catalogue in its fixed order, the families written out.
func All() []Metric {
	all := make([]Metric, 0, len(catalogue)+DropReasons)
	for _, m := range catalogue {
		if m.Name == dropFamily {
			all = append(all, dropMetrics(m)...)
			continue
		}
		all = append(all, m)
	}
	return all
}

func dropMetrics(family Metric) []Metric {
	drops := make([]Metric, DropReasons)
	for r, reason := range dropReasons {
		drops[r] = family
		drops[r].Name = "drops." + reason.name
		drops[r].Help = family.Help + reason.where
	}
	return drops
}

// Lookup returns the metric of that name, and whether there is one.
func Lookup(name string) (Metric, bool) {
	all := All()
	i := slices.IndexFunc(all, func(m Metric) bool { return m.Name == name })
	if i < 0 {
		return Metric{}, false
	}
	return all[i], true
}

// Nearest returns the metric's name that name most likely misspells, or "" when none is near.
func Nearest(name string) string {
	all := All()
	names := make([]string, len(all))
	for i, m := range all {
		names[i] = m.Name
	}
	return spell.Nearest(name, names)
}

// CSVColumn returns a metric's column name: '_' for '.', and the unit at the end unless the name ends in it already
// (latency.p99 becomes latency_p99_ns, throughput.gbps throughput_gbps). A name that is no metric gets no unit.
func CSVColumn(name string) string {
	column := strings.ReplaceAll(name, ".", "_")
	m, ok := Lookup(name)
	suffix := "_" + strings.ToLower(m.Unit)
	if !ok || m.Unit == Word || strings.HasSuffix(column, suffix) {
		return column
	}
	return column + suffix
}
