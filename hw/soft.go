package hw

import (
	"math"

	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Soft is what a scenario asks of the software on a core, beside the cycles of its services.
type Soft struct {
	// Turns, when set, is how the core gets at its packets; else it has each as it comes, and needs nothing for that.
	Turns *Turns
	// Remote is how long a packet keeps the core waiting for the memory of another socket.
	Remote units.Duration
	// Saved is the part of a batch's fixed work that is in a packet's measured work; Turns counts the batch's work.
	Saved units.Duration
	// Flows, when set, is where the virtual switch finds flows; else it has all of them at hand.
	Flows *FlowCache
	// NIC, when set, is what the NIC takes over of the virtual switch, flow by flow.
	NIC *NICFlows
	// Plain says that the core copies and ciphers the tenants' frames without tunnels, which the NIC puts on and takes off.
	Plain bool
	// Relief, when set, is the work for the services that the NIC has taken over.
	Relief *station.Cost
	// Spent counts the packets that the core took in the measured window, and the work for them.
	Spent  Spent
	window station.Window
}

// Spent is how many packets a core took, and how long it worked for them, without the time for which it was taken away. Relieved is
// how much longer it would have worked if the NIC had taken nothing over.
type Spent struct {
	Packets        int64
	Work, Relieved units.Duration
}

// NICFlows is the flow table of a NIC that switches for the host. A flow that is in it needs no switching by a core; one that is
// not has the core switch its packet, and enter it.
type NICFlows struct {
	// Table is the NIC's, for all cores of the server.
	Table *Cache
	// Of is how many cores that are; 0 means one.
	Of int
	// Switching is what a core spends on switching a packet, Insert on entering a flow.
	Switching, Insert units.Duration
}

// work returns what the table adds to the work of a core for a packet, which may be less than nothing.
func (n *NICFlows) work(p *packet.Packet) units.Duration {
	if n.Table.Touch(flowKey(p.Source(), p.Flow)) {
		return -n.Switching
	}
	return n.Insert
}

func (c *Core) Measure(w station.Window) {
	c.Soft.window = w
	c.Server.Measure(w)
}

// measured reports whether an instant is in the measured window.
func (c *Core) measured(at units.Time) bool {
	return !at.Before(c.window.From) && at.Before(c.window.To)
}

// own returns the work for the packet itself.
func (c *Core) own(p *packet.Packet) units.Duration {
	form := packet.Tunnelled
	if c.Plain {
		form = packet.Plain
	}
	work := c.cost.Of(p.Bytes[form])
	if p.Kind == WithoutTunnels {
		work = c.within.Of(p.Bytes[packet.Plain])
	}
	work += c.Remote - c.Saved
	if p.Copies != 0 && c.Copying != nil {
		work += c.Copying(p)
	}
	return work
}

// find returns the work to look up where the packet belongs, beyond the switch's work when the flow is cached.
func (c *Core) find(at units.Time, p *packet.Packet) units.Duration {
	work := units.Duration(0)
	if c.NIC != nil && p.Kind != WithoutTunnels { // those stay in the host
		if work = c.NIC.work(p); work < 0 {
			if c.measured(at) {
				c.Spent.Relieved -= work
			}
			return work
		}
	}
	if c.Flows != nil {
		work += c.Flows.find(at, p, c.measured(at))
	}
	return work
}

// turn has the core do some work for a packet that it can begin at an instant at the earliest.
func (c *Core) turn(at, start units.Time, work units.Duration, p *packet.Packet) (begin, end units.Time) {
	if c.Turns != nil {
		free, extra := c.Turns.join(at, c.free(at, start))
		start, work = free, work+extra
	}
	if c.measured(at) {
		c.Spent.Packets++
		c.Spent.Work += work
		if c.Relief != nil && p.Kind != WithoutTunnels {
			c.Spent.Relieved += c.Relief.Of(p.Bytes[packet.Tunnelled])
		}
	}
	begin, end = c.stalls.around(start, work)
	if c.Turns != nil {
		c.Turns.note(begin, end)
	}
	return begin, end
}

// free returns when the core is done with the packets before one that arrives at an instant and could start at another.
func (c *Core) free(at, start units.Time) units.Time {
	if start.After(at) {
		return start
	}
	return c.Free()
}

// mean returns the work for a packet in the mean over packets like it, when batches are full.
func (c *Core) mean(p *packet.Packet, of sim.Population) units.Duration {
	work := float64(c.own(p))
	if t := c.Turns; t != nil {
		work += float64(t.Each) / float64(max(1, t.Most))
	}
	switched := 1.0 // the share that a core switches
	if n := c.NIC; n != nil && p.Kind != WithoutTunnels {
		switched = min(1, float64(n.Table.MissShare(of.Flows*int64(max(1, n.Of)))+of.Fresh)/float64(units.Whole))
		work += switched*float64(n.Insert) - (1-switched)*float64(n.Switching)
	}
	if c.Flows != nil {
		exact, _ := c.Flows.misses(of)
		work += min(exact, switched) * float64(c.Flows.Search)
	}
	return units.Duration(math.Round(work))
}

// Lost returns the share of packets that a core loses because it is taken away and its ring fills, at a packet rate that makes
// it busy for that share of the time, as Holds has it.
func (c *Core) Lost(pps, busy float64, ring int) float64 {
	if pps <= 0 {
		return 0
	}
	return c.stalls.lostShare(pps, busy*c.stalls.present()/pps, ring)
}
