package reports

import (
	"slices"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// byWorkload lists what is compared for each workload.
var byWorkload = [...]line{
	{"operations", "workload.iops", "operations", 3},
	{"data", "workload.gbps", "bits", 3},
	{"latency p50", "workload.latency.p50", "latency", 3},
	{"latency p99", "workload.latency.p99", "latency", 3},
	{"sent again", "workload.retries", "retries", 1},
	{"contexts read", "workload.qp_miss_ratio", "misses", 4},
	{"utilisation", "bottleneck.utilization", "busy", 1},
}

// ofWorkload reports whether a result is that of a workload.
func ofWorkload(r *result.Result) bool {
	_, ok := r.Metrics["workload.supported"]
	return ok
}

// workloads returns the table of RDMA and storage, or nil without any that ran. What is 0 everywhere has no row.
func (t *results) workloads() *grid {
	var classes []string
	for i := range t.list {
		if r := &t.list[i]; ofWorkload(r) && !slices.Contains(classes, r.Class) {
			classes = append(classes, r.Class)
		}
	}
	if len(classes) == 0 {
		return nil
	}
	g := &grid{heads: t.placements}
	for _, l := range byWorkload {
		var all []*result.Result
		for _, c := range classes {
			all = append(all, t.of(c, result.All)...)
		}
		if _, large := extremes(l.values(all)); large == 0 {
			continue
		}
		s := l.scale(byWorkload[:], all)
		g.rows = append(g.rows, row{label: l.title(s)})
		for _, c := range classes {
			g.rows = append(g.rows, row{label: c, indent: 2, cells: l.cells(s, t.of(c, result.All))})
		}
	}
	return g
}
