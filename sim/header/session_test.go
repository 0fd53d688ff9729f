package header

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func icmp(kind, code uint8, rest uint32, payload []byte) []byte {
	h := ICMP(make([]byte, ICMPLen, ICMPLen+len(payload)))
	h[0], h[1] = kind, code
	binary.BigEndian.PutUint32(h[4:], rest)
	h = append(h, payload...)
	h.SetChecksum(Checksum(h))
	return h
}

// fill sets the transport checksum of an Ethernet frame of IPv4 without options.
func fill(frame []byte) []byte {
	s := Parse(frame)
	segment := frame[s.L4:]
	sum := TransportChecksum(&s.Key, s.Key.Proto, segment)
	switch s.Key.Proto {
	case ProtoTCP:
		TCP(segment).SetChecksum(sum)
	case ProtoUDP:
		if sum == 0 {
			sum = 0xffff
		}
		UDP(segment).SetChecksum(sum)
	}
	return frame
}

// right requires all checksums of a whole frame to be right, and those of what an ICMP error quotes as far as it does.
func right(t require.TestingT, frame []byte) {
	s := Parse(frame)
	ip := IPv4(frame[s.L3():])
	require.Equal(t, ip.ComputeChecksum(), ip.Checksum(), "IPv4")
	segment := frame[s.L4:]
	switch s.Key.Proto {
	case ProtoTCP, ProtoUDP:
		require.Zero(t, TransportChecksum(&s.Key, s.Key.Proto, segment), "transport")
	case ProtoICMP:
		require.Zero(t, Checksum(segment), "ICMP")
		if q, ok := quoted(frame, &s); ok && segment[0] == icmpUnreachable {
			inner := IPv4(frame[q.L2Len:])
			require.Equal(t, inner.ComputeChecksum(), inner.Checksum(), "quoted IPv4")
			if n := int(q.L2Len) + inner.TotalLen(); n <= len(frame) {
				sum := Checksum(frame[q.L4:n])
				if q.Key.Proto != ProtoICMP {
					sum = TransportChecksum(&q.Key, q.Key.Proto, frame[q.L4:n])
				}
				require.Zero(t, sum, "quoted transport")
			}
		}
	}
}

// message draws a frame with right checksums: TCP, UDP, an echo, or an error about TCP or UDP, whole or cut.
func message(t *rapid.T) []byte { return messageOf(t, 4) }

// messageOf draws one of the first kinds: two that have ports, queries, then errors.
func messageOf(t *rapid.T, most int) []byte {
	payload := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "payload")
	src, dst := rapid.Uint16().Draw(t, "src"), rapid.Uint16().Draw(t, "dst")
	options := 4 * rapid.IntRange(0, 3).Draw(t, "options")
	switch rapid.IntRange(0, most).Draw(t, "kind") {
	case 0:
		return fill(ethernet(EtherTypeIPv4, ipv4(ProtoTCP, append(tcpHeader(src, dst), payload...), options)))
	case 1:
		return fill(ethernet(EtherTypeIPv4, ipv4(ProtoUDP, append(udpHeader(src, dst, len(payload))[:UDPLen], payload...), options)))
	case 2:
		kind := rapid.SampledFrom([]uint8{0, 8, 13, 14, 17, 18}).Draw(t, "type")
		return ethernet(EtherTypeIPv4, ipv4(ProtoICMP, icmp(kind, 0, uint32(src)<<16|uint32(dst), payload), options))
	default:
		inner := messageOf(t, 2)[EthernetLen:]
		cut := rapid.IntRange(IPv4(inner).HeaderLen()+8, len(inner)).Draw(t, "cut")
		// From the quoted packet's destination, or a router, to its source.
		outer := IPv4(ipv4(ProtoICMP, icmp(icmpUnreachable, 1, 0, inner[:cut]), 0))
		from := IPv4(inner).Dst()
		if rapid.Bool().Draw(t, "router") {
			from = [4]byte{203, 0, 113, 254}
		}
		outer.SetSrc(from)
		outer.SetDst(IPv4(inner).Src())
		outer.SetChecksum(outer.ComputeChecksum())
		return ethernet(EtherTypeIPv4, outer)
	}
}

// After a translation all checksums are right, the session is the one that was asked for, and translating back gives
// the frame bit by bit.
func TestTranslate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		frame := message(t)
		before := append([]byte(nil), frame...)
		right(t, frame)
		s := Parse(frame)
		from, kind := Session(frame, &s)
		to := from
		copy(to.Src[:4], rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "to src"))
		copy(to.Dst[:4], rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "to dst"))
		if from.SrcPort != 0 {
			to.SrcPort = rapid.Uint16Range(1, 65535).Draw(t, "to sport")
		}
		if from.DstPort != 0 {
			to.DstPort = rapid.Uint16Range(1, 65535).Draw(t, "to dport")
		}
		Translate(frame, &s, &from, &to)
		right(t, frame)
		again := Parse(frame)
		require.Equal(t, again, s)
		got, k := Session(frame, &again)
		require.Equal(t, to, got)
		require.Equal(t, kind, k)
		Translate(frame, &again, &to, &from)
		require.Equal(t, before, frame)
	})
}

func TestSession(t *testing.T) {
	key := func(frame []byte) (Key, SessionKind) {
		s := Parse(frame)
		return Session(frame, &s)
	}
	tcp := ethIPv4TCP()
	forth, kind := key(tcp)
	assert.Equal(t, Packet, kind)
	assert.EqualValues(t, 1234, forth.SrcPort)

	ask, _ := key(ethernet(EtherTypeIPv4, ipv4(ProtoICMP, icmp(8, 0, 77<<16, nil), 0)))
	assert.Equal(t, [2]uint16{77, 0}, [2]uint16{ask.SrcPort, ask.DstPort})
	answer, _ := key(ethernet(EtherTypeIPv4, ipv4(ProtoICMP, icmp(0, 0, 77<<16, nil), 0)))
	assert.Equal(t, [2]uint16{0, 77}, [2]uint16{answer.SrcPort, answer.DstPort})
	redirect, kind := key(ethernet(EtherTypeIPv4, ipv4(ProtoICMP, icmp(5, 0, 77<<16, nil), 0)))
	assert.Equal(t, Portless, kind)
	assert.Zero(t, redirect.SrcPort|redirect.DstPort)

	assert.EqualValues(t, 8, ask.Query)
	assert.Equal(t, [2]bool{false, true}, [2]bool{ask.Answer, answer.Answer})

	about, kind := key(errorAbout(tcp[:EthernetLen+28], 11, v4B))
	assert.Equal(t, AboutPacket, kind)
	assert.Equal(t, forth.Reverse(), about)
	_, kind = key(errorAbout(tcp[:EthernetLen+20], 11, v4B))
	assert.Equal(t, Portless, kind, "it quotes too little")

	piece := ipv4(ProtoTCP, make([]byte, 40), 0)
	IPv4(piece).SetFragment(0, 80)
	_, kind = key(ethernet(EtherTypeIPv4, piece))
	assert.Equal(t, Portless, kind)
	_, kind = key(ethernet(EtherTypeARP, nil))
	assert.Equal(t, NoSession, kind)
}

// errorAbout returns an ICMP error of a type about a frame's IPv4 packet, from an address to where the packet came from.
func errorAbout(frame []byte, kind uint8, from [4]byte) []byte {
	quote := frame[EthernetLen:]
	outer := IPv4(ipv4(ProtoICMP, icmp(kind, 0, 0, quote), 0))
	outer.SetSrc(from)
	outer.SetDst(IPv4(quote).Src())
	outer.SetChecksum(outer.ComputeChecksum())
	return ethernet(EtherTypeIPv4, outer)
}

// An error is about a session where it goes to the source of a whole quoted packet that is no error.
func TestErrorsAboutNothing(t *testing.T) {
	tcp := ethIPv4TCP()
	later := append([]byte(nil), tcp...)
	IPv4(later[EthernetLen:]).SetFragment(0, 80)
	first := append([]byte(nil), tcp...)
	IPv4(first[EthernetLen:]).SetFragment(IPv4MoreFragments, 0)
	elsewhere := errorAbout(tcp, 3, v4B)
	IPv4(elsewhere[EthernetLen:]).SetDst(v4B)
	for name, c := range map[string]struct {
		frame []byte
		kind  SessionKind
	}{
		"unreachable":       {errorAbout(tcp, 3, v4B), AboutPacket},
		"of a router":       {errorAbout(tcp, 3, [4]byte{9, 9, 9, 9}), AboutPacket},
		"first fragment":    {errorAbout(first, 3, v4B), AboutPacket},
		"redirect":          {errorAbout(tcp, 5, v4B), Portless},
		"an error's error":  {errorAbout(errorAbout(tcp, 3, v4B), 3, v4B), Portless},
		"later fragment":    {errorAbout(later, 3, v4B), Portless},
		"goes elsewhere":    {elsewhere, Portless},
		"cut before ports":  {errorAbout(tcp[:EthernetLen+IPv4MinLen+3], 3, v4B), Portless},
		"no quote":          {errorAbout(tcp, 3, v4B)[:EthernetLen+IPv4MinLen+ICMPLen], Portless},
		"cut in the header": {errorAbout(tcp, 3, v4B)[:EthernetLen+IPv4MinLen+ICMPLen-1], Portless},
	} {
		s := Parse(c.frame)
		_, kind := Session(c.frame, &s)
		assert.Equal(t, c.kind, kind, name)
	}
}

// ICMPv6 has sessions as ICMP has: echoes by identifier, errors by what they quote; neighbour discovery is neither.
func TestSessionsOfICMPv6(t *testing.T) {
	session := func(message []byte) (Key, SessionKind) {
		frame := ethIPv6(ProtoICMPv6, message)
		s := Parse(frame)
		return Session(frame, &s)
	}
	ask, kind := session(icmp(ICMPv6EchoRequest, 0, 77<<16, nil))
	assert.Equal(t, Packet, kind)
	assert.Equal(t, [2]uint16{77, 0}, [2]uint16{ask.SrcPort, ask.DstPort})
	answer, _ := session(icmp(ICMPv6EchoReply, 0, 77<<16, nil))
	assert.Equal(t, [2]uint16{0, 77}, [2]uint16{answer.SrcPort, answer.DstPort})
	assert.True(t, answer.Answer && answer.Query == ask.Query)
	solicitation, kind := session(icmp(135, 0, 0, make([]byte, 16)))
	assert.Equal(t, Portless, kind)
	assert.EqualValues(t, 135, solicitation.Query)

	sent := ethIPv6(ProtoUDP, udpHeader(5, 6, 4))
	quote := append([]byte(nil), sent[EthernetLen:]...)
	IPv6(quote).SetSrc(IPv6(quote).Dst()) // the error goes where both of these packets go
	IPv6(quote).SetDst(v6A)
	for kind, want := range map[uint8]SessionKind{0: Portless, 1: AboutPacket, 2: AboutPacket, 3: AboutPacket, 4: AboutPacket, 5: Portless} {
		about, got := session(icmp(kind, 0, 0, quote))
		assert.Equal(t, want, got, kind)
		if got == AboutPacket {
			assert.Equal(t, [2]uint16{6, 5}, [2]uint16{about.SrcPort, about.DstPort})
		}
	}
	_, kind = session(icmp(1, 0, 0, sent[EthernetLen:]))
	assert.Equal(t, Portless, kind, "it goes to the destination of what it quotes")
}

// An error from the quoted packet's destination has its source changed with it; one from a router keeps it.
func TestTranslateErrorSource(t *testing.T) {
	for _, router := range []bool{false, true} {
		tcp := fill(ethIPv4TCP())
		outer := IPv4(ipv4(ProtoICMP, icmp(icmpUnreachable, 1, 0, tcp[EthernetLen:]), 0))
		from := v4B
		if router {
			from = [4]byte{9, 9, 9, 9}
		}
		outer.SetSrc(from)
		outer.SetDst(v4A)
		outer.SetChecksum(outer.ComputeChecksum())
		frame := ethernet(EtherTypeIPv4, outer)
		s := Parse(frame)
		key, _ := Session(frame, &s)
		to := key
		to.Src = [16]byte{7, 7, 7, 7}
		Translate(frame, &s, &key, &to)
		right(t, frame)
		assert.Equal(t, router, IPv4(frame[EthernetLen:]).Src() == [4]byte{9, 9, 9, 9})
		assert.Equal(t, !router, IPv4(frame[EthernetLen:]).Src() == [4]byte{7, 7, 7, 7})
	}
}

// No bytes make Translate panic or change a frame's length.
func FuzzTranslate(f *testing.F) {
	f.Add(ethIPv4TCP())
	f.Add(ethernet(EtherTypeIPv4, ipv4(ProtoICMP, icmp(3, 0, 0, ethIPv4TCP()[EthernetLen:]), 8)))
	f.Add(ethernet(EtherTypeIPv4, ipv4(ProtoICMP, icmp(8, 0, 5, nil), 0)))
	f.Fuzz(func(t *testing.T, frame []byte) {
		s := Parse(frame)
		from, _ := Session(frame, &s)
		to := from
		to.Src, to.Dst, to.SrcPort, to.DstPort = [16]byte{1, 2, 3, 4}, [16]byte{5, 6, 7, 8}, 9, 10
		Translate(frame, &s, &from, &to)
		Translate(frame, &s, &to, &from)
	})
}
