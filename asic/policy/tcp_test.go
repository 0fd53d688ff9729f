package policy

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

const (
	syn, synAck, ack, finAck, rst = 0, 1, 2, 3, 4 // records of talk
)

// cookie is what the firewall's step refuses packets for whose handshake the DSN does itself.
const cookie uint32 = 1 << stats.DropSYNCookie

// talk is a capture of connections whose records have each of the flags that matter.
func talk(t require.TestingT, spec Spec, n int) *connections {
	var tuples []traffic.Tuple
	for i := range n {
		u := tuple("10.0.0.1", "10.0.0.2", header.ProtoTCP, uint16(1000+i), 80)
		tuples = append(tuples, u, reversed(u))
	}
	c := &connections{}
	c.sources.AddTrace(0, false, NewFlows(tuples).WithFlags([]uint16{flagSYN, flagSYN | flagACK, flagACK, flagFIN | flagACK, flagRST}))
	c.sources.AddSYNs(0, false, func(flow uint32) traffic.Tuple {
		return tuple("10.9.9.9", "10.0.0.2", header.ProtoTCP, uint16(flow), 80)
	})
	if spec.Timeouts == (Timeouts{}) {
		spec.Timeouts = DefaultTimeouts()
	}
	spec.To = units.At(units.Second)
	var err error
	c.Tracker, err = NewTracker(spec)
	require.NoError(t, err)
	return c
}

// segment is a packet of connection c, from its client or from its server, whose answers the rules deny.
func segment(c int, server bool, record int32) *packet.Packet {
	p := &packet.Packet{Flow: uint32(2 * c), Record: record}
	if server {
		p.Flow++
		p.Refused = Denied
	}
	return p
}

func flood(flow uint32) *packet.Packet {
	return &packet.Packet{Key: packet.MakeKey(1, 0), Flow: flow, Record: -1}
}

// stateOfConnection looks without touching.
func stateOfConnection(tr *connections, c int) uint8 {
	u, _ := tr.sources.Tuple(segment(c, false, ack))
	if hit := tr.flows.Lookup(&u); hit.Hit {
		return tr.flows.State(hit.Ref)
	}
	return 0
}

// A SYN that comes again from the end that opened a connection belongs to it, whatever the rules say by now; from the other end it asks
// for a connection of its own.
func TestWhoMayOpenAConnection(t *testing.T) {
	tr := talk(t, Spec{Flows: 8}, 1)
	require.True(t, tr.Enter(units.At(0), segment(0, false, ack)))
	again := segment(0, false, syn)
	again.Refused = Denied
	v, _ := tr.Look(units.At(0), again)
	assert.Equal(t, Known, v)
	v, _ = tr.Look(units.At(0), segment(0, true, syn))
	assert.Equal(t, Refused, v)
}

// A connection is embryonic until its originator acknowledges, established then, and closing from the first FIN or RST.
func TestConnectionsGoThroughTheirStates(t *testing.T) {
	for _, last := range []int32{finAck, rst} {
		tr := talk(t, Spec{Flows: 8}, 1)
		state := func(server bool, record int32) uint8 {
			p := segment(0, server, record)
			tr.Judge(units.At(0), p)
			require.Zero(t, p.Refused)
			return stateOfConnection(tr, 0)
		}
		assert.Equal(t, stateEmbryonic, state(false, syn))
		assert.Equal(t, 1, tr.embryonic)
		assert.Equal(t, stateEmbryonic, state(false, syn), "sent again")
		assert.Equal(t, stateEmbryonic, state(true, synAck))
		assert.Equal(t, stateEmbryonic, state(true, ack), "the server alone opens nothing")
		assert.Equal(t, stateTCP, state(false, ack))
		assert.Zero(t, tr.embryonic)
		assert.Equal(t, stateTCP, state(true, ack))
		assert.Equal(t, stateClosing, state(true, last))
		assert.Equal(t, stateClosing, state(false, ack))
		again := segment(0, true, syn)
		tr.Judge(units.At(0), again)
		assert.Equal(t, Denied, again.Refused, "the server asks for another connection")
		assert.Equal(t, stateClosing, stateOfConnection(tr, 0))
		assert.Equal(t, stateEmbryonic, state(false, syn), "the ports are used again")
		assert.Equal(t, 1, tr.embryonic)
		assert.EqualValues(t, 2, tr.counts.New)
	}
}

// A connection that is met in its middle counts as established; none begins with its end, or with an answer.
func TestConnectionsMetInTheirMiddle(t *testing.T) {
	for record, want := range map[int32]uint8{syn: stateEmbryonic, synAck: 0, ack: stateTCP, finAck: 0, rst: 0, -1: stateTCP} {
		tr := talk(t, Spec{Flows: 8}, 1)
		tr.Judge(units.At(0), segment(0, false, record))
		assert.Equal(t, want, stateOfConnection(tr, 0), "record %d", record)
	}
}

// Each state has its timeout, and what expires does not count as embryonic any more.
func TestTimeoutsOfStates(t *testing.T) {
	ms := units.Millisecond
	timeouts := Timeouts{TCP: 80 * ms, Embryonic: 8 * ms, Closing: 16 * ms, UDP: 80 * ms, ICMP: 80 * ms, Other: 80 * ms}
	for _, c := range []struct {
		records []int32
		want    units.Duration
	}{{[]int32{syn}, 8 * ms}, {[]int32{syn, ack}, 80 * ms}, {[]int32{syn, ack, finAck}, 16 * ms}} {
		tr := talk(t, Spec{Flows: 8, Timeouts: timeouts}, 1)
		for _, r := range c.records {
			tr.Judge(units.At(0), segment(0, false, r))
		}
		for at := units.Duration(0); at < c.want; at += ms {
			tr.pass(units.At(at))
			all, _ := tr.flows.Len()
			require.Equal(t, 1, all, "%v after %s", c.records, at)
		}
		tr.pass(units.At(c.want + 2*ms))
		all, _ := tr.flows.Len()
		assert.Zero(t, all, "%v", c.records)
		assert.Zero(t, tr.embryonic)
	}
}

// A flood fills the table with embryonic flows: connections that come later are refused, and their answers denied. Where
// the oldest gives way they are not.
func TestFloodFillsTheTable(t *testing.T) {
	answered := func(full table.FullPolicy, limit int) (refused uint32, c Counts, tr *connections) {
		tr = talk(t, Spec{Flows: 100, WhenFull: full, EmbryonicLimit: limit}, 1)
		for i := range uint32(1000) {
			tr.Judge(units.At(units.Duration(i)*units.Microsecond), flood(i))
		}
		at := units.At(units.Millisecond)
		tr.Judge(at, segment(0, false, syn))
		answer := segment(0, true, synAck)
		tr.Judge(at, answer)
		tr.Judge(at, segment(0, false, ack))
		data := segment(0, true, ack)
		tr.Judge(at, data)
		require.Equal(t, data.Refused, answer.Refused)
		return data.Refused, tr.Counts(), tr
	}
	refused, c, tr := answered(table.Reject, 0)
	assert.Equal(t, Denied, refused, "the server's data are lost")
	assert.InDelta(t, 100, c.New, 2)
	assert.Equal(t, int(c.New), tr.embryonic)
	assert.GreaterOrEqual(t, c.Rejected, int64(900))
	assert.Zero(t, c.Evicted)

	refused, c, tr = answered(table.EvictOldest, 0)
	assert.Zero(t, refused)
	assert.EqualValues(t, 1001, c.New)
	assert.EqualValues(t, 1001-c.Active, c.Evicted)
	assert.EqualValues(t, c.Active-1, tr.embryonic, "all but the one that was established")
}

// Above the limit SYNs end in the DSN and make no entry; the client's ACK, which brings the cookie back, makes one.
func TestCookiesKeepTheTableFree(t *testing.T) {
	tr := talk(t, Spec{Flows: 100, EmbryonicLimit: 10}, 2)
	for i := range uint32(1000) {
		p := flood(i)
		tr.Judge(units.At(0), p)
		if i < 10 {
			require.Zero(t, p.Refused)
		} else {
			require.Equal(t, cookie, p.Refused)
		}
	}
	first := segment(0, false, syn)
	tr.Judge(units.At(0), first)
	assert.Equal(t, cookie, first.Refused)
	answer := segment(0, true, synAck)
	tr.Judge(units.At(0), answer)
	assert.Equal(t, cookie, answer.Refused, "the DSN's own handshake with the server, not a packet that the rules deny")
	tr.Judge(units.At(0), segment(0, false, ack))
	data := segment(0, true, ack)
	tr.Judge(units.At(0), data)
	assert.Zero(t, data.Refused)
	denied := segment(1, true, ack)
	tr.Judge(units.At(0), denied)
	assert.Equal(t, Denied, denied.Refused, "no cookie lets others in")
	forbidden := segment(1, false, syn)
	forbidden.Refused = Denied
	tr.Judge(units.At(0), forbidden)
	assert.Equal(t, Denied, forbidden.Refused, "what the rules deny gets no cookie")
	assert.Equal(t, Counts{New: 11, Active: 11}, tr.Counts())
}

// The number of embryonic flows is that of the entries in that state, whatever happens.
func TestEmbryonicFlowsAreCounted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ms := units.Millisecond
		timeouts := Timeouts{TCP: 8 * ms, Embryonic: 2 * ms, Closing: ms, UDP: ms, ICMP: ms, Other: ms}
		tr := talk(t, Spec{Flows: rapid.IntRange(1, 20).Draw(t, "room"), Timeouts: timeouts,
			WhenFull: table.FullPolicy(rapid.IntRange(0, 1).Draw(t, "full")), EmbryonicLimit: rapid.IntRange(0, 6).Draw(t, "limit")}, 12)
		now := units.At(0)
		for range 80 {
			now = now.Add(units.Duration(rapid.IntRange(0, 500).Draw(t, "us")) * units.Microsecond)
			tr.Judge(now, segment(rapid.IntRange(0, 11).Draw(t, "connection"), rapid.Bool().Draw(t, "server"), int32(rapid.IntRange(-1, 4).Draw(t, "record"))))
			embryonic := 0
			for c := range 12 {
				if stateOfConnection(tr, c) == stateEmbryonic {
					embryonic++
				}
			}
			require.Equal(t, embryonic, tr.embryonic)
		}
	})
}
