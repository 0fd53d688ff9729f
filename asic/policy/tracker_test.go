package policy

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// connections is a Tracker with the headers of its packets, as the step of a firewall uses it.
type connections struct {
	*Tracker
	sources Sources
}

// bypass is not a verdict of the table: the packet is not IP.
const bypass Verdict = 255

// tracked returns a tracker over one server's flows, and another server with the same ones as source 1.
func tracked(t require.TestingT, flows int, timeouts Timeouts, tuples ...traffic.Tuple) *connections {
	c := &connections{}
	c.sources.AddTrace(0, false, NewFlows(tuples))
	c.sources.AddSynthetic(1, true, func(flow uint32) traffic.Tuple { return tuples[flow] })
	var err error
	c.Tracker, err = NewTracker(Spec{Flows: flows, Timeouts: timeouts, From: units.At(0), To: units.At(units.Second)})
	require.NoError(t, err)
	return c
}

func (c *connections) Look(at units.Time, p *packet.Packet) (Verdict, uint64) {
	u, ip := c.sources.Tuple(p)
	if !ip {
		return bypass, 0
	}
	v, key := c.Tracker.Look(at, &u, Packet{Size: 64, Kind: header.Packet, Denied: p.Refused&Denied != 0})
	switch v {
	case Known:
		p.Refused &^= Denied
	case Absorbed:
		p.Refused = cookie
	}
	return v, key
}

func (c *connections) Enter(at units.Time, p *packet.Packet) bool {
	u, _ := c.sources.Tuple(p)
	return c.Tracker.Enter(at, &u, Packet{Size: 64})
}

func (c *connections) Judge(at units.Time, p *packet.Packet) {
	if v, _ := c.Look(at, p); v == Fresh {
		c.Enter(at, p)
	}
}

func of(source int, flow uint32, refused uint32) *packet.Packet {
	return &packet.Packet{Key: packet.MakeKey(source, 0), Flow: flow, Refused: refused}
}

func there() traffic.Tuple { return tuple("10.0.0.1", "10.0.0.2", header.ProtoTCP, 5000, 80) }

func reversed(u traffic.Tuple) traffic.Tuple {
	u.Key = u.Reverse()
	return u
}

// The answer to a permitted packet passes although the rules deny it, and not before; of another server it does not.
func TestAnswersPass(t *testing.T) {
	tr := tracked(t, 8, DefaultTimeouts(), there(), reversed(there()))
	now := units.At(units.Microsecond)
	early := of(0, 1, Denied)
	tr.Judge(now, early)
	assert.Equal(t, Denied, early.Refused)
	tr.Judge(now, of(0, 0, 0))
	answer := of(0, 1, Denied|NoRoute)
	tr.Judge(now, answer)
	assert.Equal(t, NoRoute, answer.Refused, "the flow table knows no routes")
	elsewhere := of(1, 1, Denied)
	tr.Judge(now, elsewhere)
	assert.Equal(t, Denied, elsewhere.Refused)
	assert.Equal(t, Counts{New: 1, Active: 1}, tr.Counts())
}

// The key of a known flow is its entry, the same in both directions; that of an unknown one is none of an entry.
func TestKeyIsTheEntry(t *testing.T) {
	other := tuple("10.0.0.9", "10.0.0.2", header.ProtoUDP, 1, 2)
	tr := tracked(t, 8, DefaultTimeouts(), there(), reversed(there()), other, traffic.Tuple{})
	v, before := tr.Look(units.At(0), of(0, 0, 0))
	require.Equal(t, Fresh, v)
	assert.GreaterOrEqual(t, before, uint64(1)<<63)
	require.True(t, tr.Enter(units.At(0), of(0, 0, 0)))
	v, forth := tr.Look(units.At(0), of(0, 0, 0))
	require.Equal(t, Known, v)
	_, back := tr.Look(units.At(0), of(0, 1, 0))
	assert.Equal(t, forth, back)
	assert.Less(t, forth, uint64(8))
	v, _ = tr.Look(units.At(0), of(0, 2, Denied))
	assert.Equal(t, Refused, v)
	v, _ = tr.Look(units.At(0), of(0, 3, 0))
	assert.Equal(t, bypass, v)
}

// Each protocol has its timeout: a flow lives as long, and at most an eighth of the shortest and some ticks longer.
func TestTimeouts(t *testing.T) {
	ms := units.Millisecond
	timeouts := Timeouts{TCP: 8 * ms, UDP: 4 * ms, ICMP: 2 * ms, Other: ms}
	for proto, want := range map[uint8]units.Duration{header.ProtoTCP: 8 * ms, header.ProtoUDP: 4 * ms, header.ProtoICMP: 2 * ms,
		header.ProtoICMPv6: 2 * ms, header.ProtoESP: ms} {
		for _, c := range []struct {
			idle units.Duration
			want Verdict
		}{{want - units.Microsecond, Known}, {want + ms/4, Fresh}} {
			tr := tracked(t, 8, timeouts, tuple("10.0.0.1", "10.0.0.2", proto, 0, 0))
			tr.Judge(units.At(0), of(0, 0, 0))
			var v Verdict
			for at := units.Duration(0); at < c.idle; at += ms / 8 {
				tr.pass(units.At(at)) // other packets come all the time
			}
			v, _ = tr.Look(units.At(c.idle), of(0, 0, 0))
			assert.Equal(t, c.want, v, "protocol %d idle for %s", proto, c.idle)
		}
	}
}

// A full table refuses the flow and lets the packet pass; what is outside the window is not counted.
func TestFullTableRejects(t *testing.T) {
	var tuples []traffic.Tuple
	for i := range 10 {
		tuples = append(tuples, tuple("10.0.0.1", "10.0.0.2", header.ProtoTCP, uint16(i), 80))
	}
	tr := tracked(t, 4, DefaultTimeouts(), tuples...)
	for i := range 9 {
		p := of(0, uint32(i), 0)
		tr.Judge(units.At(0), p)
		require.Zero(t, p.Refused)
	}
	assert.Equal(t, Counts{New: 4, Active: 4, Rejected: 5, NoRoom: 5}, tr.Counts())
	tr.Judge(units.At(units.Second), of(0, 9, 0))
	assert.Equal(t, Counts{New: 4, Active: 4, Rejected: 5, NoRoom: 5}, tr.Counts(), "after the window")
}

// A tracker and a naive list of connections agree on every packet, whatever the rules say of each flow.
func TestTrackerAgreesWithNaiveList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tuples := rapid.SliceOfN(rapid.Custom(drawTuple), 1, 12).Draw(t, "flows")
		denied := rapid.SliceOfN(rapid.Bool(), len(tuples), len(tuples)).Draw(t, "denied")
		tr := tracked(t, 100, DefaultTimeouts(), tuples...)
		type connection struct {
			source int
			key    header.Key
		}
		var open []connection
		for range 60 {
			source, flow := rapid.IntRange(0, 1).Draw(t, "source"), rapid.IntRange(0, len(tuples)-1).Draw(t, "flow")
			u := &tuples[flow]
			p := of(source, uint32(flow), 0)
			if denied[flow] && u.IP {
				p.Refused = Denied
			}
			known := false
			for _, c := range open {
				known = known || c.source == source && (c.key == u.Key || c.key == u.Reverse())
			}
			want := p.Refused
			switch {
			case known:
				want = 0
			case u.IP && want == 0:
				open = append(open, connection{source, u.Key})
			}
			tr.Judge(units.At(0), p)
			require.Equal(t, want, p.Refused)
		}
		require.EqualValues(t, len(open), tr.Counts().Active)
	})
}
