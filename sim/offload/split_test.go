package offload

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/header"
)

// flow makes the records of a connection between two ends, both ways, in a tunnel or none.
type flow struct {
	v6      bool
	tunnel  func(inner []byte) []byte // nil for none
	options int                       // bytes of TCP options in data
	seq     [2]uint32
}

var ends = [2]header.Key{
	{Src: [16]byte{192, 0, 2, 1}, Dst: [16]byte{198, 51, 100, 2}, SrcPort: 40000, DstPort: 443},
	{Src: [16]byte{198, 51, 100, 2}, Dst: [16]byte{192, 0, 2, 1}, SrcPort: 443, DstPort: 40000},
}

// ip returns a frame of an IP packet of the flow.
func (f *flow) ip(from int, proto uint8, transport []byte) []byte {
	frame := make([]byte, header.EthernetLen)
	header.Ethernet(frame).SetEtherType(header.EtherTypeIPv4)
	if f.v6 {
		header.Ethernet(frame).SetEtherType(header.EtherTypeIPv6)
		h := header.IPv6(make([]byte, header.IPv6Len))
		h.SetFirst(0, 7)
		h.SetPayloadLen(len(transport) & 0xffff)
		if len(transport) > 0xffff {
			h.SetPayloadLen(0)
		}
		h.SetNextHeader(proto)
		h.SetHopLimit(64)
		h.SetSrc(ends[from].Src)
		h.SetDst(ends[from].Dst)
		return append(append(frame, h...), transport...)
	}
	h := header.IPv4(make([]byte, header.IPv4MinLen))
	h.SetHeaderLen(len(h))
	h.SetTotalLen(len(h) + len(transport))
	if len(h)+len(transport) > 0xffff {
		h.SetTotalLen(0)
	}
	h.SetID(0xfffe)
	h.SetTTL(64)
	h.SetProto(proto)
	h.SetSrc([4]byte(ends[from].Src[:]))
	h.SetDst([4]byte(ends[from].Dst[:]))
	h.SetChecksum(h.ComputeChecksum())
	return append(append(frame, h...), transport...)
}

func (f *flow) record(frame []byte) capture.Record {
	if f.tunnel != nil {
		frame = f.tunnel(frame)
	}
	return capture.Record{TimeNs: 5, Wire: len(frame), Data: frame, Network: 9}
}

func (f *flow) tcp(from int, flags uint8, options, payload []byte) capture.Record {
	h := header.TCP(make([]byte, header.TCPMinLen+len(options)))
	h.SetSrcPort(ends[from].SrcPort)
	h.SetDstPort(ends[from].DstPort)
	h.SetSeq(f.seq[from])
	h.SetHeaderLen(len(h))
	h.SetFlags(flags)
	copy(h[header.TCPMinLen:], options)
	f.seq[from] += uint32(len(payload))
	return f.record(f.ip(from, header.ProtoTCP, append(h, payload...)))
}

func (f *flow) syn(from int, mss uint16) capture.Record {
	return f.tcp(from, header.TCPSyn, []byte{1, 1, 1, 1, 2, 4, byte(mss >> 8), byte(mss)}, nil)
}

func (f *flow) data(from, n int) capture.Record {
	return f.tcp(from, header.TCPAck|header.TCPPsh|header.TCPFin|header.TCPCwr|header.TCPEce, bytes.Repeat([]byte{1}, f.options), text(n))
}

func (f *flow) udp(from, n int) capture.Record {
	h := header.UDP(make([]byte, header.UDPLen))
	h.SetSrcPort(ends[from].SrcPort)
	h.SetDstPort(ends[from].DstPort)
	h.SetLen(len(h) + n)
	h.SetChecksum(1)
	return f.record(f.ip(from, header.ProtoUDP, append(h, text(n)...)))
}

// text returns n bytes of a payload that repeats nowhere.
func text(n int) []byte {
	out, random := make([]byte, n), rand.New(rand.NewPCG(1, 2))
	for i := range out {
		out[i] = byte(random.Uint32())
	}
	return out
}

// tunnelled puts a frame into UDP of a port behind so many bytes of a header.
func tunnelled(v6 bool, port uint16, head []byte) func([]byte) []byte {
	return func(inner []byte) []byte {
		f := flow{v6: v6}
		h := header.UDP(make([]byte, header.UDPLen))
		h.SetDstPort(port)
		h.SetLen(len(h) + len(head) + len(inner))
		h.SetChecksum(1)
		return f.ip(0, header.ProtoUDP, append(append(h, head...), inner...))
	}
}

var tunnels = map[string]func([]byte) []byte{
	"none":             nil,
	"vxlan":            tunnelled(false, header.PortVXLAN, []byte{8, 0, 0, 0, 0, 0, 7, 0}),
	"vxlan over IPv6":  tunnelled(true, 8472, []byte{8, 0, 0, 0, 0, 0, 7, 0}),
	"geneve, 4 B more": tunnelled(false, header.PortGeneve, []byte{1, 0, 0x65, 0x58, 0, 0, 7, 0, 1, 2, 3, 0}),
	"tagged": func(inner []byte) []byte {
		return append(append(append([]byte(nil), inner[:12]...), 0x81, 0, 0, 9), inner[12:]...)
	},
	"gre": func(inner []byte) []byte {
		f := flow{}
		return f.ip(1, header.ProtoGRE, append([]byte{0, 0, 0x65, 0x58}, inner...))
	},
}

func split(t require.TestingT, mtu int, records ...capture.Record) ([]capture.Record, Facts) {
	c := &capture.Capture{Records: records}
	out, facts, err := Split(c, mtu)
	require.NoError(t, err)
	return out.Records, facts
}

// sound checks the checksums of all headers of a frame and returns its path.
func sound(t require.TestingT, r *capture.Record) path {
	var p path
	require.True(t, p.ether(r.Data, 0))
	require.Equal(t, r.Wire, len(r.Data))
	require.Equal(t, r.Wire, p.end)
	for _, at := range p.ips[:p.depth] {
		if h := header.IPv4(r.Data[at:]); h[0]>>4 == 4 {
			require.Equal(t, h.ComputeChecksum(), h.Checksum())
		}
	}
	require.EqualValues(t, 0xffff, header.Sum(r.Data[p.l4:], header.PseudoSum(&p.key, p.proto, r.Wire-p.l4)))
	for _, u := range p.udps[:p.nUDP] {
		key := addresses(r.Data[p.ips[u.ip]:])
		require.EqualValues(t, 0xffff, header.Sum(r.Data[u.at:], header.PseudoSum(&key, header.ProtoUDP, r.Wire-u.at)))
	}
	return p
}

// TestSegments: each frame has at most the segment size that the other end asked for, less the options; together they are the
// record.
func TestSegments(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"none", "vxlan", "vxlan over IPv6", "geneve, 4 B more", "tagged", "gre"}).Draw(t, "tunnel")
		f := flow{v6: rapid.Bool().Draw(t, "v6"), tunnel: tunnels[name], options: 4 * rapid.IntRange(0, 10).Draw(t, "options"), seq: [2]uint32{0xffffff00, 9}}
		mss := rapid.IntRange(536, 1460).Draw(t, "mss")
		n := rapid.IntRange(1, 60_000).Draw(t, "bytes")
		record := f.data(1, n)
		// The client says 1,460 of itself or nothing: the server's data goes by what the client accepts.
		out, facts := split(t, 0, f.syn(0, uint16(mss)), f.syn(1, 1460), record)
		frames := out[2:]
		most := mss - f.options
		require.Len(t, frames, (n+most-1)/most)
		if len(frames) == 1 {
			require.Zero(t, facts)
			return
		}
		require.Equal(t, Facts{Records: 1, Frames: len(frames), ByMSS: 1, Longest: frames[0].Wire}, facts)
		var payload []byte
		for i := range frames {
			p := sound(t, &frames[i])
			h := header.TCP(frames[i].Data[p.l4:])
			require.Equal(t, 0xffffffff&(9+uint64(len(payload))), uint64(h.Seq()))
			require.Equal(t, i == 0, h.Flags()&header.TCPCwr != 0)
			require.Equal(t, i == len(frames)-1, h.Flags()&header.TCPFin != 0)
			require.Equal(t, i == len(frames)-1, h.Flags()&header.TCPPsh != 0)
			require.Equal(t, uint8(header.TCPAck|header.TCPEce), h.Flags()&(header.TCPAck|header.TCPEce))
			if !f.v6 {
				require.Equal(t, uint16(0xfffe+i), header.IPv4(frames[i].Data[p.ips[p.depth-1]:]).ID())
			}
			require.Equal(t, record.TimeNs, frames[i].TimeNs)
			require.Equal(t, record.Network, frames[i].Network)
			payload = append(payload, frames[i].Data[p.payload:]...)
		}
		require.Equal(t, text(n), payload)
		again, facts := split(t, 0, append([]capture.Record{f.syn(0, uint16(mss)), f.syn(1, 1460)}, frames...)...)
		require.Zero(t, facts)
		require.Equal(t, frames, again[2:])
	})
}

// TestLimits: which size a connection's segments have.
func TestLimits(t *testing.T) {
	f := flow{options: 12}
	jumbo := []capture.Record{f.syn(0, 8960), f.syn(1, 8960)}
	loopback := []capture.Record{f.syn(0, 65495), f.syn(1, 65495)}
	uneven := []capture.Record{f.syn(0, 1460), f.syn(1, 536)}
	for _, c := range []struct {
		name    string
		before  []capture.Record
		from, n int
		mtu     int
		longest int // without frame check sequence; 0 for what is left as it is
	}{
		{"the MTU without a handshake", nil, 0, 5000, 0, 1514},
		{"a packet that fits", nil, 0, 1448, 0, 0},
		{"a baby giant", nil, 0, 1548, 0, 0},
		{"an MTU that is given", nil, 0, 1460, 1500, 1514},
		{"a jumbo frame where the MTU says so", nil, 0, 8948, 9000, 0},
		{"and beyond", nil, 0, 8949, 9000, 9014},
		{"a jumbo frame where the handshake says so", jumbo, 1, 8948, 0, 0},
		{"unless the MTU is less", jumbo, 1, 8948, 1500, 1514},
		{"a device without a wire", loopback, 1, 30_000, 0, 1514},
		{"to the client", uneven, 1, 4000, 0, 1514},
		{"to the server", uneven, 0, 1000, 0, 54 + 536},
		{"only the sender's handshake", uneven[1:], 1, 1000, 0, 54 + 536},
		{"a handshake that asks for next to nothing", []capture.Record{f.syn(1, 1)}, 0, 1000, 0, 54 + 12 + minPayload},
	} {
		out, facts := split(t, c.mtu, append(append([]capture.Record(nil), c.before...), f.data(c.from, c.n))...)
		assert.Equal(t, c.longest, facts.Longest, c.name)
		if c.longest == 0 {
			assert.Len(t, out, len(c.before)+1, c.name)
		}
	}
}

// TestDatagrams: UDP GSO fills the MTU.
func TestDatagrams(t *testing.T) {
	for name, tunnel := range tunnels {
		for _, v6 := range []bool{false, true} {
			f := flow{v6: v6, tunnel: tunnel}
			out, facts := split(t, 0, f.udp(0, 1452), f.udp(0, 5000), f.udp(0, 100))
			require.Equal(t, Facts{Records: 1, Frames: 4, Longest: facts.Longest}, facts, name)
			var payload []byte
			for i := range out[1:5] {
				p := sound(t, &out[1+i])
				require.LessOrEqual(t, out[1+i].Wire-p.ips[p.depth-1], DefaultMTU)
				payload = append(payload, out[1+i].Data[p.payload:]...)
			}
			require.Equal(t, text(5000), payload, name)
		}
	}
}

// TestLongPacketsThatNoneJoins: what is neither TCP nor UDP is a jumbo frame, in a tunnel or not; a datagram to the port of a tunnel
// without its header is a datagram.
func TestLongPacketsThatNoneJoins(t *testing.T) {
	for name, tunnel := range tunnels {
		for _, v6 := range []bool{false, true} {
			f := flow{v6: v6, tunnel: tunnel}
			for _, proto := range []uint8{header.ProtoICMP, header.ProtoESP, 253} {
				r := f.record(f.ip(0, proto, text(8986)))
				out, facts := split(t, 0, r)
				assert.Zero(t, facts, "%s %d", name, proto)
				assert.Equal(t, []capture.Record{r}, out, "%s %d", name, proto)
			}
		}
	}
	f := flow{}
	r := f.udp(0, 5000)
	header.UDP(r.Data[header.EthernetLen+header.IPv4MinLen:]).SetDstPort(header.PortVXLAN)
	_, facts := split(t, 0, r)
	assert.Equal(t, 4, facts.Frames)
}

// TestOddRecords: a record whose end was not captured, one beyond the length field, one with a jumbogram's header.
func TestOddRecords(t *testing.T) {
	f := flow{}
	snapped := f.data(0, 4000)
	snapped.Data = snapped.Data[:54+1000]
	out, facts := split(t, 0, f.syn(1, 1460), snapped)
	require.Equal(t, 3, facts.Frames)
	assert.Equal(t, []int{1514, 1514, 54 + 1080}, []int{out[1].Wire, out[2].Wire, out[3].Wire})
	assert.Equal(t, []int{1054, 54, 54}, []int{len(out[1].Data), len(out[2].Data), len(out[3].Data)})
	cut := f.data(0, 4000)
	cut.Data = cut.Data[:50] // not even its headers
	out, facts = split(t, 0, cut)
	assert.Zero(t, facts)
	assert.Equal(t, []capture.Record{cut}, out)
	for _, v6 := range []bool{false, true} {
		f := flow{v6: v6}
		out, facts := split(t, 0, f.data(0, 150_000))
		assert.Greater(t, facts.Frames, 100)
		for i := range out {
			sound(t, &out[i])
		}
	}
	f.v6 = true
	r := f.data(0, 70_000)
	jumbo := append(append([]byte(nil), r.Data[:54]...), header.ProtoTCP, 0, 0xc2, 4, 0, 1, 0x11, 0x84)
	header.IPv6(jumbo[14:]).SetNextHeader(header.ProtoHopByHop)
	jumbo = append(jumbo, r.Data[54:]...)
	out, facts = split(t, 0, capture.Record{Wire: len(jumbo), Data: jumbo})
	require.Equal(t, 49, facts.Frames)
	var payload []byte
	for i := range out {
		p := sound(t, &out[i])
		assert.LessOrEqual(t, out[i].Wire, 1514)
		payload = append(payload, out[i].Data[p.payload:]...)
	}
	assert.Equal(t, text(70_000), payload)
}

// FuzzSplit: no panic on any frame, and what was sent is at least the payload of the record.
func FuzzSplit(f *testing.F) {
	for _, tunnel := range tunnels {
		for _, v6 := range []bool{false, true} {
			c := flow{v6: v6, tunnel: tunnel, options: 12}
			f.Add(c.syn(0, 700).Data, c.data(1, 4000).Data, uint16(0), uint16(0))
			f.Add(c.syn(0, 700).Data, c.udp(1, 4000).Data, uint16(100), uint16(1500))
		}
	}
	f.Fuzz(func(t *testing.T, first, second []byte, more, mtu uint16) {
		if mtu != 0 {
			mtu = MinMTU + mtu%(MaxMTU-MinMTU+1)
		}
		records := []capture.Record{{Wire: len(first), Data: first}, {Wire: len(second) + int(more), Data: second}}
		out, facts, err := Split(&capture.Capture{Records: records}, int(mtu))
		if err != nil || facts.Records == 0 && len(out.Records) != 2 || facts.Records > 0 && len(out.Records) != 2-facts.Records+facts.Frames {
			t.Fatalf("%v: %d records, %+v", err, len(out.Records), facts)
		}
		for i := range out.Records {
			r := &out.Records[i]
			if r.Wire < len(r.Data) || len(r.Data) > 0 && header.Parse(r.Data).Status > header.Malformed {
				t.Fatalf("%d of %d", len(r.Data), r.Wire)
			}
		}
	})
}
