package policy

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/datagram"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// datagramPiece is an Ethernet frame of a fragment of a UDP datagram; the first has the ports 1000 and 53.
func datagramPiece(id uint16, offset int, more bool) capture.Record {
	data := make([]byte, header.EthernetLen+header.IPv4MinLen+16)
	header.Ethernet(data).SetEtherType(header.EtherTypeIPv4)
	ip := header.IPv4(data[header.EthernetLen:])
	ip.SetHeaderLen(header.IPv4MinLen)
	ip.SetTotalLen(len(ip))
	flags := uint16(0)
	if more {
		flags = header.IPv4MoreFragments
	}
	ip.SetID(id)
	ip.SetFragment(flags, offset)
	ip.SetProto(header.ProtoUDP)
	ip.SetSrc([4]byte{10, 0, 0, 1})
	ip.SetDst([4]byte{203, 0, 113, 1})
	if offset == 0 {
		udp := header.UDP(ip[header.IPv4MinLen:])
		udp.SetSrcPort(1000)
		udp.SetDstPort(53)
		udp.SetLen(100)
	}
	return capture.Record{Data: data, Wire: len(data)}
}

var tableOfFragments = datagram.Spec{Datagrams: 1024, Held: 3, Timeout: 100 * units.Millisecond}

// All fragments of a datagram have its ports, in whatever order they come; one whose datagram has no first fragment has none.
func TestFragmentsHaveThePortsOfTheirDatagram(t *testing.T) {
	records := []capture.Record{datagramPiece(7, 64, false), datagramPiece(7, 0, true), datagramPiece(8, 64, false), datagramPiece(7, 32, true)}
	s := NewSessions(records, datagram.Join(records, tableOfFragments))
	whole := table.Tuple{Src: table.AddrOf(netip.MustParseAddr("10.0.0.1")), Dst: table.AddrOf(netip.MustParseAddr("203.0.113.1")),
		SrcPort: 1000, DstPort: 53, Proto: header.ProtoUDP}
	for _, i := range []int{0, 1, 3} {
		one := s.At(s.Of(i))
		assert.Equal(t, whole, one.Tuple)
		assert.Equal(t, header.Packet, one.Kind)
		assert.Equal(t, header.Read, one.Reading)
	}
	assert.Equal(t, s.Of(0), s.Of(1), "alike")
	lost := s.At(s.Of(2))
	assert.Equal(t, header.Portless, lost.Kind)
	assert.Equal(t, header.Lost, lost.Reading)
	assert.Zero(t, lost.Tuple.SrcPort)
	assert.Equal(t, 2, s.Len())
}

// On the quickstart's capture the sessions agree with the flows, but for what makes them: identifiers of queries, and
// fragments.
func TestSessionsOfTheCapture(t *testing.T) {
	c, err := capture.Read(quickstartCapture)
	require.NoError(t, err)
	joined := datagram.Join(c.Records, tableOfFragments)
	trace, err := traffic.NewTrace(c, joined)
	require.NoError(t, err)
	s := NewSessions(c.Records, joined)
	flows := trace.FlowOfRecords()
	kinds := map[header.SessionKind]int{}
	queries := 0
	for i := range c.Records {
		one, flow := s.At(s.Of(i)), trace.Tuples()[flows[i]]
		kinds[one.Kind]++
		require.Equal(t, flow.IP, one.Kind != header.NoSession)
		if !flow.IP {
			continue
		}
		require.Equal(t, flow.Reading, one.Reading)
		want := TupleOf(&flow)
		got := one.Tuple
		got.Flags = 0
		switch {
		case flow.Proto == header.ProtoICMP || flow.Proto == header.ProtoICMPv6:
			require.NotZero(t, got.Query)
			if one.Kind == header.Packet {
				queries++
				require.NotZero(t, got.SrcPort|got.DstPort)
			}
			got.SrcPort, got.DstPort, got.Query, got.Answer = 0, 0, 0, false
		}
		require.Equal(t, want, got)
	}
	assert.Positive(t, joined.Fragments)
	assert.Positive(t, queries)
	assert.Positive(t, kinds[header.NoSession])
}

// A source of a capture tells sessions by record, a made-up one by flow; both know the server.
func TestSourcesTellSessions(t *testing.T) {
	records := []capture.Record{datagramPiece(7, 0, true), datagramPiece(9, 64, false)}
	sources := &Sources{}
	sources.AddTrace(3, false, (&Flows{}).WithSessions(NewSessions(records, datagram.Join(records, tableOfFragments))))
	sources.AddSynthetic(4, true, func(flow uint32) traffic.Tuple {
		return tuple("10.0.0.1", "10.0.0.2", header.ProtoTCP, uint16(flow), 80)
	})
	one := Session{}
	n := sources.Session(&packet.Packet{Key: packet.MakeKey(0, 5), Record: 1}, &one)
	assert.Equal(t, header.Portless, one.Kind)
	assert.EqualValues(t, 1, n)
	assert.EqualValues(t, 3, one.Tuple.VRF)
	one = Session{}
	n = sources.Session(&packet.Packet{Key: packet.MakeKey(1, 5), Record: -1, Flow: 77}, &one)
	assert.Equal(t, header.Packet, one.Kind)
	assert.EqualValues(t, 77, n)
	assert.EqualValues(t, [2]uint16{77, 4}, [2]uint16{one.Tuple.SrcPort, one.Tuple.VRF})
	assert.EqualValues(t, DataFlags, one.Tuple.Flags)
}

// A parser that does not reach the ports sees what it would see of a lost datagram's fragment.
func TestUnsee(t *testing.T) {
	u := table.Tuple{SrcPort: 1, DstPort: 2, Proto: header.ProtoTCP}
	s := Session{Kind: header.Packet, Tuple: u}
	s.Unsee()
	assert.Equal(t, Session{Kind: header.Portless, Reading: header.NoPorts, Tuple: table.Tuple{Proto: header.ProtoTCP}}, s)
	s = Session{Kind: header.AboutPacket, Tuple: u, Own: table.Tuple{Proto: header.ProtoICMP}}
	s.Unsee()
	assert.EqualValues(t, header.ProtoICMP, s.Tuple.Proto)
	s = Session{}
	s.Unsee()
	assert.Equal(t, Session{}, s)
}

func TestKeysThereAndBack(t *testing.T) {
	for _, u := range []traffic.Tuple{tuple("10.0.0.1", "10.0.0.2", header.ProtoTCP, 1, 2), tuple("2001:db8::1", "2001:db8::2", header.ProtoUDP, 3, 4)} {
		v := TupleOfKey(&u.Key)
		assert.Equal(t, TupleOf(&u), v)
		assert.Equal(t, u.Key, KeyOfTuple(&v))
	}
}
