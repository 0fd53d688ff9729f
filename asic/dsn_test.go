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
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// list is a source of given packets on path 0.
type list []packet.Packet

func (l *list) Next(p *packet.Packet) bool {
	if len(*l) == 0 {
		return false
	}
	key, fresh := p.Key, p.Fresh
	*p = (*l)[0]
	p.Key, p.Fresh = key, fresh
	*l = (*l)[1:]
	return true
}

// last keeps the packet that was delivered last.
type last struct {
	packet packet.Packet
	at     units.Time
	n      int
}

func (l *last) Delivered(p *packet.Packet, at units.Time) { l.packet, l.at, l.n = *p, at, l.n+1 }
func (l *last) Dropped(*packet.Packet, units.Time, uint8) {}

// through sends packets through a row of chips and returns the last one and the engine.
func through(t *testing.T, p *profile.Profile, chain []string, inbound bool, chips int, packets ...packet.Packet) (*last, *sim.Engine) {
	t.Helper()
	c, err := newChain(p, chain...)
	require.NoError(t, err)
	rec := &last{}
	e := sim.NewEngine(rec)
	e.TraceSeq = int64(len(packets) - 1)
	dsn := New(e, p, c, "chip", chips)
	hops := []sim.Hop{{Op: sim.OpSelect, N: uint16(chips)}}
	if inbound {
		hops = append(hops, dsn.Inbound()...)
	} else {
		hops = append(hops, dsn.Outbound()...)
	}
	e.AddPath(sim.Path{Name: "way", Hops: hops})
	source := list(packets)
	e.AddSource(&source)
	e.Prepare([][]int{{0}}, station.Window{To: units.Forever})
	require.NoError(t, e.Run(context.Background()))
	return rec, e
}

// ceil divides and rounds up.
func ceil(a, b int64) int64 { return (a + b - 1) / b }

// pass is one way through a chip in cycles: the parser reads so many bytes, then the stages, then the deparser writes so many.
func pass(d *profile.DSN, read, written int64, stages units.Cycles) int64 {
	interval := int64(d.InitiationInterval.Value)
	parse := max(ceil(read, int64(d.ParserBytesPerCycle.Value)), interval)
	deparse := max(ceil(written, int64(d.Parser.DeparserBytes.Value)), interval)
	return parse + int64(d.ParserLatency.Value) + int64(stages) + deparse + int64(d.DeparserLatency.Value)
}

// A packet of a warm flow and a warm context through an idle chip takes the sum of its parts, at a clock edge and
// between two: 1 GHz and 1 ns here, so that the next edge is easily found.
func TestChipLatencyIsTheSumOfItsParts(t *testing.T) {
	p := reference(t)
	d := &p.DSN
	d.Clock.Value = units.GHz
	full := []string{"ipsec", "vxlan", "firewall", "route"}
	const frame, header = 1500, 54
	tunnelled := named.Tunnelled(full, frame)
	chain, err := newChain(p, full...)
	require.NoError(t, err)
	crypto := int64(d.Crypto.SetupCycles.Value) + ceil(int64(tunnelled)-70, int64(d.Crypto.BytesPerCycle.Value)) +
		int64(d.Crypto.LatencyCycles.Value)
	const esp, vxlan = 50, 50 // with their Ethernet and IPv4 headers
	in := pass(d, esp, esp, chain.Latency) + crypto + pass(d, vxlan+header, header, chain.Latency)
	out := pass(d, header, vxlan+header, chain.Latency) + crypto + pass(d, esp, esp, chain.Latency)

	for _, offset := range []units.Duration{0, 1, 500, 999} {
		wait := int64(0)
		if offset > 0 {
			wait = 1000 - int64(offset)
		}
		at := units.At(10*units.Microsecond + offset)
		cold := packet.Packet{Sent: units.At(0), Bytes: [2]uint32{frame, tunnelled}, Header: header}
		warm := cold
		warm.Sent = at
		rec, e := through(t, p, full, true, 1, cold, warm)
		assert.Equal(t, units.Duration(in*1000+wait), rec.at.Sub(at), "inbound, %d ps after an edge", offset)
		assert.Equal(t, rec.at.Sub(at), rec.packet.ChainTime)
		gapless(t, e, rec)
		rec, e = through(t, p, full, false, 1, cold, warm)
		assert.Equal(t, units.Duration(out*1000+wait), rec.at.Sub(at), "outbound, %d ps after an edge", offset)
		gapless(t, e, rec)
	}
}

// gapless requires the trace to begin when the packet was sent, to have no gap, and to end when it was delivered.
func gapless(t *testing.T, e *sim.Engine, rec *last) {
	t.Helper()
	require.Len(t, e.Traces(), 1)
	at := rec.packet.Sent
	for _, row := range e.Traces()[0].Rows {
		require.Equal(t, at, row.Arrive, row.Name)
		require.Equal(t, row.Leave, row.Arrive.Add(row.Wait+row.Service+row.Latency), row.Name)
		at = row.Leave
	}
	require.Equal(t, rec.at, at)
}

// A cold packet pays two accesses for its context, of which the second needs the first, and one for its flow.
func TestColdPacketPaysForTheMemory(t *testing.T) {
	p := reference(t)
	p.DSN.Memory.Access.Value = 122 * units.Nanosecond // whole cycles, so that no edge is missed after it
	full := []string{"ipsec", "vxlan", "firewall", "route"}
	cold := packet.Packet{Sent: units.At(0), Bytes: [2]uint32{1500, named.Tunnelled(full, 1500)}, Header: 54}
	warm := cold
	warm.Sent = units.At(10 * units.Microsecond)
	first, _ := through(t, p, full, true, 1, cold)
	second, _ := through(t, p, full, true, 1, cold, warm)
	assert.Equal(t, 3*p.DSN.Memory.Access.Value, first.at.Sub(first.packet.Sent)-second.at.Sub(second.packet.Sent))
}

// A chain without a service that needs it visits neither crypto nor flow memory.
func TestChainsVisitWhatTheyNeed(t *testing.T) {
	for _, c := range []struct {
		chain         []string
		parser        int64
		flows, crypto int64
	}{
		{nil, 1, 0, 0}, {[]string{"route"}, 1, 0, 0}, {[]string{"firewall"}, 1, 1, 0}, {[]string{"ipsec"}, 2, 0, 1},
		{[]string{"ipsec", "vxlan", "firewall", "route"}, 2, 1, 1},
	} {
		for _, inbound := range []bool{true, false} {
			_, e := through(t, reference(t), c.chain, inbound, 1, packet.Packet{Bytes: [2]uint32{1500, 1600}, Header: 54})
			visits := map[string]int64{}
			for _, u := range e.Usages() {
				visits[u.Name] = u.Visits
			}
			want := map[string]int64{"chip.parser": c.parser, "chip.deparser": c.parser, "chip.flow-memory": c.flows, "chip.crypto": c.crypto,
				"chip.crypto-contexts": c.crypto}
			assert.Equal(t, want, visits, "%v inbound %t", c.chain, inbound)
		}
	}
}

// A packet is served by one chip, the one of its hash, from end to end.
func TestPacketsStayOnTheirChip(t *testing.T) {
	const chips = 4
	full := []string{"ipsec", "vxlan", "firewall", "route"}
	for member := range uint32(chips) {
		_, e := through(t, reference(t), full, true, chips,
			packet.Packet{Bytes: [2]uint32{1500, 1600}, Header: 54, Hash: member<<30 | 12345})
		for _, u := range e.Usages() {
			var chip uint32
			var part string
			_, err := fmt.Sscanf(u.Name, "chip[%d].%s", &chip, &part)
			require.NoError(t, err, u.Name)
			assert.Equal(t, chip == member, u.Visits > 0, "%s for a packet of chip %d", u.Name, member)
		}
	}
}

// A faster clock never makes an idle chip slower, and the time outside the clock does not change.
func TestFasterClockIsNeverSlower(t *testing.T) {
	full := []string{"ipsec", "vxlan", "firewall", "route"}
	before := units.Duration(1 << 62)
	for mhz := units.Freq(200); mhz <= 3000; mhz += 50 {
		p := reference(t)
		p.DSN.Clock.Value = mhz * units.MHz
		rec, _ := through(t, p, full, true, 1, packet.Packet{Sent: units.At(123_457), Bytes: [2]uint32{1500, 1600}, Header: 54})
		got := rec.at.Sub(rec.packet.Sent)
		require.LessOrEqual(t, got, before, "%s", mhz*units.MHz)
		before = got
	}
}
