package scenarios

import (
	"slices"

	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/scenarios/demand"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Points returns how many sizes the workload with the longest list has: so often the workloads are run.
func (s *Scenario) Points() int {
	n := 0
	for i := range s.Workloads {
		n = max(n, len(s.Workloads[i].Lengths()))
	}
	return n
}

// checkWorkloads gives names to items that have none, and checks all names.
func (s *Scenario) checkWorkloads(n *strict.Node) {
	if !n.Has("traffic") && !n.Has("workloads") {
		n.Errorf(`missing key "traffic"`)
	}
	if n.Has("attacks") && !n.Has("traffic") && n.Has("workloads") {
		n.At("attacks").Errorf("attacks need traffic, on which their effect is measured")
	}
	list := n.At("workloads")
	items := list.Items()
	if n.Has("workloads") && list.Kind() == strict.List && len(items) == 0 && !n.Has("traffic") {
		list.Errorf("expected at least one item, such as {rdma: read, size: 4KiB}")
	}
	if len(items) != len(s.Workloads) || list.TooLong() {
		return
	}
	var taken []string
	for i := range s.Traffic {
		taken = append(taken, s.Traffic[i].Name)
	}
	for i := range s.Workloads {
		w, at := &s.Workloads[i], items[i]
		if at.Has("name") {
			at = at.At("name")
		} else {
			w.Name = "workload" + units.Count(i).String()
		}
		for k := range max(1, len(w.Lengths())) {
			class := w.Name
			if len(w.Lengths()) > 0 {
				class = w.Class(k)
			}
			switch {
			case !classPattern.MatchString(class):
				at.Errorf("expected a name of letters, digits, - and _ (at most 40, with the size where there are several), got %q", class)
			case reserved(class):
				at.Errorf("a workload cannot be named %q: an expectation could not tell it from a placement or a metric", class)
			case slices.Contains(taken, class):
				at.Errorf("duplicate name %q; give each item its own name", class)
			}
			taken = append(taken, class)
		}
	}
	demand.CheckOutstanding(s.Workloads, items, s.Rack.Servers)
}
