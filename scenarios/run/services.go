package run

import (
	"github.com/dsnsim/dsnsim/asic/lb"
	"github.com/dsnsim/dsnsim/asic/nat"
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// services are those of a job that keep state: they run as programs on its chips and cores.
type services struct {
	job      *job
	flows    *policy.Sources
	programs []*steps.Program
	// policers are those of all devices; origins tells them where the packets of each source come from.
	policers []*policy.Policer
	origins  *policy.Origins
	copies   *copyTally // nil without a mirror
}

func newServices(j *job) part {
	if !j.spec.Needed() {
		return nil
	}
	v := &services{job: j, flows: &policy.Sources{}, origins: &policy.Origins{}}
	if len(j.spec.Mirrors) > 0 {
		v.copies = &copyTally{rec: j.rec}
		j.rec.copies = v.copies
	}
	return v
}

// build has devices run the services.
func (v *services) build() error {
	v.program()
	return nil
}

// follow tells the services of the flows of a source, and where they come from.
func (v *services) follow(f *feed, _ int) {
	t, server, dir := f.input, uint16(f.server), f.dir
	switch {
	case f.replay != nil:
		v.flows.AddTrace(server, dir.seen() == outbound, t.flows)
	case t.SYNFlood > 0:
		v.flows.AddSYNs(server, dir == outbound, f.tuple)
		v.flows.InNetwork(t.tenant)
	default:
		v.flows.AddSynthetic(server, dir.seen() == outbound, f.tuple)
		v.flows.InNetwork(t.tenant)
	}
	v.origins.Add(policy.Origin{Server: f.server, Class: f.entry, FirstSA: f.firstSA, Among: f.peers != nil})
}

// serviceCounts is what services that keep state counted in a replication; nil are those that the chain does not have.
type serviceCounts struct {
	flows       *policy.Counts
	nat         *nat.Counts
	lb          *lb.Counts
	conformance *policy.Conformance
	copies      *copyTally
}

func (v *services) measure() measurement {
	n, b := v.translated()
	return &serviceCounts{flows: v.flowCounts(), nat: n, lb: b, conformance: v.conformance(), copies: v.copies.counted()}
}

func (c *serviceCounts) metrics(m map[string]float64, r *rowData) {
	c.flowMetrics(m, r.window)
	c.translationMetrics(m, r.window)
	c.stepMetrics(m, r.window)
}

// counted returns the counts alone, without the recorder that made them.
func (c *copyTally) counted() *copyTally {
	if c == nil {
		return nil
	}
	return &copyTally{made: c.made, arrived: c.arrived, dropped: c.dropped}
}

// copyTally is what became of the copies that mirrors make: those made in the measured window, and what arrives in it. Bytes
// are those on the wire.
type copyTally struct {
	rec                    *recorder
	made, arrived, dropped stats.Tally
}

// ended is owner: the collector gets a copy, or there was no room for it.
func (c *copyTally) ended(p *packet.Packet, at units.Time, delivered bool) {
	frame := units.Bytes(p.Bytes[packet.Tunnelled])
	if delivered && !at.Before(c.rec.from) && at.Before(c.rec.to) {
		c.arrived.Add(frame)
	}
	if !c.rec.measured(p) {
		return
	}
	if c.made.Add(frame); !delivered {
		c.dropped.Add(frame)
	}
}

func (c *serviceCounts) newcomers() (n newcomers, tracked bool) {
	if c.flows != nil {
		asked := c.flows.New + c.flows.Rejected
		n = newcomers{asked, asked, c.flows.Rejected, c.flows.NoRoom + c.flows.Evicted}
	}
	if c.nat != nil {
		n.first = max(n.first, c.nat.New)
	}
	if c.lb != nil {
		n.first = max(n.first, c.lb.New)
	}
	return n, c.flows != nil || c.nat != nil || c.lb != nil
}
