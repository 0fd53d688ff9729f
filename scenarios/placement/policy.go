package placement

import (
	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/hw"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

// newDSN adds chips, with the services that keep state if there are any.
func (r *Rack) newDSN(name string, count int) *asic.DSN {
	dsn := asic.New(r.Engine, r.Profile, r.Chain, name, count)
	r.govern(dsn, name, r.dsns)
	r.chip = dsn
	if _, keyed := dsn.Handshakes(); keyed {
		r.keyed = append(r.keyed, dsn)
	}
	if r.Program != nil {
		dsn.Load(r.Engine, r.Program)
	}
	r.chargeHandshakes(dsn, name)
	for i := range count {
		r.chargeChip(asic.ChipName(name, i, count), r.dsns)
		r.chargeFlows(dsn, asic.ChipName(name, i, count), r.dsns)
		r.owners[asic.ChipName(name, i, count)], r.owners[of(name, i)] = r.dsns, r.dsns
		r.dsns++
	}
	return dsn
}

// load gives one of a number of cores its share of the services' state: that of the flows that are steered to it.
func (r *Rack) load(c *hw.Core, index, cores int) {
	if r.Program == nil {
		return
	}
	m := steps.Member{Index: index, Of: cores, Shared: true}
	encrypted, clear := r.Program(steps.Encrypted, m), r.Program(steps.Clear, m)
	c.Shared = cores > 1 && (encrypted.Shares() || clear.Shares())
	refuses, _ := asic.RefusedEncrypted(r.Scenario.Chain())
	both := &bothSides{encrypted, clear, refuses}
	switch {
	case encrypted == nil && clear == nil:
	case !encrypted.Keeps() && !clear.Keeps(): // nothing that an answer must find
		c.Taken = both
	default:
		c.Judge = both
		first, second := encrypted.Later(), clear.Later()
		if first || second {
			c.Taken = (*taken)(both)
		}
	}
}

// bothSides does on a core what a chip does on both sides of the crypto complex. Either side may be nil.
type bothSides struct {
	encrypted, clear *steps.Program
	refuses          uint32 // the reasons of the encrypted side
}

// Judge implements hw.Judge. What is refused on one side does not come to the other; what rules refuse is refused on the clear side.
func (b *bothSides) Judge(at units.Time, p *packet.Packet) {
	if b.encrypted == nil {
		b.clear.Judge(at, p)
		return
	}
	outbound := b.encrypted.Outbound(p)
	if !outbound {
		if b.encrypted.Judge(at, p); p.Refused&b.refuses != 0 {
			return
		}
	}
	if b.clear != nil {
		b.clear.Judge(at, p)
	}
	if outbound && p.Refused == 0 {
		b.encrypted.Judge(at, p)
	}
}

// taken is the policers of both sides, which meter a packet when a core takes it.
type taken bothSides

// all are all policers of the encrypted side, where nothing else refuses.
const all = 0xff

func (b *taken) Judge(at units.Time, p *packet.Packet) {
	if b.encrypted == nil {
		b.clear.Take(at, p, p.Due)
		return
	}
	outbound := b.encrypted.Outbound(p)
	if !outbound {
		if b.encrypted.Take(at, p, all); p.Refused&b.refuses != 0 {
			p.Copies &^= b.clear.Copies()
			return
		}
	}
	if b.clear != nil {
		b.clear.Take(at, p, p.Due)
	}
	switch {
	case !outbound:
	case p.Refused == 0:
		b.encrypted.Take(at, p, all)
	default:
		p.Copies &^= b.encrypted.Copies()
	}
}

// Warm implements hw.Warmer. On the encrypted side no service keeps entries of flows.
func (b *bothSides) Warm(p *packet.Packet) {
	if b.clear != nil {
		b.clear.Warm(p)
	}
}

// filtered is the end of the chain in software: what a service refuses has cost the core as much as the rest.
func (r *Rack) filtered(onCore sim.Hop) []sim.Hop {
	hops := append([]sim.Hop{onCore}, r.soft.behind[onCore.Node]...)
	hops = append(hops, asic.CopyHops(r.Scenario.Chain(), steps.Encrypted)...)
	hops = append(hops, asic.CopyHops(r.Scenario.Chain(), steps.Clear)...)
	if opens(r.Scenario) || service.Filters(r.Scenario.Chain()) {
		hops = append(hops, sim.Hop{Op: sim.OpFilter, Name: r.Label("filter")})
	}
	return append(hops, sim.Hop{Op: sim.OpLeaveChain})
}
