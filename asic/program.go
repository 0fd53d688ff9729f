package asic

import (
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// SideOf returns where the n-th service of a chain stands: a chain lists services from the network to the VM, so those in
// front of a tunnel that ciphers see what is encrypted.
func SideOf(chain []service.Service, n int) steps.Side {
	for i := range chain[n+1:] {
		if chain[n+1+i].Ciphers() {
			return steps.Encrypted
		}
	}
	return steps.Clear
}

// SeenBy returns which form of a packet the n-th service of a chain meets, and how many bytes of tunnels are in front of
// that.
func SeenBy(chain []service.Service, n int) (form packet.Form, more units.Bytes) {
	if SideOf(chain, n) == steps.Encrypted {
		return packet.Tunnelled, 0
	}
	later := chain[n+1:]
	if !HasOverlay(later) {
		return packet.Plain, 0
	}
	for i := range later {
		more += later[i].Headers()
	}
	return packet.Plain, more
}

// RefusedEncrypted returns the reasons for which services of a chain refuse packets on the encrypted side, and the name of the last of these
// services.
func RefusedEncrypted(chain []service.Service) (reasons uint32, who string) {
	for i := range chain {
		if k := chain[i].Step; k != nil && k.Refuses != 0 && k.OnCipherText && SideOf(chain, i) == steps.Encrypted {
			reasons, who = reasons|k.Refuses, chain[i].Name
		}
	}
	return reasons, who
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
		n := e.AddStation(&program{Program: encrypted, name: m.name, shared: len(d.memories) > 1 && encrypted.Shares()})
		if d.encrypted == nil {
			d.encrypted = &sim.Hop{Op: sim.OpStation, Node: n, Stride: 1}
		}
	}
}

// onEncrypted appends what happens to encrypted packets beside the look-ups: the program and the copies that it wants, and the
// filter for what it refuses. What the services behind ipsec will refuse is for their filter.
func (d *DSN) onEncrypted(hops []sim.Hop) []sim.Hop {
	if d.encrypted != nil {
		hops = append(hops, *d.encrypted)
	}
	hops = append(hops, CopyHops(d.chain.Services, steps.Encrypted)...)
	if reasons, who := RefusedEncrypted(d.chain.Services); d.encrypted != nil && reasons != 0 {
		hops = append(hops, sim.Hop{Op: sim.OpFilter, Bytes: ^reasons, Name: d.label(who)})
	}
	return hops
}

// CopyHops returns a hop for each service of a chain that copies packets on a side. They have no Node yet: Other is the
// number of the service among those that copy, from 1, Form and Bytes what it meets (SeenBy).
func CopyHops(chain []service.Service, at steps.Side) []sim.Hop {
	var hops []sim.Hop
	number := uint8(0)
	for n := range chain {
		if !chain[n].Copies {
			continue
		}
		number++
		if SideOf(chain, n) == at {
			form, more := SeenBy(chain, n)
			hops = append(hops, sim.Hop{Op: sim.OpCopy, Node: -1, Other: number, Form: form, Bytes: uint32(more)})
		}
	}
	return hops
}

// Copied returns the hops of a copy in the chip: it passes the pipeline once more, which puts its tunnel around it.
func (d *DSN) Copied() []sim.Hop {
	return append(d.pass(comingIn, 0, 0), sim.Hop{Op: sim.OpLeaveChain})
}

// program is the place of a Program in the engine, a station that takes no time.
type program struct {
	*steps.Program
	name   string
	shared bool
}

// Serve judges a packet in no time.
func (g *program) Serve(at units.Time, p *packet.Packet) (station.Visit, bool) {
	g.Judge(at, p)
	return station.Visit{Start: at, Leave: at, Out: at}, true
}

func (g *program) Name() string { return g.name }

// DropReason implements sim.Station: nothing waits here.
func (g *program) DropReason() uint8 { return 0 }

func (g *program) Ordered() bool { return true }

func (g *program) Shares() bool { return g.shared }

func (g *program) Measure(station.Window) {}

func (g *program) Usage() []station.Usage { return nil }
