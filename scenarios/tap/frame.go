package tap

import (
	"encoding/binary"
	"fmt"

	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/traffic"
)

// frame is a frame without FCS, as far as its bytes are known.
type frame struct {
	data []byte
	wire int // the whole length
	// note says in what the bytes are not what passes.
	note string
	made bool // made up, not of a capture
}

// whole returns all bytes of the frame, zeros where they were not captured.
func (f *frame) whole() []byte {
	if len(f.data) >= f.wire {
		return f.data
	}
	return append(f.data[:len(f.data):len(f.data)], make([]byte, f.wire-len(f.data))...)
}

// recorded returns the frame of an event in a form: the record that is replayed, or made-up bytes of the same size.
func recorded(e *event, s *Source, as packet.Form) frame {
	const shortest = traffic.MinFrame - traffic.FCS
	size := int(e.bytes[as]) - traffic.FCS
	if e.record < 0 || s.Records == nil {
		return frame{data: madeUp(e, s.Outbound, size), wire: size, made: true}
	}
	r := &s.Records[e.record]
	if max(r.Wire, shortest) != size { // a record that no frame holds is sent in pieces
		note := fmt.Sprintf("made-up bytes: record %d of the capture has %d B", e.record+1, r.Wire)
		return frame{madeUp(e, s.Outbound, size), size, note, true}
	}
	f := frame{data: r.Data, wire: size}
	if len(r.Data) == r.Wire {
		f.data = f.whole() // Ethernet padding of a short frame
	}
	return f
}

// The addresses of made-up packets: clients in 10.0.0.0/9 talk to one port of servers in 10.128.0.0/9. Assumed: ports
// that no protocol is registered for, so that decoders leave the payload alone.
const (
	clientNet   = 10 << 24
	serverNet   = 10<<24 | 1<<23
	hostMask    = 1<<23 - 1
	serverPort  = 40000
	clientPort  = 40001
	clientPorts = 20000
)

// madeUp returns an Ethernet, IPv4 and UDP frame of size bytes for a packet without any: the addresses are its flow's,
// the payload begins with its number, and the checksums are right.
func madeUp(e *event, outbound bool, size int) []byte {
	data := make([]byte, size)
	random := rng.Mix(uint64(e.source)<<32 | uint64(e.flow))
	client, server := clientNet|uint32(random)&hostMask, serverNet|uint32(random>>32)&hostMask
	port := uint16(clientPort + rng.Mix(random)%clientPorts)
	src, dst, srcPort, dstPort := client, server, port, uint16(serverPort)
	ends := [2]header.MAC{{2, 0, 0, 1}, {2, 0, 0, 2}}
	if outbound {
		src, dst, srcPort, dstPort = dst, src, dstPort, srcPort
		ends[0], ends[1] = ends[1], ends[0]
	}
	ethernet(data, ends[0], ends[1])
	ip := header.IPv4(data[header.EthernetLen:])
	ip.SetHeaderLen(header.IPv4MinLen)
	ip.SetTotalLen(len(ip))
	ip.SetFragment(header.IPv4DontFragment, 0)
	ip.SetTTL(64)
	ip.SetProto(header.ProtoUDP)
	ip.SetSrc([4]byte(binary.BigEndian.AppendUint32(nil, src)))
	ip.SetDst([4]byte(binary.BigEndian.AppendUint32(nil, dst)))
	ip.SetChecksum(ip.ComputeChecksum())
	udp := header.UDP(ip[header.IPv4MinLen:])
	udp.SetSrcPort(srcPort)
	udp.SetDstPort(dstPort)
	udp.SetLen(len(udp))
	payload := udp[header.UDPLen:]
	for i := range payload {
		payload[i] = byte(i)
	}
	binary.BigEndian.PutUint64(payload, e.key)
	key := header.Key{}
	src4, dst4 := ip.Src(), ip.Dst()
	copy(key.Src[:], src4[:])
	copy(key.Dst[:], dst4[:])
	sum := header.TransportChecksum(&key, header.ProtoUDP, udp)
	if sum == 0 {
		sum = 0xffff
	}
	udp.SetChecksum(sum)
	return data
}

// ethernet sets the header of an IPv4 frame.
func ethernet(data []byte, src, dst header.MAC) {
	h := header.Ethernet(data)
	h.SetSrc(src)
	h.SetDst(dst)
	h.SetEtherType(header.EtherTypeIPv4)
}
