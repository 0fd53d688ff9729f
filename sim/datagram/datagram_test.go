package datagram

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/units"
)

var usual = Spec{Datagrams: 1024, Held: 3, Timeout: 100 * units.Millisecond}

// piece describes a fragment of a UDP or TCP datagram from port 1000 to port.
type piece struct {
	v6         bool
	id         uint16
	start, len int
	more       bool
	proto      uint8
	port       uint16
	at         time.Duration
	src        byte
}

// record makes the frame of a fragment.
func (p piece) record() capture.Record {
	proto := p.proto
	if proto == 0 {
		proto = header.ProtoUDP
	}
	payload := make([]byte, p.len)
	if p.start == 0 && p.len >= 4 {
		u := append(payload[:0:0], 1000>>8, 1000&0xff, byte(p.port>>8), byte(p.port))
		copy(payload, u)
		if proto == header.ProtoTCP && p.len > 12 {
			payload[12] = 5 << 4
		}
		if proto == header.ProtoUDP && p.len >= 8 {
			payload[5] = 200
		}
	}
	var ip []byte
	etherType := uint16(header.EtherTypeIPv4)
	if p.v6 {
		etherType = header.EtherTypeIPv6
		ip = make([]byte, header.IPv6Len+header.IPv6FragmentLen)
		ip[0], ip[4], ip[5], ip[6] = 6<<4, byte((p.len+8)>>8), byte(p.len+8), header.ProtoFragment
		ip[8], ip[24], ip[23] = 0x20, 0x20, p.src
		header.IPv6Fragment(ip[header.IPv6Len:]).Set(proto, p.start, p.more, uint32(p.id))
	} else {
		ip = make([]byte, header.IPv4MinLen)
		h := header.IPv4(ip)
		h.SetHeaderLen(header.IPv4MinLen)
		h.SetTotalLen(header.IPv4MinLen + p.len)
		flags := uint16(0)
		if p.more {
			flags = header.IPv4MoreFragments
		}
		h.SetID(p.id)
		h.SetFragment(flags, p.start)
		h.SetProto(proto)
		h.SetSrc([4]byte{10, 0, 0, p.src})
		h.SetDst([4]byte{192, 0, 2, 1})
	}
	frame := make([]byte, header.EthernetLen)
	header.Ethernet(frame).SetEtherType(etherType)
	frame = append(append(frame, ip...), payload...)
	return capture.Record{Data: frame, Wire: len(frame), TimeNs: p.at.Nanoseconds()}
}

func records(list ...piece) (out []capture.Record) {
	for _, p := range list {
		out = append(out, p.record())
	}
	return out
}

// firsts lists the record that rules each, -1 for what is lost.
func firsts(j *Joined, n int) (list []int) {
	for i := range n {
		if first, ok := j.First(i); ok {
			list = append(list, first)
		} else {
			list = append(list, lost)
		}
	}
	return list
}

// What becomes of fragments that come out of order, late, too many, twice, and of those that are attacks.
func TestJoin(t *testing.T) {
	first, middle, last := piece{id: 7, len: 16, more: true, port: 53}, piece{id: 7, start: 16, len: 16, more: true}, piece{id: 7, start: 32, len: 8}
	with := func(p piece, change func(*piece)) piece { change(&p); return p }
	late := with(last, func(p *piece) { p.at = 101 * time.Millisecond })
	other := with(first, func(p *piece) { p.port = 80 })
	tcp := func(p *piece) { p.proto = header.ProtoTCP }
	six := func(p *piece) { p.v6 = true }
	for name, c := range map[string]struct {
		pieces []piece
		want   []int
		lost   map[Cause]int
	}{
		"in order":            {[]piece{first, middle, last}, []int{0, 0, 0}, nil},
		"backwards":           {[]piece{last, middle, first}, []int{2, 2, 2}, nil},
		"IPv6":                {[]piece{with(last, six), with(first, six), with(middle, six)}, []int{1, 1, 1}, nil},
		"twice":               {[]piece{first, middle, middle, last}, []int{0, 0, 0, 0}, nil},
		"identification anew": {[]piece{first, middle, last, other, middle, last}, []int{0, 0, 0, 3, 3, 3}, nil},
		"another sender":      {[]piece{first, with(last, func(p *piece) { p.src = 9 })}, []int{0, -1}, map[Cause]int{NoFirst: 1}},
		"another protocol":    {[]piece{first, with(last, tcp)}, []int{0, -1}, map[Cause]int{NoFirst: 1}},
		"too late":            {[]piece{first, late}, []int{0, -1}, map[Cause]int{NoFirst: 1}},
		"held for too long":   {[]piece{last, with(first, func(p *piece) { p.at = time.Second })}, []int{-1, 1}, map[Cause]int{NoFirst: 1}},
		"beyond the end, waiting": {[]piece{last, middle, with(middle, func(p *piece) { p.start, p.len = 40, 8 })}, []int{-1, -1, -1},
			map[Cause]int{Overlaps: 3}},
		"overlap":                 {[]piece{first, with(middle, func(p *piece) { p.start = 8 }), last}, []int{0, -1, -1}, map[Cause]int{Overlaps: 2}},
		"another first":           {[]piece{first, other, last}, []int{0, -1, -1}, map[Cause]int{Overlaps: 2}},
		"beyond the last":         {[]piece{first, last, with(middle, func(p *piece) { p.start = 40 })}, []int{0, 0, -1}, map[Cause]int{Overlaps: 1}},
		"ports in the second":     {[]piece{with(first, func(p *piece) { p.len = 8; tcp(p) }), with(middle, func(p *piece) { p.start = 8; tcp(p) })}, []int{-1, -1}, map[Cause]int{Tiny: 2}},
		"flags written over":      {[]piece{with(first, func(p *piece) { p.len = 24; tcp(p) }), with(middle, func(p *piece) { p.start = 8; tcp(p) })}, []int{0, -1}, map[Cause]int{Overlaps: 1}},
		"offset of 8 in TCP":      {[]piece{with(middle, func(p *piece) { p.start = 8; tcp(p) })}, []int{-1}, map[Cause]int{Tiny: 1}},
		"a length of no 8":        {[]piece{with(first, func(p *piece) { p.len = 17 })}, []int{-1}, map[Cause]int{Overlaps: 1}},
		"beyond the longest":      {[]piece{with(last, func(p *piece) { p.start = 65528 })}, []int{-1}, map[Cause]int{Overlaps: 1}},
		"chain of headers in two": {[]piece{with(first, func(p *piece) { six(p); p.len, p.proto = 8, header.ProtoDstOpts })}, []int{-1}, map[Cause]int{Tiny: 1}},
	} {
		r := records(c.pieces...)
		j := Join(r, usual)
		require.Equal(t, c.want, firsts(j, len(r)), name)
		require.Equal(t, len(r), j.Fragments, name)
		for cause := range Cause(causes) {
			require.Equal(t, c.lost[cause], j.Lost[cause], "%s: %s", name, cause)
		}
	}
}

// Of a datagram that comes backwards as many fragments as the table holds wait for the first; of more the last ones are lost.
func TestHeld(t *testing.T) {
	var list []piece
	for i := 5; i >= 0; i-- {
		list = append(list, piece{id: 7, start: 16 * i, len: 16, more: i < 5, port: 53})
	}
	j := Join(records(list...), usual)
	assert.Equal(t, []int{5, 5, 5, -1, -1, 5}, firsts(j, 6))
	assert.Equal(t, 2, j.Lost[TooMany])
}

// The table lets the datagram go that was heard of longest ago.
func TestRoom(t *testing.T) {
	first := func(id uint16) piece { return piece{id: id, len: 16, more: true} }
	last := func(id uint16) piece { return piece{id: id, start: 16, len: 8} }
	middle := piece{id: 1, start: 32, len: 8, more: true}
	s := usual
	s.Datagrams = 2
	j := Join(records(first(1), first(2), middle, first(3), last(2), last(1), last(3)), s)
	assert.Equal(t, []int{0, 1, 0, 3, -1, -1, -1}, firsts(j, 7), "2 went for 3, 1 for what was 2, and so on")
	assert.Nil(t, Join(records(piece{len: 8}), s), "no fragment")
}

// Tenants with the same addresses do not share datagrams.
func TestNetworks(t *testing.T) {
	r := records(piece{id: 7, len: 16, more: true, port: 1}, piece{id: 7, len: 16, more: true, port: 2}, piece{id: 7, start: 16, len: 8}, piece{id: 7, start: 16, len: 8})
	for i, network := range []uint32{1, 2, 2, 1} {
		r[i].Network = network
	}
	j := Join(r, usual)
	assert.Equal(t, []int{0, 1, 1, 0}, firsts(j, 4))
}

// Whatever the order that the table can hold, of any number of datagrams mixed, all fragments are ruled by their first.
func TestAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var list []piece
		for id := range rapid.IntRange(1, 6).Draw(t, "datagrams") {
			v6 := rapid.Bool().Draw(t, "v6")
			proto := rapid.SampledFrom([]uint8{header.ProtoUDP, header.ProtoTCP}).Draw(t, "proto")
			n := rapid.IntRange(2, 1+usual.Held).Draw(t, "fragments")
			for i := range n {
				list = append(list, piece{v6: v6, id: uint16(id / 2), src: byte(id % 2), start: 24 * i, len: 24, more: i < n-1, proto: proto, port: uint16(id)})
			}
		}
		seed := rapid.Uint64().Draw(t, "seed")
		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(list), func(a, b int) { list[a], list[b] = list[b], list[a] })
		j := Join(records(list...), usual)
		for i := range list {
			first, ok := j.First(i)
			require.True(t, ok)
			require.Zero(t, list[first].start)
			require.Equal(t, [4]any{list[i].v6, list[i].id, list[i].src, list[i].proto}, [4]any{list[first].v6, list[first].id, list[first].src, list[first].proto})
		}
	})
}

// A flood of fragments of 8 bytes costs no more than a few comparisons each.
func TestFloodIsLinear(t *testing.T) {
	var list []capture.Record
	for i := range 100_000 {
		list = append(list, piece{id: uint16(i / 8000), start: 8 + 8*(i%8000), len: 8, more: true}.record())
	}
	start := time.Now()
	j := Join(list, usual)
	assert.Equal(t, len(list), j.Fragments)
	assert.Less(t, time.Since(start), 5*time.Second)
}
