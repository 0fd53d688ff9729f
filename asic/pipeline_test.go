package asic

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/internal/named"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// steadily sends packets of one size at equal distances, of flows in turn.
type steadily struct {
	packet packet.Packet
	every  units.Duration
	until  units.Time
	flows  uint32
}

func (s *steadily) Next(p *packet.Packet) bool {
	if s.packet.Sent.After(s.until) {
		return false
	}
	key, fresh := p.Key, p.Fresh
	*p = s.packet
	p.Key, p.Fresh = key, fresh
	s.packet.Sent = s.packet.Sent.Add(s.every)
	s.packet.SA = (s.packet.SA + 1) % s.flows
	s.packet.Flow = s.packet.SA
	return true
}

// ending counts what became of packets in a window, and asks for the order within flows.
type ending struct {
	t         *testing.T
	from, to  units.Time
	delivered [2]int // by source
	drops     [stats.DropReasons]int
	all       int
	last      map[[2]uint32]uint64
}

func (c *ending) Delivered(p *packet.Packet, at units.Time) {
	c.all++
	flow := [2]uint32{uint32(p.Source()), p.Flow}
	if seq, ok := c.last[flow]; ok {
		require.Greater(c.t, p.Seq(), seq, "order within a flow")
	}
	c.last[flow] = p.Seq()
	if !at.Before(c.from) && at.Before(c.to) {
		c.delivered[p.Source()]++
	}
}

func (c *ending) Dropped(_ *packet.Packet, _ units.Time, reason uint8) { c.drops[reason]++ }

// overload is what a chip is offered: packets of a size, inbound and outbound so many times what its crypto complex can do of both. They
// come for 200 us, of which the last 100 are measured.
type overload struct {
	size     uint32
	in, out  float64
	stepwise bool
}

const overloadFor, measured = 200 * units.Microsecond, 100 * units.Microsecond

// carries returns what becomes of the packets on a chip, and how many it can cipher while it is measured.
func (o *overload) carries(t *testing.T, p *profile.Profile) (c *ending, ciphers float64) {
	t.Helper()
	names := []string{"ipsec", "geneve"}
	chain, err := newChain(p, names...)
	require.NoError(t, err)
	end := units.At(overloadFor)
	c = &ending{t: t, from: end.Add(-measured), to: end, last: map[[2]uint32]uint64{}}
	e := sim.NewEngine(c)
	e.Stepwise = o.stepwise
	dsn := New(e, p, chain, "chip", 1)
	tunnelled := named.Tunnelled(names, o.size)
	each := float64(dsn.complexes[0].cost[toDecrypt].Of(tunnelled-uint32(service.IPsec.Tunnel.Cipher.Clear))) / float64(p.DSN.Crypto.Cores.Value)
	var used [][]int
	for i, load := range []float64{o.in, o.out} {
		hops := dsn.Inbound()
		if i > 0 {
			hops = dsn.Outbound()
		}
		e.AddPath(sim.Path{Name: fmt.Sprint("way ", i), Hops: hops})
		until := end
		if load == 0 {
			until = units.At(-1)
		}
		e.AddSource(&steadily{packet: packet.Packet{Path: uint16(i), Bytes: [2]uint32{o.size, tunnelled}, Header: 54,
			Sent: units.At(units.Duration(i) * units.Nanosecond)}, every: units.Duration(each / load), until: until, flows: 16})
		used = append(used, []int{i})
	}
	e.Prepare(used, station.Window{To: units.Forever})
	require.NoError(t, e.Run(context.Background()))
	for _, u := range e.Usages() {
		if u.Name == "chip.crypto" {
			assert.EqualValues(t, u.Visits, c.all, "what is ciphered is carried")
		}
	}
	return c, float64(measured) / each
}

// twice returns how many packets go twice through the pipeline of a chip while it is measured: as the parser reads them, or the deparser
// writes them, whichever takes longer.
func (o *overload) twice(p *profile.Profile) float64 {
	const esp, plain, overlay = 50, 54, 50 + 54
	r, w := int64(p.DSN.ParserBytesPerCycle.Value), int64(p.DSN.Parser.DeparserBytes.Value)
	read := o.in*float64(ceil(esp, r)+ceil(overlay, r)) + o.out*float64(ceil(plain, r)+ceil(esp, r))
	written := o.in*float64(ceil(esp, w)+ceil(plain, w)) + o.out*float64(ceil(overlay, w)+ceil(esp, w))
	return measured.Seconds() * float64(p.DSN.Clock.Value) * (o.in + o.out) / max(read, written)
}

// A chip carries what its crypto complex does, or what goes twice through its pipeline, however much more comes: packets that come
// back from the crypto complex go first, and are not lost for those that come in.
func TestOverloadedChipCarriesWhatItCan(t *testing.T) {
	p, err := profile.Load("reference-25g")
	require.NoError(t, err)
	p.DSN.IngressBuffer.Value = 64 * units.KiB // full within the run
	for _, bytes := range []int{4, 8, 32} {    // that the deparser writes a cycle
		p.DSN.Parser.DeparserBytes.Value = bytes
		for _, inbound := range []float64{0, 0.5, 1} {
			for _, size := range []uint32{64, 256} {
				for _, load := range []float64{0.5, 0.9, 1.5, 4, 8} {
					o := overload{size: size, in: load * inbound, out: load * (1 - inbound)}
					c, ciphers := o.carries(t, p)
					want := min(load*ciphers, ciphers, o.twice(p))
					assert.InEpsilon(t, want, c.delivered[0]+c.delivered[1], 0.01, "%d B a cycle, %g inbound, %d B, load %g", bytes, inbound, size, load)
				}
			}
		}
	}
}

// Where parser and deparser are the slower in turns, the stages between them even that out: with 54 B a cycle the overlay's headers, 104
// B, take two cycles, the parser's of packets inbound and the deparser's of those outbound, and all others one.
func TestStagesEvenOutParserAndDeparser(t *testing.T) {
	p, err := profile.Load("reference-25g")
	require.NoError(t, err)
	p.DSN.Clock.Value = 50_000_000
	p.DSN.ParserBytesPerCycle.Value, p.DSN.Parser.DeparserBytes.Value = 54, 54
	o := overload{size: 64, in: 0.5, out: 0.5}
	c, ciphers := o.carries(t, p)
	require.Less(t, o.twice(p), ciphers, "the pipeline is the bottleneck")
	assert.InEpsilon(t, o.twice(p), c.delivered[0]+c.delivered[1], 0.01)
}

// A direction that is offered more than half of what the crypto complex does leaves the other its half, from the first packet on.
func TestDirectionsShareTheCryptoComplex(t *testing.T) {
	p, err := profile.Load("reference-25g")
	require.NoError(t, err)
	for _, few := range []float64{0.1, 0.25, 0.48, 0.9} {
		for _, many := range []float64{0.95, 1.5} {
			in, ciphers := (&overload{size: 256, in: few, out: many}).carries(t, p)
			out, _ := (&overload{size: 256, in: many, out: few}).carries(t, p)
			assert.InEpsilon(t, min(few, 0.5)*ciphers, in.delivered[0], 0.01, "inbound %g, outbound %g", few, many)
			assert.InEpsilon(t, min(few, 0.5)*ciphers, out.delivered[1], 0.01, "outbound %g, inbound %g", few, many)
			assert.InEpsilon(t, min(1, few+many)*ciphers, in.delivered[0]+in.delivered[1], 0.01)
			assert.InEpsilon(t, min(1, few+many)*ciphers, out.delivered[0]+out.delivered[1], 0.01)
		}
	}
}

// Which packets an overloaded chip drops does not depend on how far packets run ahead.
func TestOverloadedChipStepByStep(t *testing.T) {
	p, err := profile.Load("reference-25g")
	require.NoError(t, err)
	p.DSN.IngressBuffer.Value = 16 * units.KiB
	o := overload{size: 64, in: 3, out: 3}
	ahead, _ := o.carries(t, p)
	o.stepwise = true
	steps, _ := o.carries(t, p)
	assert.NotZero(t, ahead.drops[stats.DropDSNQueue])
	assert.NotZero(t, ahead.drops[stats.DropCryptoQueue])
	assert.Equal(t, ahead.delivered, steps.delivered)
	assert.Equal(t, ahead.drops, steps.drops)
}
