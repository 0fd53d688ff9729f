package reports

import (
	"fmt"
	"math"
	"strings"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// seen is what a placement of the fixtures gives for all traffic.
type seen struct {
	placement            string
	gbps, loss           float64
	min, p50, p99, ipdv  float64 // ns
	cores, ports, cross  float64
	bottleneck           string
	busy, wait, waitMax  float64 // busy as a ratio, waits in ns
	drops                float64
	dropReason, busySide string
}

// fivePlacements has figures of the size that a rack at 25 Gbps gives, with a software placement that is overloaded.
func fivePlacements() []seen {
	return []seen{
		{"software", 14.712, 0.3174, 275000, 1358950, 1911550, 117759, 4, 0, 0, "host[0].core[2]", 1, 1292376, 1887329, 6779, "host_queue", "host[0].core[1]"},
		{"nic", 38.093, 0, 2334, 3229, 3973, 188.2, 0, 0, 0, "server.port[1]", 0.505, 11.1, 161.7, 0, "", "tor.port[1]"},
		{"bump-in-the-wire", 38.088, 0, 2863, 3771, 4963, 310.4, 0, 0, 0, "server.port[1]", 0.504, 10.7, 163, 0, "", "tor.port[1]"},
		{"tor", 38.094, 0, 3474, 4351, 5170, 222.1, 0, 0, 0, "tor.port[1]", 0.4, 2.3, 250.6, 0, "", "tor.dsn[3].crypto"},
		{"appliance", 38.094, 0, 3508, 4398, 5260, 222.4, 0, 8, 2, "tor.port[1]", 0.4, 2.3, 329.9, 0, "", "appliance.dsn[0].crypto"},
	}
}

// part is a class and a direction, and the share of the traffic in it.
type part struct {
	class, direction string
	share            float64
}

// quickReport is one replication of one class in both directions.
func quickReport() *result.Report {
	parts := []part{{result.All, result.All, 1}, {result.All, "inbound", 0.501}, {result.All, "outbound", 0.499}}
	r := newReport(parts, 1)
	r.Sources = []result.Source{
		{Class: "mix", Direction: "inbound", Packets: 10516, OfferedGbps: 19.069},
		{Class: "mix", Direction: "outbound", Packets: 10839, OfferedGbps: 19.027, Spaced: 12},
	}
	software := 1911550.0
	r.Expectations = []result.Expectation{
		{Text: "nic.loss.ratio == 0", Verdict: "holds"},
		{Text: "nic.latency.p99 < software.latency.p99", Verdict: "holds", Value: 3973, Unit: "ns", Against: &software},
		{Text: "software.loss.ratio == 0", Verdict: "fails", Value: 0.3174, Why: "software.loss.ratio is 0.3174, against 0"},
	}
	return r
}

// repeatedReport is quickReport with five replications, one placement that has drops outside the busiest stations, and
// notes that say the same of several placements.
func repeatedReport() *result.Report {
	r := newReport([]part{{result.All, result.All, 1}, {result.All, "inbound", 0.501}, {result.All, "outbound", 0.499}}, 5)
	r.Results[3].Stations[0].Drops = 17
	filling := ": less arrived than was offered and not lost, since queues were still filling: use a longer warm-up or duration"
	r.Notes = []string{"software" + filling, "tor: the flows of one server take one chip", "nic" + filling}
	software := 1911550.0
	r.Expectations = []result.Expectation{
		{Text: "nic.latency.p99 < software.latency.p99", Verdict: "holds", Value: 3973, Unit: "ns", Against: &software},
		{Text: "latency.p99 < 5us", Verdict: "fails", Value: 1911550, Why: "software.latency.p99 is 1.91155e+06 ns, against 5000"},
		{Text: "nic.latency.p99 < 4us", Verdict: "undecided", Value: 3973, Why: "needs more replications: nic.latency.p99 is 3973 ns +/- 119, against 4000"},
	}
	return r
}

// awkwardReport has all that makes a table wide: five replications, long class names, huge figures, a placement that is
// refused and an interruption.
func awkwardReport() *result.Report {
	long := "video-conference-upstream-of-every-guest"
	parts := []part{
		{result.All, result.All, 1}, {result.All, "inbound", 0.6}, {result.All, "outbound", 0.4},
		{"web", result.All, 0.2}, {"web", "inbound", 0.1}, {"web", "outbound", 0.1},
		{long, result.All, 0.7}, {long, "inbound", 0.4}, {long, "outbound", 0.3},
		{"rpc", "inbound", 0.1},
	}
	r := newReport(parts, 5)
	for i := range r.Results {
		if r.Results[i].Placement == "software" {
			r.Results[i].Metrics["latency.p999"] = 86_400e9 // a day
			r.Results[i].Metrics["drops.pcie_queue"] = 123_456_789_012
		}
	}
	r.Complete = false
	r.Scenario.Name = "the scenario of somebody who likes to describe it in its name"
	r.Scenario.File = "../../" + strings.Repeat("a-folder-with-a-rather-long-name/", 4) + "scenario.yaml"
	r.Results = append(r.Results, result.Result{
		Placement: "second-appliance-behind-the-spine", Class: result.All, Direction: result.All, Status: result.Undeployable,
		Metrics: map[string]float64{}, CI95: map[string]float64{}, Stations: []result.Station{},
		Reasons: []string{"the rack has no port left", "the profile's_name_that_cannot_be_broken_at_a_space_is_much_longer_than_any_line_of_the_table_that_it_stands_in"},
	})
	r.Sources = []result.Source{{Class: long, Direction: "inbound", Packets: math.MaxUint64, OfferedGbps: 1234567.8, Spaced: 123456789}}
	r.Expectations = []result.Expectation{{Text: long + ".nic.latency.p99 < 4us", Verdict: "undecided", Value: 3973,
		Why: "needs more replications: nic.latency.p99 is 3973 ns +/- 119, against 4000"}}
	r.Notes = []string{long + ": 1584 of 12968 packets were due before the wire was free and were spaced by line rate, by 959 ns at most"}
	return r
}

func newReport(parts []part, replications int) *result.Report {
	r := &result.Report{
		Tool: result.Tool{Version: "0.1.0", Revision: "0123456789abcdef0123456789abcdef01234567"},
		Scenario: result.Scenario{Name: "quickstart", File: "scenarios/quickstart.yaml", Seed: 1,
			SHA256: "50e6dcc4b1172cd28b25df00b4d2b6b0f5d50e6dcc4b1172cd28b25df00b4d2b"},
		Complete: true, Sources: []result.Source{}, Expectations: []result.Expectation{},
		States: []result.State{}, Cautions: []string{}, Comparisons: []result.Comparison{}, Attacks: []result.Attack{}, Notes: []string{},
	}
	for _, s := range fivePlacements() {
		r.States = append(r.States, s.state())
		for _, p := range parts {
			r.Results = append(r.Results, s.result(p, replications))
		}
	}
	return r
}

// state is overloaded where packets are dropped.
func (s seen) state() result.State {
	if s.drops == 0 {
		return result.State{Placement: s.placement, State: result.Steady, Summary: "what is offered is carried or refused by rules, and no queue grows"}
	}
	return result.State{Placement: s.placement, State: result.Overloaded, Summary: "mix inbound: 19.1 Gbps offered, " +
		"7.36 Gbps carried (31.7% lost in full queues); host[0].core[2] gets 147% of what it can do",
		Class: "mix", Direction: "inbound", Offered: result.Load{Mpps: 6, Gbps: 19.1}, Carried: result.Load{Mpps: 2.3, Gbps: 7.36}, QueueLoss: 0.317,
		BacklogBegin: 4000, BacklogEnd: 4096, Station: "host[0].core[2]", StationLoad: 1.47}
}

func (s seen) result(p part, replications int) result.Result {
	offered := 38.1 * p.share
	res := result.Result{Placement: s.placement, Class: p.class, Direction: p.direction, Replications: replications,
		Status: result.OK, State: s.state().State, Bottleneck: s.bottleneck, CI95: map[string]float64{}}
	res.Metrics = map[string]float64{
		"offered.gbps": offered, "offered.mpps": offered / 3.21,
		"throughput.gbps": s.gbps * p.share, "throughput.mpps": s.gbps * p.share / 3.21, "loss.ratio": s.loss,
		"latency.min": s.min, "latency.mean": math.Round(0.93 * s.p50), "latency.p50": s.p50, "latency.p99": s.p99, "latency.p999": math.Round(1.03 * s.p99),
		"chain.latency.p99": math.Round(0.14 * s.p99), "jitter.pdv_p99": s.p99 - s.min, "jitter.ipdv": s.ipdv,
		"host.cores": s.cores, "tor.extra_ports": s.ports, "tromboning.link_crossings": s.cross,
		"bottleneck.utilization": s.busy, "pcie.utilization": 0.3 * s.busy, "reorder.ratio": 0,
	}
	res.Stations = []result.Station{
		{Name: "idle.port", Servers: 1, Visits: 10, Utilization: 0.01, ServiceMeanNs: 120},
		{Name: s.bottleneck, Servers: 1, Visits: 5000, Utilization: s.busy, ServiceMeanNs: 162, WaitMeanNs: s.wait, WaitMaxNs: s.waitMax, Drops: s.drops, DropReason: s.dropReason},
		{Name: s.busySide, Servers: 2, Visits: 4000, Utilization: 0.9 * s.busy, ServiceMeanNs: 129, WaitMeanNs: 0.8 * s.wait, WaitMaxNs: 0.9 * s.waitMax},
	}
	for i := range 24 {
		res.Stations = append(res.Stations, result.Station{Name: fmt.Sprintf("spine.port[%d]", i), Servers: 1, Visits: 4000,
			Utilization: 0.2 + 0.0001*float64(i), ServiceMeanNs: 31, WaitMeanNs: 1.5, WaitMaxNs: 60 + float64(i)})
	}
	if s.drops > 0 {
		res.Metrics["drops."+s.dropReason] = s.drops * p.share
	}
	if replications > 1 {
		for name, v := range res.Metrics {
			res.CI95[name] = 0.03 * v
		}
		res.CI95["host.cores"] = 0
	}
	return res
}
