package attacks

import (
	"fmt"

	"github.com/dsnsim/dsnsim/asic/management"
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/pcie/firewall"
	"github.com/dsnsim/dsnsim/scenarios/placement"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// effect is a place at which packets feel what an attack has done. It takes no time. It is sim.Station.
type effect struct {
	state *State
	at    placement.Point
}

// Serve is sim.Station.
func (g *effect) Serve(at units.Time, p *packet.Packet) (station.Visit, bool) {
	v := station.Visit{Start: at, Leave: at, Out: at}
	s := g.state
	if access := s.accessOf(p); access != nil {
		s.take(access, p) // memory of the host: nothing stands in the way
		return v, true
	}
	vf := p.VF
	switch g.at {
	case placement.Entrance:
		return v, !s.stopped && !s.corrupt
	case placement.Memory:
		return v, !s.overwritten[vf] && !(s.carries && s.lost[vf])
	}
	switch s.rewritten {
	case "permit":
		p.Refused &^= policy.Denied | policy.NoRoute
	case "deny":
		p.Refused |= policy.Denied
	}
	return v, true
}

// Name is sim.Station.
func (g *effect) Name() string { return fmt.Sprintf("attacked[%d]", g.state.server) }

// DropReason is sim.Station.
func (g *effect) DropReason() uint8 { return uint8(stats.DropAttack) }

// Ordered is sim.Station.
func (g *effect) Ordered() bool { return true }

// Shares is sim.Sharing.
func (g *effect) Shares() bool { return true }

// Measure is sim.Station: it is no resource.
func (g *effect) Measure(station.Window) {}

// Usage is sim.Station.
func (g *effect) Usage() []station.Usage { return nil }

// checker is the PCIe firewall of a card in a server under attack: packets and the attacker's accesses queue for it. It
// takes a check each cycle, and each check has a fixed latency. It is sim.Station.
type checker struct {
	station.Server
	state          *State
	cycle, latency units.Duration
}

func newChecker(r *placement.Rack, s *State) *checker {
	c := &checker{Server: station.NewServer(1, station.Room{}), state: s, latency: r.CheckTime()}
	if c.latency > 0 {
		c.cycle = r.Profile.DSN.Clock.Value.Span(1)
	}
	return c
}

// Serve is sim.Station.
func (c *checker) Serve(at units.Time, p *packet.Packet) (station.Visit, bool) {
	access, checks := c.state.accessOf(p), units.Duration(1)
	if access == nil {
		checks = placement.ChecksOfPacket
	}
	start, _ := c.Start(at, 0)
	leave := start.Add(c.cycle * checks)
	c.Finish(at, start, leave)
	out := units.Later(leave, start.Add(c.latency))
	ok := access == nil || c.state.check(start, access, p)
	return station.Visit{Start: start, Leave: leave, Out: out}, ok
}

// Name is sim.Station.
func (c *checker) Name() string { return fmt.Sprintf("pcie.firewall[%d]", c.state.server) }

// DropReason is sim.Station: only accesses of an attack end here.
func (c *checker) DropReason() uint8 { return uint8(stats.DropAttack) }

// Ordered is sim.Station.
func (c *checker) Ordered() bool { return true }

// Shares is sim.Sharing.
func (c *checker) Shares() bool { return true }

// Usage is sim.Station.
func (c *checker) Usage() []station.Usage {
	return []station.Usage{c.Server.Usage(c.Name(), c.DropReason())}
}

// check is one access of an attack at the firewall. It returns whether anything of it goes on: a refused read goes back
// with its answer, a refused write or DMA ends.
func (s *State) check(at units.Time, a *Access, p *packet.Packet) bool {
	tlp := a.transaction(s, p)
	p.Bytes = a.after
	v := s.Firewall.Check(at, tlp)
	a.count(v)
	if v.Answer != firewall.Passed {
		return a.kind == placement.RegisterRead
	}
	if a.meter != nil && (s.Firewall.Enabled() || a.meter.Within(at, tlp)) {
		a.Count.Within++
		return true
	}
	s.take(a, p)
	return true
}

// take is an access that reached what it was after.
func (s *State) take(a *Access, p *packet.Packet) {
	a.Count.Succeeded++
	if a.meter != nil || a.Right == firewall.Read {
		return // a flood of its own, or what is known now: no packet is lost by it
	}
	victim := int(p.Flow) - 1 // the PF is -1
	switch a.Target {
	case management.Process:
		s.stopped = true
	case management.Policy:
		s.rewritten = a.Rewrite
	case management.Memory:
		s.corrupt = true
	case management.Windows:
		// The registers do not know who wrote to them: for them it came from the inside.
		_ = s.Firewall.Open(firewall.Network).Disable()
	case management.Registers, management.Queues:
		if victim >= 0 {
			s.lost[victim] = true
		}
	case management.Buffers:
		if victim >= 0 {
			s.overwritten[victim] = true
		}
	}
}
