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

// workloads returns the table of RDMA and storage, or nil without any that ran.
func (t *results) workloads() *grid { return t.byClass(byWorkload[:], ofWorkload) }

// byConnection lists what is compared for each class of connections.
var byConnection = [...]line{
	{"goodput", "tcp.goodput.gbps", "bits", 3},
	{"sent again", "tcp.retransmitted.ratio", "resent", 3},
	{"round trip mean", "tcp.rtt.mean", "latency", 2},
	{"round trip p99", "tcp.rtt.p99", "latency", 2},
	{"transfer mean", "tcp.fct.mean", "transfer", 2},
	{"transfer p99", "tcp.fct.p99", "transfer", 2},
}

// connections returns the table of what reacts to the placement, or nil without any.
func (t *results) connections() *grid {
	return t.byClass(byConnection[:], func(r *result.Result) bool { return r.Direction == result.All && has(r, "tcp.goodput.gbps") })
}

// byClass returns a table of some results by class, or nil without any. What is 0 everywhere has no row.
func (t *results) byClass(lines []line, is func(*result.Result) bool) *grid {
	var classes []string
	for i := range t.list {
		if r := &t.list[i]; is(r) && !slices.Contains(classes, r.Class) {
			classes = append(classes, r.Class)
		}
	}
	if len(classes) == 0 {
		return nil
	}
	g := &grid{heads: t.placements}
	for _, l := range lines {
		var all []*result.Result
		for _, c := range classes {
			all = append(all, t.of(c, result.All)...)
		}
		if _, large := extremes(l.values(all)); large == 0 {
			continue
		}
		s := l.scale(lines, all)
		g.rows = append(g.rows, row{label: l.title(s)})
		for _, c := range classes {
			g.rows = append(g.rows, row{label: c, indent: 2, cells: l.cells(s, t.of(c, result.All))})
		}
	}
	return g
}
