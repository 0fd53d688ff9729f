package run

import (
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// arrived is what all sources together delivered.
func (o *outcome) arrived() (sum stats.Tally) {
	for _, t := range o.tallies {
		sum.Merge(t.arrived)
	}
	return sum
}

// withoutTraffic leaves out what is said of packets, where there are only workloads.
func withoutTraffic(lists ...map[string]float64) {
	for _, m := range lists {
		for name := range m {
			if d, ok := stats.Lookup(name); ok && d.Scope == stats.PerTraffic {
				delete(m, name)
			}
		}
	}
}

// sample returns the metrics of a row, which are computed once.
func (o *outcome) sample(row int, sel *selection, window units.Duration) map[string]float64 {
	for len(o.samples) <= row {
		o.samples = append(o.samples, nil)
	}
	if o.samples[row] == nil {
		o.samples[row] = o.metrics(sel, window)
	}
	return o.samples[row]
}

// estimate takes the mean and the 95% half-width of each metric, and lists its values by replication. A metric that some replication
// lacks is left out.
func estimate(samples []map[string]float64) (mean, half map[string]float64, each map[string][]float64) {
	mean, half, each = map[string]float64{}, map[string]float64{}, map[string][]float64{}
	for name := range samples[0] {
		var values []float64
		for _, s := range samples {
			if v, ok := s[name]; ok {
				values = append(values, v)
			}
		}
		if len(values) < len(samples) {
			continue
		}
		e := stats.EstimateMean(values)
		mean[name], each[name] = e.Mean, values
		if e.Known() {
			half[name] = e.HalfWidth
		}
	}
	return mean, half, each
}

// metrics computes the metrics of one row in one replication.
func (o *outcome) metrics(sel *selection, window units.Duration) map[string]float64 {
	t := newTally()
	for _, i := range sel.tallies {
		t.merge(o.tallies[i])
	}
	m := map[string]float64{
		"offered.gbps":    t.Offered.Gbps(window),
		"offered.mpps":    t.Offered.Mpps(window),
		"throughput.gbps": t.arrived.Gbps(window),
		"throughput.mpps": t.arrived.Mpps(window),
		"loss.ratio":      t.LossRatio(),
		"host.cores":      float64(o.cores),
		"tor.extra_ports": float64(o.ports),
	}
	if t.Offered.Packets > 0 {
		m["parser.too_deep"] = float64(t.tooDeep) / float64(t.Offered.Packets)
	}
	for reason := range stats.DropReason(stats.DropReasons) {
		m["drops."+reason.String()] = float64(t.Dropped[reason].Packets)
	}
	if t.latency.Count() > 0 {
		latencies(m, "latency.", t.latency)
		latencies(m, "chain.latency.", t.chain)
		m["jitter.pdv_p99"] = t.latency.PDV(990_000).Ns()
		m["jitter.pdv_p999"] = t.latency.PDV(999_000).Ns()
		m["reorder.ratio"] = t.jitter.ReorderRatio()
		if t.jitter.Pairs > 0 {
			m["jitter.ipdv"] = t.jitter.IPDV().Ns()
			m["jitter.rfc3550"] = t.jitter.RFC3550().Ns()
		}
	}
	o.deviceMetrics(m, sel, window)
	for _, p := range o.measured {
		p.metrics(m, &rowData{sel, o, t, window})
	}
	return m
}

func latencies(m map[string]float64, prefix string, h *stats.Histogram) {
	m[prefix+"min"] = h.Min().Ns()
	m[prefix+"mean"] = h.Mean().Ns()
	m[prefix+"p50"] = h.Quantile(500_000).Ns()
	m[prefix+"p90"] = h.Quantile(900_000).Ns()
	m[prefix+"p99"] = h.Quantile(990_000).Ns()
	m[prefix+"p999"] = h.Quantile(999_000).Ns()
	m[prefix+"max"] = h.Max().Ns()
}

// deviceMetrics adds what is measured at the devices on the way rather than on the packets.
func (o *outcome) deviceMetrics(m map[string]float64, sel *selection, window units.Duration) {
	var pcie float64
	var cryptoBytes int64
	for i := range o.usages {
		u := &o.usages[i]
		if !o.passes(sel, i) {
			continue
		}
		if strings.HasSuffix(u.Name, ".crypto") {
			cryptoBytes += u.Bytes
		}
		if strings.HasPrefix(u.Name, "pcie.") {
			pcie = max(pcie, utilization(u, window))
		}
	}
	m["pcie.utilization"], m["uplink.oversubscription"] = pcie, o.oversubscription
	if cryptoBytes > 0 {
		m["crypto.gbps"] = float64(cryptoBytes) * 8 / window.Ns()
	}
	if len(sel.dirs) > 0 {
		m["tromboning.link_crossings"] = o.crossings(sel)
	}
}

// crossings returns the link crossings of a packet that lead away from a box and back to it, in the mean over what is sent.
func (o *outcome) crossings(sel *selection) float64 {
	crossings, packets := 0.0, 0.0
	for _, i := range sel.tallies {
		_, dir := classAndDirection(i)
		n := float64(o.tallies[i].Offered.Packets)
		crossings += n * float64(o.trombone[dir])
		packets += n
	}
	first := float64(o.trombone[sel.dirs[0]])
	alike := !slices.ContainsFunc(sel.dirs, func(d direction) bool { return float64(o.trombone[d]) != first })
	if alike || packets == 0 {
		return first
	}
	return crossings / packets
}

// passes reports whether the packets of a row pass a resource.
func (o *outcome) passes(sel *selection, usage int) bool {
	for _, dir := range sel.dirs {
		if o.onWay[dir][usage] {
			return true
		}
	}
	return false
}

func utilization(u *sim.Usage, window units.Duration) float64 {
	return u.Busy.Seconds() / (window.Seconds() * float64(u.Servers))
}

// stations reports the resources on the way of a row's packets, in the mean over the replications. Those that no
// packet used are left out.
func stations(sel *selection, outcomes []*outcome, window units.Duration) []result.Station {
	onWay := make([]bool, len(outcomes[0].usages))
	for i := range onWay {
		onWay[i] = outcomes[0].passes(sel, i)
	}
	return stationsOf(onWay, outcomes, window)
}

// stationsOf reports some of the resources.
func stationsOf(onWay []bool, outcomes []*outcome, window units.Duration) []result.Station {
	var list []result.Station
	n := float64(len(outcomes))
	for i := range outcomes[0].usages {
		if !onWay[i] {
			continue
		}
		s := result.Station{Name: outcomes[0].usages[i].Name, Servers: outcomes[0].usages[i].Servers}
		var service, wait float64
		for _, o := range outcomes {
			u := &o.usages[i]
			s.Visits += float64(u.Visits) / n
			s.Drops += float64(u.Drops) / n
			s.Utilization += utilization(u, window) / n
			service += u.Service.Ns() / n
			wait += u.Wait.Ns() / n
			s.WaitMaxNs = max(s.WaitMaxNs, u.MaxWait.Ns())
		}
		if s.Visits == 0 && s.Drops == 0 {
			continue
		}
		if s.Visits > 0 {
			s.ServiceMeanNs, s.WaitMeanNs = service/s.Visits, wait/s.Visits
		}
		if s.Drops > 0 {
			s.DropReason = stats.DropReason(outcomes[0].usages[i].DropReason).String()
		}
		list = append(list, s)
	}
	return list
}

// busiest returns the station with the highest utilisation, the first of equals.
func busiest(list []result.Station) result.Station {
	var top result.Station
	for _, s := range list {
		if top.Name == "" || s.Utilization > top.Utilization {
			top = s
		}
	}
	return top
}
