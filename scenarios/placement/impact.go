package placement

import (
	"fmt"

	"github.com/dsnsim/dsnsim/asic/management"
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/pcie/firewall"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// where is the place of an impact on a packet's way.
type where uint8

const (
	atEntrance where = iota
	atFilter
	atMemory
)

// impact is a place at which packets feel what an attack has done. It takes no time. It is sim.Special.
type impact struct {
	siege *Siege
	at    where
}

// Serve is sim.Special.
func (g *impact) Serve(at units.Time, p *packet.Packet) (sim.Visit, bool) {
	v := sim.Visit{Start: at, Leave: at, Out: at}
	s := g.siege
	if probe := s.probeOf(p); probe != nil {
		s.take(probe, p) // memory of the host: nothing stands in the way
		return v, true
	}
	vf := p.VF
	switch g.at {
	case atEntrance:
		return v, !s.stopped && !s.corrupt
	case atMemory:
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

// Name is sim.Special.
func (g *impact) Name() string { return fmt.Sprintf("attacked[%d]", g.siege.server) }

// DropReason is sim.Special.
func (g *impact) DropReason() uint8 { return uint8(stats.DropAttack) }

// Ordered is sim.Special.
func (g *impact) Ordered() bool { return true }

// Shares is sim.Sharing.
func (g *impact) Shares() bool { return true }

// Measure is sim.Special: it is no resource.
func (g *impact) Measure(sim.Window) {}

// Usage is sim.Special.
func (g *impact) Usage() []sim.Usage { return nil }

// checker is the PCIe firewall of a card in a server under attack: packets and the attacker's accesses queue for it. It
// takes a check each cycle, and each check has a fixed latency. It is sim.Special.
type checker struct {
	sim.Server
	siege          *Siege
	cycle, latency units.Duration
}

func newChecker(r *Rack, s *Siege) *checker {
	c := &checker{Server: sim.NewServer(1, sim.Room{}), siege: s, latency: r.checkTime()}
	if c.latency > 0 {
		c.cycle = r.Profile.DSN.Clock.Value.Span(1)
	}
	return c
}

// checksOfPacket is how many checks a packet takes: two inbound (data and completion), three outbound. All take the
// larger number, at the time of the last.
const checksOfPacket = 3

// Serve is sim.Special.
func (c *checker) Serve(at units.Time, p *packet.Packet) (sim.Visit, bool) {
	probe, checks := c.siege.probeOf(p), units.Duration(1)
	if probe == nil {
		checks = checksOfPacket
	}
	start, _ := c.Start(at, 0)
	leave := start.Add(c.cycle * checks)
	c.Finish(at, start, leave)
	out := units.Later(leave, start.Add(c.latency))
	ok := probe == nil || c.siege.strike(start, probe, p)
	return sim.Visit{Start: start, Leave: leave, Out: out}, ok
}

// Name is sim.Special.
func (c *checker) Name() string { return of("pcie.firewall", c.siege.server) }

// DropReason is sim.Special: only accesses of an attack end here.
func (c *checker) DropReason() uint8 { return uint8(stats.DropAttack) }

// Ordered is sim.Special.
func (c *checker) Ordered() bool { return true }

// Shares is sim.Sharing.
func (c *checker) Shares() bool { return true }

// Usage is sim.Special.
func (c *checker) Usage() []sim.Usage { return []sim.Usage{c.Server.Usage(c.Name(), c.DropReason())} }

// strike is one access of an attack at the firewall. It returns whether anything of it goes on: a refused read goes back
// with its answer, a refused write or DMA ends.
func (s *Siege) strike(at units.Time, probe *Probe, p *packet.Packet) bool {
	access := probe.access(s, p)
	p.Bytes = probe.after
	v := s.Firewall.Check(at, access)
	probe.count(v)
	if v.Answer != firewall.Passed {
		return probe.form == registerRead
	}
	if probe.meter != nil && (s.Firewall.Enabled() || probe.meter.Within(at, access)) {
		probe.Count.Within++
		return true
	}
	s.take(probe, p)
	return true
}

// take is an access that reached what it was after.
func (s *Siege) take(probe *Probe, p *packet.Packet) {
	probe.Count.Succeeded++
	if probe.meter != nil || probe.Right == firewall.Read {
		return // a flood of its own, or what is known now: no packet is lost by it
	}
	victim := int(p.Flow) - 1 // the PF is -1
	switch probe.Target {
	case management.Process:
		s.stopped = true
	case management.Policy:
		s.rewritten = probe.Rewrite
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
