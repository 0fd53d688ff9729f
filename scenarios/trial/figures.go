package trial

import (
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Arrived is what all sources together delivered.
func (o *Outcome) Arrived() (sum stats.Count) {
	for _, t := range o.Counters {
		sum.Merge(t.Arrived)
	}
	return sum
}

// WithoutTraffic leaves out what is said of packets, where no entry of the traffic sends any.
func WithoutTraffic(lists ...map[string]float64) {
	for _, m := range lists {
		for name := range m {
			if d, ok := stats.Lookup(name); ok && d.Scope == stats.PerTraffic {
				delete(m, name)
			}
		}
	}
}

// Sample returns the metrics of a row, which are computed once.
func (o *Outcome) Sample(row int, sel *Selection, window units.Duration) map[string]float64 {
	for len(o.samples) <= row {
		o.samples = append(o.samples, nil)
	}
	if o.samples[row] == nil {
		o.samples[row] = o.Metrics(sel, window)
	}
	return o.samples[row]
}

// Estimate takes the mean and the 95% half-width of each metric, and lists its values by replication. A metric that some replication
// lacks is left out.
func Estimate(samples []map[string]float64) (mean, half map[string]float64, each map[string][]float64) {
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

// Metrics computes the metrics of one row in one replication.
func (o *Outcome) Metrics(sel *Selection, window units.Duration) map[string]float64 {
	t := NewCounters()
	for _, i := range sel.Indices {
		t.merge(o.Counters[i])
	}
	m := map[string]float64{
		"offered.gbps":    t.Offered.Gbps(window),
		"offered.mpps":    t.Offered.Mpps(window),
		"throughput.gbps": t.Arrived.Gbps(window),
		"throughput.mpps": t.Arrived.Mpps(window),
		"loss.ratio":      t.LossRatio(),
	}
	if t.Offered.Packets > 0 {
		m["parser.too_deep"] = float64(t.tooDeep) / float64(t.Offered.Packets)
	}
	for reason := range stats.DropReason(stats.DropReasons) {
		m["drops."+reason.String()] = float64(t.Dropped[reason].Packets)
	}
	if t.Latency.Count() > 0 {
		Latencies(m, "latency.", t.Latency)
		Latencies(m, "chain.latency.", t.chain)
		m["jitter.pdv_p99"] = t.Latency.PDV(990_000).Ns()
		m["jitter.pdv_p999"] = t.Latency.PDV(999_000).Ns()
		m["reorder.ratio"] = t.Jitter.ReorderRatio()
		if t.Jitter.Pairs > 0 {
			m["jitter.ipdv"] = t.Jitter.IPDV().Ns()
			m["jitter.rfc3550"] = t.Jitter.RFC3550().Ns()
		}
	}
	for _, p := range o.Measured {
		p.Metrics(m, &RowData{sel, o, t, window})
	}
	return m
}

func Latencies(m map[string]float64, prefix string, h *stats.Histogram) {
	m[prefix+"min"] = h.Min().Ns()
	m[prefix+"mean"] = h.Mean().Ns()
	m[prefix+"p50"] = h.Quantile(500_000).Ns()
	m[prefix+"p90"] = h.Quantile(900_000).Ns()
	m[prefix+"p99"] = h.Quantile(990_000).Ns()
	m[prefix+"p999"] = h.Quantile(999_000).Ns()
	m[prefix+"max"] = h.Max().Ns()
}

// Passes reports whether the packets of a row pass a resource.
func (o *Outcome) Passes(sel *Selection, usage int) bool {
	for _, dir := range sel.Dirs {
		if o.OnWay[dir][usage] {
			return true
		}
	}
	return false
}

func Utilization(u *station.Usage, window units.Duration) float64 {
	return u.Busy.Seconds() / (window.Seconds() * float64(u.Servers))
}

// Stations reports the resources on the way of a row's packets, in the mean over the replications. Those that no
// packet used are left out.
func Stations(sel *Selection, outcomes []*Outcome, window units.Duration) []result.Station {
	onWay := make([]bool, len(outcomes[0].Usages))
	for i := range onWay {
		onWay[i] = outcomes[0].Passes(sel, i)
	}
	return StationsOf(onWay, outcomes, window)
}

// StationsOf reports some of the resources.
func StationsOf(onWay []bool, outcomes []*Outcome, window units.Duration) []result.Station {
	var list []result.Station
	n := float64(len(outcomes))
	for i := range outcomes[0].Usages {
		if !onWay[i] {
			continue
		}
		s := result.Station{Name: outcomes[0].Usages[i].Name, Servers: outcomes[0].Usages[i].Servers}
		var service, wait float64
		for _, o := range outcomes {
			u := &o.Usages[i]
			s.Visits += float64(u.Visits) / n
			s.Drops += float64(u.Drops) / n
			s.Utilization += Utilization(u, window) / n
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
			s.DropReason = stats.DropReason(outcomes[0].Usages[i].DropReason).String()
		}
		list = append(list, s)
	}
	return list
}

// Busiest returns the station with the highest utilisation, the first of equals.
func Busiest(list []result.Station) result.Station {
	var top result.Station
	for _, s := range list {
		if top.Name == "" || s.Utilization > top.Utilization {
			top = s
		}
	}
	return top
}
