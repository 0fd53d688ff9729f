package main

import (
	"encoding/binary"

	"github.com/dsnsim/dsnsim/sim/header"
)

const (
	minFrame = 60   // the shortest Ethernet frame without its frame check sequence
	maxFrame = 1514 // the longest without a tag; tagged flows stay within it too
)

// end is one end of a flow, with the state that its packets carry on.
type end struct {
	mac  header.MAC
	addr [16]byte // an IPv4 address in the first 4 bytes
	port uint16
	seq  uint32 // TCP: the next sequence number
	ipID uint16 // IPv4: the next identification
}

// path is what all packets of a flow have in common below the transport header.
type path struct {
	v6   bool
	tags []tag
	// optionHeaders puts a hop-by-hop and a destination options header into each IPv6 packet.
	optionHeaders bool
}

type tag struct{ etherType, id uint16 }

// layer2 starts a frame with the Ethernet header and the tags.
func (p *path) layer2(from, to *end, etherType uint16) []byte {
	frame := make([]byte, header.EthernetLen, maxFrame)
	eth := header.Ethernet(frame)
	eth.SetSrc(from.mac)
	eth.SetDst(to.mac)
	set := eth.SetEtherType
	for _, t := range p.tags {
		set(t.etherType)
		at := len(frame)
		frame = append(frame, make([]byte, header.VLANLen)...)
		v := header.VLAN(frame[at:])
		v.SetID(t.id)
		set = v.SetEtherType
	}
	set(etherType)
	return frame
}

// optionHeadersLen is the length of the two option headers that a path may add.
const optionHeadersLen = 16

// room returns the bytes of a frame that are left for the transport header and its payload.
func (p *path) room() int {
	used := header.EthernetLen + header.VLANLen*len(p.tags)
	switch {
	case p.v6 && p.optionHeaders:
		used += header.IPv6Len + optionHeadersLen
	case p.v6:
		used += header.IPv6Len
	default:
		used += header.IPv4MinLen
	}
	return maxFrame - used
}

// frame returns the frame of one transport segment that fits it, padded to the shortest.
func (p *path) frame(from, to *end, proto uint8, segment []byte) []byte {
	if p.v6 {
		return p.frame6(from, to, proto, nil, segment)
	}
	flags := uint16(0)
	if proto == header.ProtoTCP {
		flags = header.IPv4DontFragment
	}
	frame := p.frame4(from, to, proto, flags, 0, segment)
	from.ipID++
	return frame
}

func (p *path) frame4(from, to *end, proto uint8, flags uint16, offset int, payload []byte) []byte {
	frame := p.layer2(from, to, header.EtherTypeIPv4)
	at := len(frame)
	frame = append(frame, make([]byte, header.IPv4MinLen)...)
	h := header.IPv4(frame[at:])
	h.SetHeaderLen(header.IPv4MinLen)
	h.SetTotalLen(header.IPv4MinLen + len(payload))
	h.SetID(from.ipID)
	h.SetFragment(flags, offset)
	h.SetTTL(64)
	h.SetProto(proto)
	h.SetSrc([4]byte(from.addr[:]))
	h.SetDst([4]byte(to.addr[:]))
	h.SetChecksum(h.ComputeChecksum())
	return padded(append(frame, payload...))
}

// frame6 returns the frame of an IPv6 packet; fragment is its fragment header or nil.
func (p *path) frame6(from, to *end, proto uint8, fragment, payload []byte) []byte {
	frame := p.layer2(from, to, header.EtherTypeIPv6)
	at := len(frame)
	next := proto
	if fragment != nil {
		next = header.ProtoFragment
	}
	var extensions []byte
	if p.optionHeaders {
		extensions = append(options(header.ProtoDstOpts), options(next)...)
		next = header.ProtoHopByHop
	}
	extensions = append(extensions, fragment...)
	frame = append(frame, make([]byte, header.IPv6Len)...)
	h := header.IPv6(frame[at:])
	h.SetFirst(0, 0)
	h.SetPayloadLen(len(extensions) + len(payload))
	h.SetNextHeader(next)
	h.SetHopLimit(64)
	h.SetSrc(from.addr)
	h.SetDst(to.addr)
	return padded(append(append(frame, extensions...), payload...))
}

// options returns an options header that holds padding only (a PadN option, RFC 8200, section 4.2).
func options(next uint8) []byte {
	h := make([]byte, 8)
	header.IPv6Ext(h).Set(next, len(h))
	h[2], h[3] = 1, 4
	return h
}

// fragments returns the frames of a segment that does not fit one.
func (p *path) fragments(from, to *end, proto uint8, id uint32, segment []byte) (frames [][]byte) {
	room := p.room() &^ 7
	if p.v6 {
		room = (p.room() - header.IPv6FragmentLen) &^ 7
	}
	for offset := 0; offset < len(segment); offset += room {
		part := segment[offset:min(offset+room, len(segment))]
		more := offset+len(part) < len(segment)
		if p.v6 {
			h := make([]byte, header.IPv6FragmentLen)
			header.IPv6Fragment(h).Set(proto, offset, more, id)
			frames = append(frames, p.frame6(from, to, proto, h, part))
			continue
		}
		flags := uint16(0)
		if more {
			flags = header.IPv4MoreFragments
		}
		frames = append(frames, p.frame4(from, to, proto, flags, offset, part))
	}
	from.ipID++
	return frames
}

// padded fills a frame up to the shortest.
func padded(frame []byte) []byte {
	for len(frame) < minFrame {
		frame = append(frame, 0)
	}
	return frame
}

// key returns what a transport checksum needs to know of the addresses.
func (p *path) key(from, to *end) *header.Key {
	return &header.Key{Src: from.addr, Dst: to.addr, V6: p.v6}
}

// tcp returns a TCP segment with its checksum and moves the sequence number of its sender on.
func (p *path) tcp(from, to *end, flags uint8, options, payload []byte) []byte {
	segment := make([]byte, header.TCPMinLen, header.TCPMinLen+len(options)+len(payload))
	segment = append(append(segment, options...), payload...)
	h := header.TCP(segment)
	h.SetSrcPort(from.port)
	h.SetDstPort(to.port)
	h.SetSeq(from.seq)
	if flags&header.TCPAck != 0 {
		h.SetAck(to.seq)
	}
	h.SetHeaderLen(header.TCPMinLen + len(options))
	h.SetFlags(flags)
	h.SetWindow(0xfaf0)
	h.SetChecksum(header.TransportChecksum(p.key(from, to), header.ProtoTCP, segment))
	from.seq += uint32(len(payload))
	if flags&(header.TCPSyn|header.TCPFin) != 0 {
		from.seq++
	}
	return segment
}

// udp returns a UDP datagram with its checksum.
func (p *path) udp(from, to *end, payload []byte) []byte {
	segment := append(make([]byte, header.UDPLen), payload...)
	h := header.UDP(segment)
	h.SetSrcPort(from.port)
	h.SetDstPort(to.port)
	h.SetLen(len(segment))
	sum := header.TransportChecksum(p.key(from, to), header.ProtoUDP, segment)
	if sum == 0 {
		sum = 0xffff
	}
	h.SetChecksum(sum)
	return segment
}

// echo returns an ICMP or ICMPv6 echo message with its checksum.
func (p *path) echo(from, to *end, request bool, seq uint16, payload []byte) (proto uint8, message []byte) {
	kinds := map[[2]bool]uint8{
		{false, false}: header.ICMPEchoReply, {false, true}: header.ICMPEchoRequest,
		{true, false}: header.ICMPv6EchoReply, {true, true}: header.ICMPv6EchoRequest,
	}
	message = append(make([]byte, header.ICMPLen), payload...)
	h := header.ICMP(message)
	h.SetEcho(kinds[[2]bool{p.v6, request}], 1, seq)
	if p.v6 {
		h.SetChecksum(header.TransportChecksum(p.key(from, to), header.ProtoICMPv6, message))
		return header.ProtoICMPv6, message
	}
	h.SetChecksum(header.Checksum(message))
	return header.ProtoICMP, message
}

// arp returns an ARP frame (RFC 826): a request for the address of to, or the reply to it.
func (p *path) arp(from, to *end, request bool) []byte {
	dst, operation, target := to, uint16(2), to.mac
	if request {
		dst = &end{mac: header.MAC{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}
		operation, target = 1, header.MAC{}
	}
	frame := p.layer2(from, dst, header.EtherTypeARP)
	frame = append(frame, 0, 1, 8, 0, 6, 4) // Ethernet, IPv4, their address lengths
	frame = binary.BigEndian.AppendUint16(frame, operation)
	frame = append(append(frame, from.mac[:]...), from.addr[:4]...)
	frame = append(append(frame, target[:]...), to.addr[:4]...)
	return padded(frame)
}
