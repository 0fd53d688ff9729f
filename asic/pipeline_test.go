package asic

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/internal/named"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
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

// overload is what a chip is offered: packets of a size in some directions (true for inbound), so many times what its crypto complex
// can do. They come for 150 us, of which the last 50 are measured.
type overload struct {
	size       uint32
	load       float64
	directions []bool
	stepwise   bool
}

const overloadFor, measured = 150 * units.Microsecond, 50 * units.Microsecond

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
	each := float64(dsn.complexes[0].cost.Of(tunnelled-notCiphered)) / float64(p.DSN.Crypto.Cores.Value)
	var used [][]int
	for i, inbound := range o.directions {
		hops := dsn.Outbound()
		if inbound {
			hops = dsn.Inbound()
		}
		e.AddPath(sim.Path{Name: fmt.Sprint("way ", i), Hops: hops})
		e.AddSource(&steadily{packet: packet.Packet{Path: uint16(i), Bytes: [2]uint32{o.size, tunnelled}, Header: 54,
			Sent: units.At(units.Duration(i) * units.Nanosecond)}, every: units.Duration(each / o.load * float64(len(o.directions))), until: end, flows: 16})
		used = append(used, []int{i})
	}
	e.Prepare(used, sim.Window{To: units.Forever})
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
	var read, written int64
	r, w := int64(p.DSN.ParserBytesPerCycle.Value), int64(p.DSN.Parser.DeparserBytes.Value)
	for _, inbound := range o.directions {
		if inbound {
			read += ceil(esp, r) + ceil(overlay, r)
			written += ceil(esp, w) + ceil(plain, w)
		} else {
			read += ceil(plain, r) + ceil(esp, r)
			written += ceil(overlay, w) + ceil(esp, w)
		}
	}
	cycles := measured.Seconds() * float64(p.DSN.Clock.Value)
	return float64(len(o.directions)) * cycles / float64(max(read, written))
}

// A chip carries what its crypto complex does, or what goes twice through its pipeline, however much more comes: packets that come
// back from the crypto complex go first, and are not lost for those that come in.
func TestOverloadedChipCarriesWhatItCan(t *testing.T) {
	p, err := profile.Load("reference-25g")
	require.NoError(t, err)
	p.DSN.IngressBuffer.Value = 64 * units.KiB // full within the run
	for _, bytes := range []int{4, 8, 32} {    // that the deparser writes a cycle
		p.DSN.Parser.DeparserBytes.Value = bytes
		for _, directions := range [][]bool{{true}, {false}, {true, false}} {
			for _, size := range []uint32{64, 256} {
				for _, load := range []float64{0.5, 0.9, 1.5, 4, 8} {
					o := overload{size: size, load: load, directions: directions}
					c, ciphers := o.carries(t, p)
					want := min(load*ciphers, ciphers, o.twice(p))
					assert.InEpsilon(t, want, c.delivered[0]+c.delivered[1], 0.01, "%d B a cycle, inbound %v, %d B, load %g", bytes, directions, size, load)
				}
			}
		}
	}
}

// Which packets an overloaded chip drops does not depend on how far packets run ahead.
func TestOverloadedChipStepByStep(t *testing.T) {
	p, err := profile.Load("reference-25g")
	require.NoError(t, err)
	p.DSN.IngressBuffer.Value = 16 * units.KiB
	o := overload{size: 64, load: 6, directions: []bool{true, false}}
	ahead, _ := o.carries(t, p)
	o.stepwise = true
	steps, _ := o.carries(t, p)
	assert.NotZero(t, ahead.drops[stats.DropDSNQueue])
	assert.NotZero(t, ahead.drops[stats.DropCryptoQueue])
	assert.Equal(t, ahead, steps)
}
