package run

import (
	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// noDSCP stands for the code point of what is not IP.
const noDSCP = 64

// dscpOf returns the code point of each record, noDSCP where it has none.
func dscpOf(c *capture.Capture) []uint8 {
	list := make([]uint8, len(c.Records))
	for i := range c.Records {
		list[i] = header.DSCP(c.Records[i].Data)
		if h := header.Parse(c.Records[i].Data); h.Version == 0 {
			list[i] = noDSCP
		}
	}
	return list
}

// classify gives the packets of an entry their class in the traffic manager: that which the entry names, else that of the code
// point of each record, which is 0 for made-up packets.
func (in *input) classify(t *scenarios.TrafficManager) {
	switch {
	case t == nil:
		return
	case in.Class != "":
		in.class = t.Class(in.Class)
		return
	}
	byDSCP := t.ByDSCP()
	in.class = byDSCP[0] | asic.ByHeader
	if in.trace == nil {
		return
	}
	in.classes = make([]uint16, len(in.dscp))
	for i, p := range in.dscp {
		in.classes[i] = t.Class("")
		if p != noDSCP {
			in.classes[i] = byDSCP[p] | asic.ByHeader
		}
	}
}

// classMetrics adds what the traffic manager did to the packets of a row.
func (o *outcome) classMetrics(m map[string]float64, sel *selection, t *tally, window units.Duration) {
	if o.queues == nil {
		return
	}
	if n := t.Meter.Delivered.Packets; n > 0 {
		m["ecn.marked_ratio"] = float64(t.marked) / float64(n)
	}
	shares := map[int]float64{}
	for _, i := range sel.tallies {
		class, _ := classAndDirection(i)
		shares[class] += o.tallies[i].arrived.Gbps(window)
	}
	var list []float64
	for class := range len(o.tallies) / int(directionCount) {
		if share, ok := shares[class]; ok {
			list = append(list, share)
		}
	}
	if jain, ok := stats.JainIndex(list); ok && len(list) > 1 {
		m["fairness.jain"] = jain
	}
}

// queues reports the queues of the traffic managers that some packet came to, in the mean over the replications.
func queues(outcomes []*outcome, window units.Duration) []result.Queue {
	var list []result.Queue
	n := float64(len(outcomes))
	for i := range outcomes[0].queues {
		first := &outcomes[0].queues[i]
		q := result.Queue{Port: first.Scheduler, Class: first.Class}
		var wait float64
		for _, o := range outcomes {
			u := &o.queues[i]
			q.Packets += float64(u.Visits) / n
			q.Gbps += float64(u.Bytes) * 8 / window.Ns() / n
			q.Drops += float64(u.Drops) / n
			q.Marked += float64(u.Marked) / n
			q.MaxBytes = max(q.MaxBytes, u.MaxBytes)
			q.WaitMaxNs = max(q.WaitMaxNs, u.MaxWait.Ns())
			wait += u.Wait.Ns() / n
		}
		if q.Packets > 0 {
			q.WaitMeanNs = wait / q.Packets
		}
		if q.Class != "" && (q.Packets > 0 || q.Drops > 0) {
			list = append(list, q)
		}
	}
	return list
}

// queueUsages returns what the queues of traffic managers did, and those of virtual functions that a scenario says something
// about; nil without any.
func queueUsages(e *sim.Engine, s *scenarios.Scenario) []sim.ClassUsage {
	vf := &s.Rack.Server.NIC.VF
	if s.DSN.TrafficManager == nil && len(vf.Weights) == 0 && !vf.MaxRate.Given() {
		return nil
	}
	return e.Classes()
}
