package ongoing_test

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/traffic/ongoing"
	"github.com/dsnsim/dsnsim/sim/units"
)

// The flags of TCP.
const (
	fin = 1 << iota
	syn
	rst
	_
	ack
)

// sent is a packet of a made-up capture: which connection, by its number, from the client or to it.
type sent struct {
	us     int64
	proto  uint8
	client byte
	back   bool
	flags  byte
}

func (s sent) frame() []byte {
	f := make([]byte, 14+20+20)
	f[12] = 0x08
	ip := f[14:]
	ip[0], ip[3], ip[8], ip[9] = 0x45, 40, 64, s.proto
	from, to := [4]byte{10, 0, 0, s.client}, [4]byte{192, 0, 2, 1}
	ports := [2]uint16{1000, 443}
	if s.back {
		from, to, ports = to, from, [2]uint16{443, 1000}
	}
	copy(ip[12:], from[:])
	copy(ip[16:], to[:])
	binary.BigEndian.PutUint16(ip[20:], ports[0])
	binary.BigEndian.PutUint16(ip[22:], ports[1])
	ip[24+1], ip[32], ip[33] = 20, 5<<4, s.flags
	if s.proto == header.ProtoUDP {
		binary.BigEndian.PutUint16(ip[24:], 20)
	}
	return f
}

// openOf returns which records of captures, that are replayed at their own times, stand for flows that were open before.
func openOf(t *testing.T, loop bool, captures ...[]sent) [][]int32 {
	var all ongoing.Connections
	var sources []ongoing.Source
	for _, list := range captures {
		c := capture.Capture{File: "made-up.pcap"}
		var flags []uint16
		for _, s := range list {
			data := s.frame()
			c.Records = append(c.Records, capture.Record{TimeNs: 1000 * s.us, Wire: len(data), Data: data})
			flags = append(flags, uint16(s.flags))
		}
		trace, err := traffic.NewTrace(&c, nil)
		require.NoError(t, err)
		r, err := traffic.NewReplay(traffic.ReplayConfig{Config: traffic.Config{Name: "test", LineRate: 100 * units.Gbps}, Loop: loop}, trace)
		require.NoError(t, err)
		sources = append(sources, ongoing.Source{Replay: r, Flows: trace.Tuples(), Connections: all.Number(trace.Tuples()), Flags: flags})
	}
	records := make([][]int32, len(sources))
	for i, list := range ongoing.Open(sources, all.Len()) {
		for _, p := range list {
			records[i] = append(records[i], p.Record)
		}
	}
	return records
}

// A TCP connection was open unless it begins with SYN; both sides stand for it, unless they begin with its end.
func TestTCP(t *testing.T) {
	const tcp = header.ProtoTCP
	for name, c := range map[string]struct {
		list []sent
		want []int32
	}{
		"handshake":             {[]sent{{0, tcp, 1, false, syn}, {1, tcp, 1, true, syn | ack}, {2, tcp, 1, false, ack}}, nil},
		"handshake under way":   {[]sent{{0, tcp, 1, true, syn | ack}, {1, tcp, 1, false, ack}}, nil},
		"data":                  {[]sent{{0, tcp, 1, false, ack}, {1, tcp, 1, true, ack}, {2, tcp, 1, false, ack}}, []int32{0, 1}},
		"opened again":          {[]sent{{0, tcp, 1, false, ack}, {1, tcp, 1, true, ack}, {2, tcp, 1, false, rst}, {3, tcp, 1, false, syn}}, []int32{0, 1}},
		"closed":                {[]sent{{0, tcp, 1, false, ack | fin}, {1, tcp, 1, true, ack}, {2, tcp, 1, false, ack}}, []int32{1}},
		"answered with a reset": {[]sent{{0, tcp, 1, true, ack}, {1, tcp, 1, false, rst}}, []int32{0}},
		"late":                  {[]sent{{0, tcp, 1, false, syn}, {9, tcp, 2, false, ack}, {10, tcp, 1, true, syn | ack}}, []int32{1}},
	} {
		assert.Equal(t, [][]int32{c.want}, openOf(t, false, c.list), name)
	}
}

// What opens in one capture of a scenario was not open in another, whichever comes first.
func TestOneConnectionInTwoCaptures(t *testing.T) {
	const tcp = header.ProtoTCP
	out := []sent{{0, tcp, 1, false, syn}, {2, tcp, 1, false, ack}}
	in := []sent{{1, tcp, 1, true, ack}, {2, tcp, 2, true, ack}}
	assert.Equal(t, [][]int32{nil, {1}}, openOf(t, false, out, in))
	assert.Equal(t, [][]int32{{1}, nil}, openOf(t, false, in, out))
}

// Without SYN, a stream was open and a question was not; only the side that sends first stands for it.
func TestOtherProtocols(t *testing.T) {
	const udp = header.ProtoUDP
	question := []sent{{0, udp, 1, false, 0}, {1, udp, 1, true, 0}}
	assert.Equal(t, [][]int32{nil}, openOf(t, false, question))
	stream := []sent{{0, udp, 9, false, 0}}
	for i := range int64(5) {
		stream = append(stream, sent{8 + 10*i, udp, 1, true, 0}, sent{9 + 10*i, udp, 1, false, 0})
	}
	assert.Equal(t, [][]int32{{1}}, openOf(t, false, stream))
	late := append([]sent{{-20, udp, 9, false, 0}}, stream[1:]...)
	assert.Equal(t, [][]int32{nil}, openOf(t, false, late), "it was silent for three gaps")
	assert.Equal(t, [][]int32{{0}, nil}, openOf(t, false, []sent{{0, udp, 1, false, 0}, {5, udp, 1, false, 0}}, []sent{{1, udp, 1, true, 0}, {2, udp, 9, true, 0}}))
}

// A replay that does not loop has no packets ahead but those behind it, and nobody sends any by looking.
func TestLookingSendsNothing(t *testing.T) {
	const tcp = header.ProtoTCP
	list := []sent{{0, tcp, 1, false, ack}, {1, tcp, 2, false, ack}}
	for _, loop := range []bool{false, true} {
		assert.Equal(t, [][]int32{{0, 1}}, openOf(t, loop, list))
	}
}
