package asic

import (
	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

// SideOf returns where the n-th service of a chain stands: a chain lists services from the network to the VM, so those in
// front of ipsec see what is encrypted.
func SideOf(names []string, n int) steps.Side {
	for _, later := range names[n+1:] {
		if s, ok := find(later); ok && s.Crypto {
			return steps.Encrypted
		}
	}
	return steps.Clear
}

// SeenBy returns which form of a packet the n-th service of a chain meets, and how many bytes of tunnels are in front of
// that.
func SeenBy(names []string, n int) (form packet.Form, more units.Bytes) {
	if SideOf(names, n) == steps.Encrypted {
		return packet.Tunnelled, 0
	}
	later := names[n+1:]
	if tunnel.StackOf(later).Overlay == tunnel.NoOverlay {
		return packet.Plain, 0
	}
	for _, name := range later {
		if s, ok := find(name); ok {
			more += s.TunnelHeader
		}
	}
	return packet.Plain, more
}

// Load gives each chip the programs of the services that keep state, one for each side of the crypto complex where there is
// such a service. It comes before Inbound and Outbound.
func (d *DSN) Load(e *sim.Engine, load func(at steps.Side, m steps.Member) *steps.Program) {
	for i, m := range d.memories {
		who := steps.Member{Index: i, Of: len(d.memories)}
		if g := load(steps.Clear, who); g != nil {
			m.load(g)
		}
		m.shared = m.shared || len(d.memories) > 1 && m.program.Shares()
		encrypted := load(steps.Encrypted, who)
		if encrypted == nil {
			continue
		}
		n := e.AddSpecial(&program{Program: encrypted, name: m.name, shared: len(d.memories) > 1 && encrypted.Shares()})
		if d.encrypted == nil {
			d.encrypted = &sim.Hop{Op: sim.OpSpecial, Node: n, Stride: 1}
		}
	}
}

// onEncrypted appends what happens to encrypted packets beside the look-ups: the program and the copies that it wants, and the
// filter for what it refuses. What the services behind ipsec will refuse is for their filter.
func (d *DSN) onEncrypted(hops []sim.Hop) []sim.Hop {
	if d.encrypted != nil {
		hops = append(hops, *d.encrypted)
	}
	hops = append(hops, CopyHops(d.chain.names(), steps.Encrypted)...)
	if d.encrypted != nil {
		hops = append(hops, sim.Hop{Op: sim.OpFilter, Bytes: ^steps.RefusedEncrypted, Name: d.label("policer")})
	}
	return hops
}

// CopyHops returns a hop for each service of a chain that copies packets on a side. They have no Node yet: Other is the
// number of the service among those that copy, from 1, Form and Bytes what it meets (SeenBy).
func CopyHops(names []string, at steps.Side) []sim.Hop {
	var hops []sim.Hop
	number := uint8(0)
	for n, name := range names {
		if s, ok := find(name); !ok || !s.Copies {
			continue
		}
		number++
		if SideOf(names, n) == at {
			form, more := SeenBy(names, n)
			hops = append(hops, sim.Hop{Op: sim.OpCopy, Node: -1, Other: number, Form: form, Bytes: uint32(more)})
		}
	}
	return hops
}

// Copied returns the hops of a copy in the chip: it passes the pipeline once more, which puts its tunnel around it.
func (d *DSN) Copied() []sim.Hop {
	return append(d.pass(0, 0), sim.Hop{Op: sim.OpLeaveChain})
}

// names lists the services of a chain.
func (c *Chain) names() []string {
	names := make([]string, len(c.Services))
	for i := range c.Services {
		names[i] = c.Services[i].Name
	}
	return names
}

// program is the place of a Program in the engine, a Special that takes no time.
type program struct {
	*steps.Program
	name   string
	shared bool
}

// Serve is sim.Special.
func (g *program) Serve(at units.Time, p *packet.Packet) (sim.Visit, bool) {
	g.Judge(at, p)
	return sim.Visit{Start: at, Leave: at, Out: at}, true
}

// Name is sim.Special.
func (g *program) Name() string { return g.name }

// DropReason is sim.Special: nothing waits here.
func (g *program) DropReason() uint8 { return 0 }

// Ordered is sim.Special.
func (g *program) Ordered() bool { return true }

// Shares is sim.Sharing.
func (g *program) Shares() bool { return g.shared }

// Measure is sim.Special.
func (g *program) Measure(sim.Window) {}

// Usage is sim.Special.
func (g *program) Usage() []sim.Usage { return nil }
