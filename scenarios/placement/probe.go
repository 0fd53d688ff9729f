package placement

import (
	"github.com/dsnsim/dsnsim/asic/management"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/pcie/adapter"
	"github.com/dsnsim/dsnsim/pcie/firewall"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

// form is how an access of an attack travels.
type form uint8

const (
	hostStore     form = iota // a store into the host's own memory
	asPacket                  // a packet of the network, which takes the way of all packets
	registerWrite             // posted, by the CPU or a peer
	registerRead              // answered by a completion
	doorbell                  // posted; the card fetches a descriptor for it
	dmaRead
	dmaWrite
)

// registerBytes is what one access to a register moves.
// source: doorbells and indirect registers of NICs are 4 or 8 bytes wide
const registerBytes = 8

// Probe is one sort of access that an attack makes over and over: a target and a right.
type Probe struct {
	Target management.Resource
	Right  firewall.Right
	Route  management.Route
	// Outcome is what the windows say of it as the run begins.
	Outcome management.Outcome
	// Victims are the functions that it is aimed at, for a target that each function has.
	Victims []firewall.Function
	Rewrite string
	// Why says why there is no way.
	Why   string
	Count ProbeCount

	form  form
	bytes units.Bytes
	// after is what the packet's size is once the firewall has seen it.
	after [2]uint32
	meter *firewall.Meter // of a flood
}

// ProbeCount is what became of a probe's accesses. Those that are neither refused nor successful were within what their
// function may do, or lost on the way.
type ProbeCount struct {
	Tried, Refused, Succeeded, Within        uint64
	Unsupported, Aborted, Dropped, Throttled uint64
}

func (p *Probe) count(v firewall.Verdict) {
	c := &p.Count
	switch v.Answer {
	case firewall.Passed:
		return
	case firewall.Unsupported:
		c.Unsupported++
	case firewall.Abort:
		c.Aborted++
	case firewall.Dropped:
		c.Dropped++
	}
	c.Refused++
	if v.Throttled {
		c.Throttled++
	}
}

// Probes lists the probes of an attack, one for each target and right, with the ways that they take. A probe without a
// way has the outcome NoPath.
func Probes(a *scenarios.Attack, d *management.Domain, s *scenarios.Scenario, hw *profile.Profile) []*Probe {
	c := casing{attack: a, domain: d, from: management.Kernel()}
	limit, own := firewallSpec(s, hw).Limit, firewall.VF(a.VF)
	if a.FromVM() {
		c.from = management.Guest(a.VF)
	}
	switch a.Kind {
	case scenarios.DoorbellFlood:
		c.add(management.Queues, firewall.Write, doorbell, registerBytes, own).meter = firewall.NewMeter(limit)
	case scenarios.SYNFlood:
		c.from = management.Outsider()
		c.add(management.Connections, firewall.Write, asPacket, 0)
	case scenarios.DMAFlood:
		meter := firewall.NewMeter(limit)
		c.add(management.Buffers, firewall.Read, dmaRead, a.Size, own).meter = meter
		c.add(management.Buffers, firewall.Write, dmaWrite, a.Size, own).meter = meter
	}
	for _, name := range a.Targets {
		r, _ := management.ResourceOf(name)
		c.after(r, otherFunctions(a.VF, s))
	}
	return c.list
}

// casing looks for the ways of an attack's probes.
type casing struct {
	attack *scenarios.Attack
	domain *management.Domain
	from   management.Node
	list   []*Probe
}

// add adds a probe of a resource, of the DSN's own or of functions.
func (c *casing) add(r management.Resource, right firewall.Right, f form, n units.Bytes, victims ...firewall.Function) *Probe {
	p := &Probe{Target: r, Right: right, Victims: victims, Rewrite: c.attack.Rewrite, form: f, bytes: n}
	to := management.DSN(r)
	if len(victims) > 0 {
		to = management.Of(r, victims[0])
	}
	if p.Outcome, p.Route = c.domain.Try(c.from, to, right); p.Route.Door == management.HostBus {
		p.form = hostStore
	}
	if p.Outcome == management.NoPath {
		p.Why = c.domain.WhyNoPath(c.from, to)
	}
	c.list = append(c.list, p)
	return p
}

// after adds the probes of a target: what can be read and written is tried both ways, the DSN's own in the way that
// does harm.
func (c *casing) after(r management.Resource, others []firewall.Function) {
	switch r {
	case management.Registers:
		c.add(r, firewall.Read, registerRead, registerBytes, others...)
		c.add(r, firewall.Write, registerWrite, registerBytes, others...)
	case management.Queues:
		c.add(r, firewall.Write, doorbell, registerBytes, others...)
	case management.Buffers:
		c.add(r, firewall.Read, dmaRead, probeDMA, others...)
		c.add(r, firewall.Write, dmaWrite, probeDMA, others...)
	case management.Keys:
		c.add(r, firewall.Read, registerRead, registerBytes)
	default:
		c.add(r, firewall.Write, registerWrite, registerBytes)
	}
}

// probeDMA is what one DMA of a prober moves: a cache line.
const probeDMA = 64 * units.Byte

// otherFunctions lists the virtual functions of the other VMs, or the PF where there are none.
func otherFunctions(vf int, s *scenarios.Scenario) []firewall.Function {
	var list []firewall.Function
	for n := range s.Rack.Server.VMs {
		if n != vf {
			list = append(list, firewall.VF(n))
		}
	}
	if len(list) == 0 {
		list = append(list, firewall.PF)
	}
	return list
}

// Slots returns at how many places of its target an access of the probe may begin.
func (p *Probe) Slots() uint64 {
	g := p.Route.Region
	return max(1, (g.To-g.From)/p.align())
}

// align is how far apart the places of two accesses are: a DMA does not cross a page.
func (p *Probe) align() uint64 {
	switch p.form {
	case doorbell:
		return 1
	case dmaRead, dmaWrite:
		return uint64(units.Bytes(4 * units.KiB))
	}
	return registerBytes
}

// Aim fills in an access: whom it is for, and in which of the Slots it begins.
func (p *Probe) Aim(pk *packet.Packet, victim int, slot uint64) {
	pk.Flow = 0
	if len(p.Victims) > 0 {
		pk.Flow = uint32(p.Victims[victim])
	}
	pk.SA = uint32(slot)
	n := uint32(p.bytes)
	if p.form == registerRead {
		n = 0 // the request names the bytes only
	}
	pk.Bytes = [2]uint32{n, n}
}

// access is the transaction that an aimed packet stands for.
func (p *Probe) access(s *Siege, pk *packet.Packet) firewall.Access {
	g := p.Route.Region
	if len(p.Victims) > 0 {
		g, _ = s.Region(p.Target, firewall.Function(pk.Flow))
	}
	n := p.bytes
	if p.form == doorbell {
		n = 1
	}
	return g.Access(p.Route.Requester, p.Right, uint64(pk.SA)*p.align(), n)
}

// ProbeWay lays out the way of a probe's accesses in a server under attack.
func (r *Rack) ProbeWay(s *Siege, p *Probe) *Way {
	w := r.from(of("server", s.server), packet.Plain)
	p.after = [2]uint32{uint32(p.bytes), uint32(p.bytes)}
	if p.form == hostStore {
		return w.entrance(s.server)
	}
	card := r.cards[s.server]
	if !s.carries { // the DSN is in a slot of its own
		card = s.ownCard(r)
	}
	check := func() { w.steps(r.check(s)) }
	c := &r.Profile.PCIe
	switch p.form {
	case registerWrite, registerRead, doorbell:
		w.delay("store until the device sees it", c.Doorbell.Value).special(card.down, adapter.Access)
		check()
	case dmaRead, dmaWrite:
		check()
	}
	switch p.form {
	case registerRead:
		w.upward(card, adapter.Ask) // a completion without data, about a request's size
	case doorbell:
		p.after = [2]uint32{1, 1} // the rest of a descriptor is in the link's fixed part
		w.upward(card, adapter.Ask).delay("root complex", c.RootComplexRead.Value).special(card.down, adapter.Answer)
	case dmaRead:
		w.upward(card, adapter.Ask).delay("root complex", c.RootComplexRead.Value).special(card.down, adapter.Answer)
	case dmaWrite:
		w.upward(card, adapter.Raw)
	}
	return w
}
