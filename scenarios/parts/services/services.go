package services

import (
	"github.com/dsnsim/dsnsim/asic/lb"
	"github.com/dsnsim/dsnsim/asic/nat"
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Services are those of a simulation that keep state: they run as programs on its chips and cores.
type Services struct {
	run      *trial.Simulation
	Flows    *policy.Sources
	Programs []*steps.Program
	// policers are the policers of all devices; origins tells them where the packets of each source come from.
	policers []*policy.Policer
	origins  *policy.Origins
	copies   *copyCounters // nil without a mirror
}

func NewServices(run *trial.Simulation) trial.Part {
	if !run.Spec.Needed() {
		return nil
	}
	v := &Services{run: run, Flows: &policy.Sources{}, origins: &policy.Origins{}}
	if len(run.Spec.Mirrors) > 0 {
		v.copies = &copyCounters{rec: run.Rec}
		run.Rec.Copies = v.copies
	}
	return v
}

// Build has devices run the services.
func (v *Services) Build() error {
	v.program()
	return nil
}

// Follow tells the services of the flows of a source, and where they come from.
func (v *Services) Follow(f *trial.Source, _ int) {
	t, server, dir := f.Input, uint16(f.Server), f.Dir
	switch {
	case f.Replay != nil:
		v.Flows.AddTrace(server, dir.Seen() == input.Outbound, t.Tracked)
	case t.SYNFlood > 0:
		v.Flows.AddSYNs(server, dir == input.Outbound, f.Tuple)
		v.Flows.InNetwork(t.Tenant)
	default:
		v.Flows.AddSynthetic(server, dir.Seen() == input.Outbound, f.Tuple)
		v.Flows.InNetwork(t.Tenant)
	}
	v.origins.Add(policy.Origin{Server: f.Server, Class: f.Entry, FirstSA: f.FirstSA, Among: f.Peers != nil})
}

// ServiceCounts is what services that keep state counted in a replication; nil are those that the chain does not have.
type ServiceCounts struct {
	Flows       *policy.Counts
	NAT         *nat.Counts
	LB          *lb.Counts
	conformance *policy.Conformance
	Copies      *copyCounters
}

func (v *Services) Measure() trial.Measurement {
	n, b := v.translated()
	return &ServiceCounts{Flows: v.flowCounts(), NAT: n, LB: b, conformance: v.conformance(), Copies: v.copies.counted()}
}

func (c *ServiceCounts) Metrics(m map[string]float64, r *trial.RowData) {
	c.flowMetrics(m, r.Window)
	c.translationMetrics(m, r.Window)
	c.stepMetrics(m, r.Window)
}

// counted returns the counts alone, without the recorder that made them.
func (c *copyCounters) counted() *copyCounters {
	if c == nil {
		return nil
	}
	return &copyCounters{Made: c.Made, arrived: c.arrived, dropped: c.dropped}
}

// copyCounters is what became of the copies that mirrors make: those made in the measured window, and what arrives in it. Bytes
// are those on the wire.
type copyCounters struct {
	rec                    *trial.Recorder
	Made, arrived, dropped stats.Count
}

// Ended is owner: the collector gets a copy, or there was no room for it.
func (c *copyCounters) Ended(p *packet.Packet, at units.Time, delivered bool) {
	frame := units.Bytes(p.Bytes[packet.Tunnelled])
	if delivered && !at.Before(c.rec.From) && at.Before(c.rec.To) {
		c.arrived.Add(frame)
	}
	if !c.rec.Measured(p) {
		return
	}
	if c.Made.Add(frame); !delivered {
		c.dropped.Add(frame)
	}
}

func (c *ServiceCounts) Newcomers() (n trial.Newcomers, tracked bool) {
	if c.Flows != nil {
		asked := c.Flows.New + c.Flows.Rejected
		n = trial.Newcomers{First: asked, Wants: asked, Refused: c.Flows.Rejected, Crowded: c.Flows.NoRoom + c.Flows.Evicted}
	}
	if c.NAT != nil {
		n.First = max(n.First, c.NAT.New)
	}
	if c.LB != nil {
		n.First = max(n.First, c.LB.New)
	}
	return n, c.Flows != nil || c.NAT != nil || c.LB != nil
}
