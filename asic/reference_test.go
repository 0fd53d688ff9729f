package asic

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/hw"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// The cycle-stepped reference: parser, stages, deparser, flow cache and memory channels of a chip, slow and obvious. It looks
// at every nanosecond what each part does, and knows nothing of Lindley's recursion, of running ahead or of rings of starts.
// Its clocks have whole nanoseconds, and so have its memory times.

// refPacket is a packet in the reference.
type refPacket struct {
	id            int
	at            int // ns
	header, frame int
	key           uint64
}

// refFates is what became of packets: when each left, in ns, or -1 for a drop.
type refFates []int

// refUnit is a parser or a deparser: it takes a packet at a clock edge when it has nothing in hand, and works on it for some
// cycles. What comes meanwhile waits, as far as the buffer goes.
type refUnit struct {
	period, bytesPerCycle, interval int
	room                            int // bytes that may wait
	more                            int // bytes of headers beside the tenant's
	out                             *refPipe

	inHand    *refPacket
	started   bool
	remaining int // cycles
	waiting   []*refPacket
}

// come offers a packet to the unit and reports whether it has room for it.
func (u *refUnit) come(p *refPacket) bool {
	if u.inHand == nil && len(u.waiting) == 0 {
		u.inHand = p
		return true
	}
	bytes := 0
	for _, w := range u.waiting {
		bytes += w.header + u.more
	}
	if bytes >= u.room {
		return false
	}
	u.waiting = append(u.waiting, p)
	return true
}

// tick is one nanosecond: at a clock edge, a cycle of work has been done, and another may begin.
func (u *refUnit) tick(now int) {
	if now%u.period != 0 {
		return
	}
	if u.started {
		if u.remaining--; u.remaining == 0 {
			u.out.come(u.inHand, now)
			u.inHand, u.started = nil, false
		}
	}
	if u.inHand == nil && len(u.waiting) > 0 {
		u.inHand, u.waiting = u.waiting[0], u.waiting[1:]
	}
}

// begin starts the work on what is in hand, at the end of a tick: what came in it may begin in it.
func (u *refUnit) begin(now int) {
	if u.inHand != nil && !u.started && now%u.period == 0 {
		cycles := (u.inHand.header + u.more) / u.bytesPerCycle
		if (u.inHand.header+u.more)%u.bytesPerCycle != 0 {
			cycles++
		}
		u.started, u.remaining = true, max(cycles, u.interval)
	}
}

// refPipe is a row of registers: what goes in comes out some cycles later, in order.
type refPipe struct {
	period int
	cycles int
	inside []refMoving
	to     func(p *refPacket, now int)
}

type refMoving struct {
	p    *refPacket
	left int // cycles
}

func (r *refPipe) come(p *refPacket, _ int) { r.inside = append(r.inside, refMoving{p, r.cycles}) }

func (r *refPipe) tick(now int) {
	if now%r.period == 0 {
		for i := range r.inside {
			r.inside[i].left--
		}
	}
	r.leave(now)
}

func (r *refPipe) leave(now int) {
	for len(r.inside) > 0 && r.inside[0].left <= 0 {
		p := r.inside[0].p
		r.inside = r.inside[1:]
		r.to(p, now)
	}
}

// refMemory is the flow cache with memory channels behind it. Packets leave it in the order in which they came.
type refMemory struct {
	cache                    *hw.Cache
	occupancy, access, reads int
	room                     int
	channelOf                func(key uint64) int
	channels                 []refChannel
	order                    []*refAccess
}

type refChannel struct {
	busy    int // ns
	waiting []*refAccess
}

type refAccess struct {
	p    *refPacket
	left int // ns until its data are there, -1 while it waits for its channel
}

// come offers a packet and reports whether there was room.
func (m *refMemory) come(p *refPacket) bool {
	a := &refAccess{p: p}
	if !m.cache.Touch(p.key) {
		c := &m.channels[m.channelOf(p.key)]
		switch {
		case c.busy == 0 && len(c.waiting) == 0:
			m.start(c, a)
		case len(c.waiting) >= m.room:
			return false
		default:
			a.left = -1
			c.waiting = append(c.waiting, a)
		}
	}
	m.order = append(m.order, a)
	return true
}

func (m *refMemory) start(c *refChannel, a *refAccess) {
	c.busy = m.occupancy * m.reads
	a.left = max(m.access*m.reads, c.busy)
}

// tick is one nanosecond of the channels.
func (m *refMemory) tick() {
	for _, a := range m.order {
		if a.left > 0 {
			a.left--
		}
	}
	for i := range m.channels {
		c := &m.channels[i]
		if c.busy > 0 {
			c.busy--
		}
		if c.busy == 0 && len(c.waiting) > 0 {
			m.start(c, c.waiting[0])
			c.waiting = c.waiting[1:]
		}
	}
}

// leave hands on what is ready, none before those ahead of it.
func (m *refMemory) leave(now int, fates refFates) {
	for len(m.order) > 0 && m.order[0].left == 0 {
		fates[m.order[0].p.id] = now
		m.order = m.order[1:]
	}
}

// refChip is all parts of a chip.
type refChip struct {
	parser, deparser *refUnit
	front, out       *refPipe
	stages           []*refPipe // the last one first
	memory           *refMemory // nil without tables in memory
	fates            refFates
}

func (r *refChip) drop(p *refPacket) { r.fates[p.id] = -1 }

// newRefChip puts a chip together from the constants of a profile and the stages of a chain. late makes the stages longer
// than they are.
func newRefChip(p *profile.DSN, c *Chain, packets, late int) *refChip {
	period := int(units.Second / units.Duration(p.Clock.Value) / units.Nanosecond)
	r := &refChip{fates: make(refFates, packets)}
	if c.FlowTable {
		mem := newMemory(&p.Memory)
		r.memory = &refMemory{cache: hw.NewCache(p.FlowCache.Entries.Value, p.FlowCache.Ways.Value), reads: c.Map.MemoryReads(),
			occupancy: int(p.Memory.Occupancy.Value / units.Nanosecond), access: int(p.Memory.Access.Value / units.Nanosecond),
			room: p.Memory.Queue.Value, channels: make([]refChannel, len(mem.channels))}
		r.memory.channelOf = func(key uint64) int { return indexOf(mem, key) }
	}
	r.out = &refPipe{period: period, cycles: int(p.DeparserLatency.Value), to: r.leave}
	r.deparser = &refUnit{period: period, bytesPerCycle: p.Parser.DeparserBytes.Value, interval: int(p.InitiationInterval.Value),
		room: int(p.IngressBuffer.Value), out: r.out}
	// The stages one after the other, and the turn of the corner behind them.
	next := func(pkt *refPacket, _ int) {
		if !r.deparser.come(pkt) {
			r.drop(pkt)
		}
	}
	lengths := []int{int(p.CornerTurn.Value) + late}
	for _, s := range c.Map.Stages {
		lengths = append(lengths, int(s.Latency))
	}
	for _, n := range lengths {
		first := &refPipe{period: period, cycles: n, to: next}
		r.stages = append(r.stages, first)
		next = func(pkt *refPacket, now int) { first.come(pkt, now); first.leave(now) }
	}
	r.front = &refPipe{period: period, cycles: int(p.ParserLatency.Value), to: next}
	r.parser = &refUnit{period: period, bytesPerCycle: p.ParserBytesPerCycle.Value, interval: int(p.InitiationInterval.Value),
		room: int(p.IngressBuffer.Value), more: int(c.Parser.Ahead()), out: r.front}
	return r
}

// leave is told of a packet behind the deparser.
func (r *refChip) leave(p *refPacket, now int) {
	switch {
	case r.memory == nil:
		r.fates[p.id] = now
	case !r.memory.come(p):
		r.drop(p)
	}
}

// tick is one nanosecond, from the end to the front, so that what moves has room where it goes; what moves in no time is
// handed on at once.
func (r *refChip) tick(now int, packets []refPacket) {
	if r.memory != nil {
		r.memory.tick()
	}
	r.out.tick(now)
	r.deparser.tick(now)
	r.out.leave(now)
	for _, s := range r.stages {
		s.tick(now)
	}
	r.front.tick(now)
	r.parser.tick(now)
	r.front.leave(now)
	for i := range packets {
		if packets[i].at == now && !r.parser.come(&packets[i]) {
			r.drop(&packets[i])
		}
	}
	r.parser.begin(now)
	r.deparser.begin(now)
	if r.memory != nil {
		r.memory.leave(now, r.fates)
	}
}

// stepped runs packets through the parts of a chip, tick by tick.
func stepped(p *profile.DSN, c *Chain, packets []refPacket, late int) refFates {
	r := newRefChip(p, c, len(packets), late)
	for now := 0; slices.Contains(r.fates, 0) && now < 1_000_000; now++ {
		r.tick(now, packets)
	}
	return r.fates
}

// indexOf returns the number of the channel that an address belongs to: which one is a hash, taken from the model.
func indexOf(m *memory, key uint64) int {
	ch := m.channel(key, units.Time{})
	for i := range m.channels {
		if ch == &m.channels[i] {
			return i
		}
	}
	panic(fmt.Sprintf("no channel for %d", key))
}

// refRecorder notes when each packet leaves the fast model.
type refRecorder struct{ fates refFates }

func (r *refRecorder) Delivered(p *packet.Packet, at units.Time) {
	r.fates[p.Seq()] = int(at.Ps())
}
func (r *refRecorder) Dropped(p *packet.Packet, _ units.Time, _ uint8) { r.fates[p.Seq()] = -1000 }

// fast runs packets through the model.
func fast(t require.TestingT, p *profile.Profile, c *Chain, packets []refPacket) refFates {
	rec := &refRecorder{make(refFates, len(packets))}
	e := sim.NewEngine(rec)
	chip := New(e, p, c, "chip", 1)
	e.AddPath(sim.Path{Name: "way", Hops: chip.Inbound()})
	var source list
	for _, k := range packets {
		source = append(source, packet.Packet{Sent: units.At(units.Duration(k.at) * units.Nanosecond), Header: uint16(k.header),
			Bytes: [2]uint32{uint32(k.frame), uint32(k.frame)}, Flow: uint32(k.key)})
	}
	e.AddSource(&source)
	e.Prepare([][]int{{0}}, station.Window{To: units.Forever})
	require.NoError(t, e.Run(context.Background()))
	for i := range rec.fates {
		require.Zero(t, rec.fates[i]%1000, "whole ns")
		rec.fates[i] /= 1000
	}
	return rec.fates
}

// drawChip draws the constants of a chip whose times are whole nanoseconds.
func drawChip(t *rapid.T, p *profile.Profile) {
	n := func(label string, from, to int) int { return rapid.IntRange(from, to).Draw(t, label) }
	d := &p.DSN
	d.Clock.Value = []units.Freq{1000, 500, 250, 200, 125}[n("clock", 0, 4)] * units.MHz
	d.ParserBytesPerCycle.Value, d.Parser.DeparserBytes.Value = n("parser bytes", 4, 64), n("deparser bytes", 4, 64)
	d.ParserLatency.Value, d.DeparserLatency.Value = units.Cycles(n("parser latency", 1, 30)), units.Cycles(n("deparser latency", 1, 30))
	d.InitiationInterval.Value = units.Cycles(n("interval", 1, 4))
	d.MatchCycles.Value, d.CornerTurn.Value = units.Cycles(n("match", 1, 25)), units.Cycles(n("corner", 1, 6))
	d.IngressBuffer.Value = units.Bytes(n("buffer", 100, 2000))
	d.FlowCache.Entries.Value, d.FlowCache.Ways.Value = n("cache", 0, 4)*8, 4
	d.Memory.Channels.Value = n("channels", 1, 4)
	d.Memory.Occupancy.Value = units.Duration(n("occupancy", 1, 60)) * units.Nanosecond
	d.Memory.Access.Value = units.Duration(n("access", 1, 200)) * units.Nanosecond
	d.Memory.Queue.Value = n("queue", 1, 16)
}

func drawPackets(t *rapid.T) []refPacket {
	list := make([]refPacket, rapid.IntRange(1, 60).Draw(t, "packets"))
	gap := rapid.SampledFrom([]int{0, 3, 20, 100}).Draw(t, "gap")
	flows := rapid.IntRange(1, 50).Draw(t, "flows")
	at := 1
	for i := range list {
		list[i] = refPacket{id: i, at: at, header: rapid.IntRange(14, 120).Draw(t, "header"), frame: rapid.IntRange(64, 1518).Draw(t, "frame"),
			key: uint64(rapid.IntRange(0, flows).Draw(t, "flow"))}
		at += rapid.IntRange(0, 2*gap).Draw(t, "after")
	}
	return list
}

// The model and the reference agree to the nanosecond, drops included, on random chips and random traffic.
func TestModelAgreesWithTheCycleSteppedReference(t *testing.T) {
	dropped, missed := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		p, err := profile.Load("reference-100g")
		require.NoError(t, err)
		drawChip(t, p)
		services := rapid.SampledFrom([][]string{nil, {"route"}, {"vxlan", "firewall"}, {"firewall", "route"}, {"gre", "route"}}).Draw(t, "chain")
		c, err := newChain(p, services...)
		require.NoError(t, err)
		packets := drawPackets(t)
		want := stepped(&p.DSN, c, packets, 0)
		require.Equal(t, want, fast(t, p, c, packets))
		if slices.Contains(want, -1) {
			dropped++
		}
		if !slices.Equal(want, stepped(&p.DSN, c, packets, 1)) {
			missed++
		}
	})
	assert.Positive(t, dropped, "no run lost a packet")
	assert.Positive(t, missed, "a stage of one cycle more goes unnoticed")
}
