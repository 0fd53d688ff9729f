package offload

import (
	"encoding/binary"

	"github.com/dsnsim/dsnsim/sim/header"
)

// maxDepth bounds the IP headers of a packet, one in the other. Assumed: an overlay in a tunnel is three.
const maxDepth = 4

// path is the way through the headers of a frame to the transport header whose payload is split. Offsets count from the start of
// the frame.
type path struct {
	// ips are the IP headers, the outermost first, udps the UDP headers of tunnels, with the number of their IP header.
	ips   [maxDepth]int
	depth int
	udps  [maxDepth]struct{ at, ip int }
	nUDP  int
	// l4 is the transport header of proto, payload what follows it, end where the outermost packet ends by its length, 0 where
	// that does not say.
	l4, payload, end int
	proto            uint8
	// key names the flow in the innermost headers.
	key header.Key
	// jumbo is a hop-by-hop header that holds nothing but the length of a jumbogram (RFC 2675), 0 for none. Frames do without.
	jumbo int
	byMSS bool
	// payloadAt is payload in the record, before headers are taken out.
	payloadAt int
}

// etherTypeBridged is the EtherType of an Ethernet frame in a tunnel.
const etherTypeBridged = 0x6558

// ether walks on from an Ethernet header. It reports false where there is nothing that a NIC segments, or not all of its headers.
func (p *path) ether(data []byte, at int) bool {
	if len(data) < at+header.EthernetLen {
		return false
	}
	etherType := header.Ethernet(data[at:]).EtherType()
	at += header.EthernetLen
	for header.IsTag(etherType) {
		if len(data) < at+header.VLANLen {
			return false
		}
		etherType = header.VLAN(data[at:]).EtherType()
		at += header.VLANLen
	}
	return p.network(data, at, etherType)
}

func (p *path) network(data []byte, at int, etherType uint16) bool {
	if p.depth == maxDepth {
		return false
	}
	switch etherType {
	case header.EtherTypeIPv4:
		return p.ipv4(data, at)
	case header.EtherTypeIPv6:
		return p.ipv6(data, at)
	case etherTypeBridged:
		return p.ether(data, at)
	}
	return false
}

// enter takes up an IP header and the length of its packet.
func (p *path) enter(at, length int) {
	if p.ips[p.depth] = at; p.depth == 0 && length > 0 {
		p.end = at + length
	}
	p.depth++
}

func (p *path) ipv4(data []byte, at int) bool {
	h := header.IPv4(data[at:])
	if !h.IsValid() || h.MoreFragments() || h.FragmentOffset() != 0 {
		return false
	}
	p.enter(at, h.TotalLen())
	p.key = header.Key{}
	src, dst := h.Src(), h.Dst()
	copy(p.key.Src[:], src[:])
	copy(p.key.Dst[:], dst[:])
	return p.transport(data, at+h.HeaderLen(), h.Proto())
}

func (p *path) ipv6(data []byte, at int) bool {
	h := header.IPv6(data[at:])
	if !h.IsValid() {
		return false
	}
	length := h.PayloadLen()
	if length > 0 {
		length += header.IPv6Len
	}
	p.enter(at, length)
	p.key = header.Key{V6: true, Src: h.Src(), Dst: h.Dst()}
	next := h.NextHeader()
	at += header.IPv6Len
	for range header.MaxExtHeaders {
		if next != header.ProtoHopByHop && next != header.ProtoRouting && next != header.ProtoDstOpts {
			break
		}
		x := header.IPv6Ext(data[min(at, len(data)):])
		if !x.IsValid() {
			return false
		}
		const jumboPayload = 0xc2
		if next == header.ProtoHopByHop && p.depth == 1 && length == 0 && x.HeaderLen() == 8 && x[2] == jumboPayload {
			p.jumbo = at
		}
		next = x.NextHeader()
		at += x.HeaderLen()
	}
	return p.transport(data, at, next)
}

func (p *path) transport(data []byte, at int, proto uint8) bool {
	if at > len(data) {
		return false
	}
	p.l4, p.proto = at, proto
	switch proto {
	case header.ProtoTCP:
		h := header.TCP(data[at:])
		if !h.IsValid() {
			return false
		}
		p.ports(data[at:], at+h.HeaderLen())
		return true
	case header.ProtoUDP:
		if h := header.UDP(data[at:]); !h.IsValid() {
			return false
		}
		return p.udp(data, at)
	case header.ProtoGRE:
		h := header.GRE(data[at:])
		const checksum = 0x80 // over the payload, which would have to be anew in each
		return h.IsValid() && h[0]&checksum == 0 && p.network(data, at+h.HeaderLen(), h.Proto())
	case header.ProtoIPIP:
		return p.network(data, at, header.EtherTypeIPv4)
	case header.ProtoIPv6:
		return p.network(data, at, header.EtherTypeIPv6)
	}
	return false
}

// ports takes up the ports and the end of the transport header.
func (p *path) ports(h []byte, payload int) {
	p.key.Proto = p.proto
	p.key.SrcPort, p.key.DstPort = binary.BigEndian.Uint16(h), binary.BigEndian.Uint16(h[2:])
	p.payload, p.payloadAt = payload, payload
}

// udp walks into a tunnel by the port, or stops at a datagram, which what has no header of the port's tunnel is too. A packet in a
// tunnel that is neither TCP nor UDP is joined with no other there, so its datagram is one frame, however long.
func (p *path) udp(data []byte, at int) bool {
	const vxlanLinux, vxlanGPE = 8472, 4790
	outer := *p
	p.udps[p.nUDP].at, p.udps[p.nUDP].ip = at, p.depth-1
	p.nUDP++
	inside := at + header.UDPLen
	inner := data[inside:]
	switch header.UDP(data[at:]).DstPort() {
	case header.PortVXLAN, vxlanLinux:
		if header.VXLAN(inner).IsValid() {
			return p.ether(data, inside+header.VXLANLen)
		}
	case vxlanGPE:
		if header.VXLAN(inner).IsValid() {
			types := map[byte]uint16{1: header.EtherTypeIPv4, 2: header.EtherTypeIPv6, 3: etherTypeBridged}
			return p.network(data, inside+header.VXLANLen, types[inner[3]])
		}
	case header.PortGeneve:
		if h := header.Geneve(inner); h.IsValid() {
			return p.network(data, inside+h.HeaderLen(), h.Proto())
		}
	}
	*p = outer
	p.ports(data[at:], inside)
	return true
}

// headers returns the headers of the frames, without one that gives the length of a jumbogram.
func (p *path) headers(data []byte) []byte {
	head := data[:p.payload]
	if p.jumbo == 0 {
		return head
	}
	const length = 8
	short := append(append(make([]byte, 0, p.payload), head[:p.jumbo]...), head[p.jumbo+length:]...)
	header.IPv6(short[p.ips[0]:]).SetNextHeader(head[p.jumbo])
	p.l4 -= length
	p.payload -= length
	for i := 1; i < p.depth; i++ {
		p.ips[i] -= length
	}
	for i := range p.nUDP {
		p.udps[i].at -= length
	}
	return short
}

// finish sets in a frame, of which wire bytes were on the wire, what differs from the record: lengths, IPv4 identifications, the
// sequence number and the flags, and the checksums where all bytes that they cover were captured. at is the offset of its payload
// in the record's, number counts the frames from 0.
func (p *path) finish(frame []byte, wire, at, number int, last bool) {
	for _, ip := range p.ips[:p.depth] {
		if frame[ip]>>4 == 6 {
			header.IPv6(frame[ip:]).SetPayloadLen(wire - ip - header.IPv6Len)
			continue
		}
		h := header.IPv4(frame[ip:])
		h.SetTotalLen(wire - ip)
		h.SetID(h.ID() + uint16(number))
		h.SetChecksum(h.ComputeChecksum())
	}
	for _, u := range p.udps[:p.nUDP] {
		header.UDP(frame[u.at:]).SetLen(wire - u.at)
	}
	if p.proto == header.ProtoTCP {
		finishTCP(frame[p.l4:], at, number == 0, last)
	} else {
		header.UDP(frame[p.l4:]).SetLen(wire - p.l4)
	}
	if len(frame) == wire {
		p.checksums(frame)
	}
}

// finishTCP sets sequence number and flags: the first frame alone tells of a smaller window (RFC 3168, section 6.1.2), the last
// alone pushes and ends.
func finishTCP(h header.TCP, at int, first, last bool) {
	h.SetSeq(h.Seq() + uint32(at))
	flags := h.Flags()
	if !first {
		flags &^= header.TCPCwr
	}
	if !last {
		flags &^= header.TCPFin | header.TCPPsh
	}
	h.SetFlags(flags)
}

// checksums sets those of the transport header and of the tunnels around it, the innermost first.
func (p *path) checksums(frame []byte) {
	if p.proto == header.ProtoTCP {
		h := header.TCP(frame[p.l4:])
		h.SetChecksum(0)
		h.SetChecksum(header.TransportChecksum(&p.key, header.ProtoTCP, h))
	} else {
		udpChecksum(frame, p.l4, &p.key)
	}
	for i := p.nUDP - 1; i >= 0; i-- {
		u := p.udps[i]
		key := addresses(frame[p.ips[u.ip]:])
		udpChecksum(frame, u.at, &key)
	}
}

// udpChecksum sets the checksum of a datagram that has one.
func udpChecksum(frame []byte, at int, key *header.Key) {
	h := header.UDP(frame[at:])
	if h.Checksum() == 0 {
		return
	}
	h.SetChecksum(0)
	sum := header.TransportChecksum(key, header.ProtoUDP, h)
	if sum == 0 {
		sum = 0xffff // 0 says that there is none (RFC 768)
	}
	h.SetChecksum(sum)
}

// addresses returns those of an IP header.
func addresses(h []byte) (k header.Key) {
	if h[0]>>4 == 6 {
		k.V6, k.Src, k.Dst = true, header.IPv6(h).Src(), header.IPv6(h).Dst()
		return k
	}
	src, dst := header.IPv4(h).Src(), header.IPv4(h).Dst()
	copy(k.Src[:], src[:])
	copy(k.Dst[:], dst[:])
	return k
}
