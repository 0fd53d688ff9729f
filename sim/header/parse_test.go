package header

import (
	"net/netip"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func key4(proto uint8, src, dst uint16) (k Key) {
	copy(k.Src[:], v4A[:])
	copy(k.Dst[:], v4B[:])
	k.SrcPort, k.DstPort, k.Proto = src, dst, proto
	return k
}

func key6(proto uint8, src, dst uint16) Key {
	return Key{Src: v6A, Dst: v6B, SrcPort: src, DstPort: dst, Proto: proto, V6: true}
}

type parseCase struct {
	name  string
	frame []byte
	want  Summary
}

func v4Frame(proto uint8, payload []byte) []byte {
	return ethernet(EtherTypeIPv4, ipv4(proto, payload, 0))
}

func v4Fragment(offset int, more bool, payload []byte) []byte {
	frame := v4Frame(ProtoUDP, payload)
	flags := uint16(0)
	if more {
		flags = IPv4MoreFragments
	}
	IPv4(frame[EthernetLen:]).SetFragment(flags, offset)
	return frame
}

func goodIPv4() []parseCase {
	v4 := func(k Key, l4, headers int32) Summary {
		return Summary{Key: k, HeaderBytes: headers, L2Len: 14, L4: l4, EtherType: EtherTypeIPv4, Version: 4}
	}
	qinq := v4(key4(ProtoUDP, 5000, 53), 42, 50)
	qinq.L2Len, qinq.VLANs, qinq.VLAN = 22, 2, [2]uint16{100, 7}
	first, other := v4(key4(ProtoUDP, 9, 10), 34, 42), v4(key4(ProtoUDP, 0, 0), 34, 34)
	first.Fragment, other.Fragment = FirstFragment, OtherFragment
	ah := v4(key4(ProtoTCP, 1, 2), 58, 78)
	ah.ExtHeaders = 1
	options := ethernet(EtherTypeIPv4, ipv4(ProtoTCP, tcpHeader(7, 8), 12))
	tso := ethIPv4TCP()
	IPv4(tso[EthernetLen:]).SetTotalLen(0)
	return []parseCase{
		{"tcp", ethIPv4TCP(), v4(key4(ProtoTCP, 1234, 80), 34, 54)},
		{"tcp with a payload", append(ethIPv4TCP(), 1, 2, 3), v4(key4(ProtoTCP, 1234, 80), 34, 54)},
		{"ipv4 options", options, v4(key4(ProtoTCP, 7, 8), 46, 66)},
		{"total length 0 of a card that segments", tso, v4(key4(ProtoTCP, 1234, 80), 34, 54)},
		{"qinq udp", qinqIPv4UDP(), qinq},
		{"first fragment", v4Fragment(0, true, udpHeader(9, 10, 0)), first},
		{"middle fragment", v4Fragment(8, true, udpHeader(9, 10, 0)), other},
		{"last fragment", v4Fragment(1480, false, udpHeader(9, 10, 0)), other},
		{"icmp", v4Frame(ProtoICMP, make([]byte, 8)), v4(key4(ProtoICMP, 0, 0), 34, 42)},
		{"sctp", v4Frame(ProtoSCTP, unhexPlain("000b000c0000000000000000")), v4(key4(ProtoSCTP, 11, 12), 34, 46)},
		{"gre with a key", v4Frame(ProtoGRE, unhexPlain("2000080000000007")), v4(key4(ProtoGRE, 0, 0), 34, 42)},
		{"esp", v4Frame(ProtoESP, make([]byte, 40)), v4(key4(ProtoESP, 0, 0), 34, 42)},
		{"ah tcp", v4Frame(ProtoAH, append(authentication(ProtoTCP), tcpHeader(1, 2)...)), ah},
		{"hop-by-hop number over ipv4", v4Frame(ProtoHopByHop, ext(ProtoTCP, 8)), v4(key4(ProtoHopByHop, 0, 0), 34, 34)},
		{"destination options number over ipv4", v4Frame(ProtoDstOpts, ext(ProtoTCP, 8)), v4(key4(ProtoDstOpts, 0, 0), 34, 34)},
		{"ip in ip", v4Frame(ProtoIPIP, ipv4(ProtoTCP, tcpHeader(1, 2), 0)), v4(key4(ProtoIPIP, 0, 0), 34, 34)},
	}
}

func goodIPv6() []parseCase {
	v6 := func(k Key, ext uint8, l4, headers int32) Summary {
		return Summary{Key: k, HeaderBytes: headers, L2Len: 14, L4: l4, EtherType: EtherTypeIPv6, Version: 6, ExtHeaders: ext}
	}
	first, other := v6(key6(ProtoUDP, 9, 10), 1, 62, 70), v6(key6(ProtoUDP, 0, 0), 1, 62, 62)
	first.Fragment, other.Fragment = FirstFragment, OtherFragment
	withFragment := func(offset int, more bool) []byte {
		return ethIPv6(ProtoFragment, append(fragment(ProtoUDP, offset, more), udpHeader(9, 10, 0)...))
	}
	jumbo := ethIPv6(ProtoTCP, tcpHeader(3, 4))
	IPv6(jumbo[EthernetLen:]).SetPayloadLen(0)
	return []parseCase{
		{"ipv6 tcp", ethIPv6(ProtoTCP, tcpHeader(3, 4)), v6(key6(ProtoTCP, 3, 4), 0, 54, 74)},
		{"payload length 0 of a jumbogram", jumbo, v6(key6(ProtoTCP, 3, 4), 0, 54, 74)},
		{"five extension headers", ethIPv6(ProtoHopByHop, fiveExtensions()), v6(key6(ProtoUDP, 546, 547), 5, 134, 142)},
		{"first v6 fragment", withFragment(0, true), first},
		{"other v6 fragment", withFragment(8, true), other},
		{"last v6 fragment", withFragment(8, false), other},
		{"atomic fragment", withFragment(0, false), v6(key6(ProtoUDP, 9, 10), 1, 62, 70)},
		{"no next header", ethIPv6(ProtoNoNext, nil), v6(key6(ProtoNoNext, 0, 0), 0, 54, 54)},
		{"icmpv6", ethIPv6(ProtoICMPv6, make([]byte, 8)), v6(key6(ProtoICMPv6, 0, 0), 0, 54, 62)},
	}
}

func TestParseGoodFrames(t *testing.T) {
	for _, c := range append(goodIPv4(), goodIPv6()...) {
		assert.Equal(t, c.want, Parse(c.frame), c.name)
	}
}

// TestParsePrefixes cuts each good frame at every length: up to the end of the headers the parser must say so, and
// keep to the bytes it has; beyond, nothing may change.
func TestParsePrefixes(t *testing.T) {
	for _, c := range append(goodIPv4(), goodIPv6()...) {
		for n := range len(c.frame) {
			got := Parse(c.frame[:n:n])
			if n >= int(c.want.HeaderBytes) {
				require.Equal(t, c.want, got, "%s cut to %d", c.name, n)
				continue
			}
			require.Equal(t, Truncated, got.Status, "%s cut to %d", c.name, n)
			require.EqualValues(t, n, got.HeaderBytes, "%s cut to %d", c.name, n)
		}
	}
}

func TestParseKeepsWhatItReadOfACutFrame(t *testing.T) {
	cut := Parse(ethIPv4TCP()[:38])
	assert.Equal(t, key4(ProtoTCP, 1234, 80), cut.Key, "4 bytes of TCP hold both ports")
	assert.Equal(t, Truncated, cut.Status)
	assert.Equal(t, key4(ProtoTCP, 0, 0), Parse(ethIPv4TCP()[:37]).Key)
	assert.EqualValues(t, 100, Parse(qinqIPv4UDP()[:20]).VLAN[0])
}

// mutate returns a good frame with one byte changed.
func mutate(frame []byte, at int, to byte) []byte {
	frame[at] = to
	return frame
}

func TestParseRefusesContradictions(t *testing.T) {
	cases := []struct {
		name  string
		frame []byte
		want  Status
		bytes int32
	}{
		{"ipv4 type, version 6", mutate(ethIPv4TCP(), 14, 0x65), Malformed, 34},
		{"ipv4 header of 16 bytes", mutate(ethIPv4TCP(), 14, 0x44), Malformed, 34},
		{"ipv4 total length below the header", mutate(ethIPv4TCP(), 17, 19), Malformed, 34},
		{"ipv4 datagram ends in tcp", mutate(ethIPv4TCP(), 17, 30), Truncated, 44},
		{"ipv6 type, version 4", mutate(ethIPv6(ProtoTCP, tcpHeader(1, 2)), 14, 0x45), Malformed, 54},
		{"ipv6 packet ends in tcp", mutate(ethIPv6(ProtoTCP, tcpHeader(1, 2)), 19, 6), Truncated, 60},
		{"tcp header of 16 bytes", mutate(ethIPv4TCP(), 46, 0x40), Malformed, 54},
		{"udp length 7", mutate(v4Frame(ProtoUDP, udpHeader(1, 2, 0)), 39, 7), Malformed, 42},
		{"ah of 8 bytes", v4Frame(ProtoAH, make([]byte, 40)), Malformed, 42},
		{"arp", ethernet(EtherTypeARP, make([]byte, 28)), NotIP, 14},
		{"802.3 length", ethernet(60, make([]byte, 60)), NotIP, 14},
		{"three tags", ethernet(EtherTypeIPv4, nil, [2]uint16{EtherTypeQinQ, 1}, [2]uint16{EtherTypeVLAN, 2}, [2]uint16{EtherTypeVLAN, 3}), NotIP, 22},
		{"nothing", nil, Truncated, 0},
	}
	for _, c := range cases {
		got := Parse(c.frame)
		assert.Equal(t, c.want, got.Status, c.name)
		assert.Equal(t, c.bytes, got.HeaderBytes, c.name)
	}
}

// TestParseBoundsExtensionHeaders: as many as the bound are walked, one more is refused.
func TestParseBoundsExtensionHeaders(t *testing.T) {
	chain := func(n int) []byte {
		var p []byte
		for range n - 1 {
			p = append(p, ext(ProtoDstOpts, 8)...)
		}
		p = append(p, ext(ProtoUDP, 8)...)
		return ethIPv6(ProtoDstOpts, append(p, udpHeader(1, 2, 0)...))
	}
	most := Parse(chain(MaxExtHeaders))
	assert.Equal(t, OK, most.Status)
	assert.EqualValues(t, MaxExtHeaders, most.ExtHeaders)
	assert.Equal(t, key6(ProtoUDP, 1, 2), most.Key)
	over := Parse(chain(MaxExtHeaders + 1))
	assert.Equal(t, Malformed, over.Status)
	assert.EqualValues(t, 14+40+8*MaxExtHeaders, over.HeaderBytes)
}

func TestParseIgnoresEthernetPadding(t *testing.T) {
	short := v4Frame(ProtoTCP, []byte{0, 1, 0, 2})
	padded := append(short, make([]byte, 22)...)
	assert.Equal(t, Truncated, Parse(padded).Status, "the padding is no TCP header")
	assert.EqualValues(t, 38, Parse(padded).HeaderBytes)
}

func TestParseDoesNotAllocate(t *testing.T) {
	frame := ethIPv6(ProtoHopByHop, fiveExtensions())
	assert.Zero(t, testing.AllocsPerRun(100, func() { sink = Parse(frame) }))
	assert.EqualValues(t, 64, unsafe.Sizeof(Summary{}), "one cache line")
}

func TestKey(t *testing.T) {
	k := key4(ProtoTCP, 1, 2)
	assert.Equal(t, netip.MustParseAddr("192.0.2.1"), k.SrcAddr())
	assert.Equal(t, netip.MustParseAddr("198.51.100.2"), k.DstAddr())
	assert.Equal(t, k.SrcAddr(), k.Reverse().DstAddr())
	assert.EqualValues(t, 2, k.Reverse().SrcPort)
	assert.Equal(t, k, k.Reverse().Reverse())
	assert.Equal(t, netip.MustParseAddr("2001:db8::1"), key6(ProtoTCP, 1, 2).SrcAddr())
}

func TestStatusText(t *testing.T) {
	assert.Equal(t, []string{"ok", "truncated", "not IP", "malformed", "unknown"},
		[]string{OK.String(), Truncated.String(), NotIP.String(), Malformed.String(), Status(9).String()})
}
