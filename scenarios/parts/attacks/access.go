package attacks

import (
	"github.com/dsnsim/dsnsim/asic/management"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/pcie/firewall"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/placement"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

// registerBytes is what one access to a register moves.
// source: doorbells and indirect registers of NICs are 4 or 8 bytes wide
const registerBytes = 8

// Access is one sort of access that an attack makes over and over: a target and a right.
type Access struct {
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
	Count AccessCount

	kind  placement.AccessKind
	bytes units.Bytes
	// after is what the packet's size is once the firewall has seen it.
	after [2]uint32
	meter *firewall.Meter // of a flood
}

// AccessCount is what became of accesses. Those that are neither refused nor successful were within what their
// function may do, or lost on the way.
type AccessCount struct {
	Tried, Refused, Succeeded, Within        uint64
	Unsupported, Aborted, Dropped, Throttled uint64
}

func (a *Access) count(v firewall.Verdict) {
	c := &a.Count
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

// accessesOf lists the accesses of an attack, one for each target and right, with the ways that they take. One without a
// way has the outcome NoPath.
func accessesOf(a *scenarios.Attack, d *management.Domain, s *scenarios.Scenario, hw *profile.Profile) []*Access {
	c := planner{attack: a, domain: d, from: management.Kernel()}
	limit, own := placement.FirewallSpec(s, hw).Limit, firewall.VF(a.VF)
	if a.FromVM() {
		c.from = management.Guest(a.VF)
	}
	switch a.Kind {
	case scenarios.DoorbellFlood:
		c.add(management.Queues, firewall.Write, placement.Doorbell, registerBytes, own).meter = firewall.NewMeter(limit)
	case scenarios.SYNFlood:
		c.from = management.Outsider()
		c.add(management.Connections, firewall.Write, placement.AsPacket, 0)
	case scenarios.DMAFlood:
		meter := firewall.NewMeter(limit)
		c.add(management.Buffers, firewall.Read, placement.DMARead, a.Size, own).meter = meter
		c.add(management.Buffers, firewall.Write, placement.DMAWrite, a.Size, own).meter = meter
	}
	for _, name := range a.Targets {
		r, _ := management.ResourceOf(name)
		c.after(r, otherFunctions(a.VF, s))
	}
	return c.list
}

// planner looks for the ways of an attack's accesses.
type planner struct {
	attack *scenarios.Attack
	domain *management.Domain
	from   management.Node
	list   []*Access
}

// add adds an access to a resource, of the DSN's own or of functions.
func (c *planner) add(r management.Resource, right firewall.Right, kind placement.AccessKind, n units.Bytes, victims ...firewall.Function) *Access {
	a := &Access{Target: r, Right: right, Victims: victims, Rewrite: c.attack.Rewrite, kind: kind, bytes: n, after: [2]uint32{uint32(n), uint32(n)}}
	if kind == placement.Doorbell {
		a.after = [2]uint32{1, 1} // the rest of a descriptor is in the link's fixed part
	}
	to := management.DSN(r)
	if len(victims) > 0 {
		to = management.Of(r, victims[0])
	}
	if a.Outcome, a.Route = c.domain.Try(c.from, to, right); a.Route.Door == management.HostBus {
		a.kind = placement.HostStore
	}
	if a.Outcome == management.NoPath {
		a.Why = c.domain.WhyNoPath(c.from, to)
	}
	c.list = append(c.list, a)
	return a
}

// after adds the accesses to a target: what can be read and written is tried both ways, the DSN's own in the way that
// does harm.
func (c *planner) after(r management.Resource, others []firewall.Function) {
	switch r {
	case management.Registers:
		c.add(r, firewall.Read, placement.RegisterRead, registerBytes, others...)
		c.add(r, firewall.Write, placement.RegisterWrite, registerBytes, others...)
	case management.Queues:
		c.add(r, firewall.Write, placement.Doorbell, registerBytes, others...)
	case management.Buffers:
		c.add(r, firewall.Read, placement.DMARead, lineDMA, others...)
		c.add(r, firewall.Write, placement.DMAWrite, lineDMA, others...)
	case management.Keys:
		c.add(r, firewall.Read, placement.RegisterRead, registerBytes)
	default:
		c.add(r, firewall.Write, placement.RegisterWrite, registerBytes)
	}
}

// lineDMA is what one DMA after others' memory moves: a cache line.
const lineDMA = 64 * units.Byte

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

// Slots returns at how many places of its target an access may begin.
func (a *Access) Slots() uint64 {
	g := a.Route.Region
	return max(1, (g.To-g.From)/a.align())
}

// align is how far apart the places of two accesses are: a DMA does not cross a page.
func (a *Access) align() uint64 {
	switch a.kind {
	case placement.Doorbell:
		return 1
	case placement.DMARead, placement.DMAWrite:
		return uint64(units.Bytes(4 * units.KiB))
	}
	return registerBytes
}

// Aim fills in an access: whom it is for, and in which of the Slots it begins.
func (a *Access) Aim(p *packet.Packet, victim int, slot uint64) {
	p.Flow = 0
	if len(a.Victims) > 0 {
		p.Flow = uint32(a.Victims[victim])
	}
	p.SA = uint32(slot)
	n := uint32(a.bytes)
	if a.kind == placement.RegisterRead {
		n = 0 // the request names the bytes only
	}
	p.Bytes = [2]uint32{n, n}
}

// transaction is the one that an aimed packet stands for.
func (a *Access) transaction(s *State, p *packet.Packet) firewall.Access {
	g := a.Route.Region
	if len(a.Victims) > 0 {
		g, _ = s.Region(a.Target, firewall.Function(p.Flow))
	}
	n := a.bytes
	if a.kind == placement.Doorbell {
		n = 1
	}
	return g.Access(a.Route.Requester, a.Right, uint64(p.SA)*a.align(), n)
}
