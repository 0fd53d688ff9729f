package main

import (
	"fmt"
	"math/rand/v2"

	"github.com/dsnsim/dsnsim/sim/header"
)

// seed starts all random streams; stream n is for flow n.
const seed = 20260101

// dice draws numbers straight from the generator, whose sequence is fixed by its definition (PCG-DXSM), where the
// methods of rand.Rand could change how they use it.
type dice struct{ *rand.PCG }

// below returns a number from 0 to n-1.
func (d dice) below(n int) int { return int(d.Uint64() % uint64(n)) }

// between returns a number from low to high.
func (d dice) between(low, high int) int { return low + d.below(high-low+1) }

// event is one frame and when it passes the tap.
type event struct {
	timeNs int64
	frame  []byte
}

// flow is a conversation of a client and a server.
type flow struct {
	path
	dice
	number         int
	client, server end
	nowNs          int64
	halfTripNs     int // from the tap to an end and back to the tap
	events         []event
}

// newFlow returns flow number n, IPv6 with a probability of v6Percent: its addresses, tags and start are drawn from its
// own stream.
func newFlow(n, v6Percent int) *flow {
	f := &flow{number: n, dice: dice{rand.NewPCG(seed, uint64(n))}}
	f.v6 = f.below(100) < v6Percent
	switch kind := f.below(100); {
	case kind < 25:
		f.tags = []tag{{header.EtherTypeVLAN, uint16(100 + n%8)}}
	case kind < 40:
		f.tags = []tag{{header.EtherTypeQinQ, uint16(1000 + n%4)}, {header.EtherTypeVLAN, uint16(10 + n%16)}}
	}
	f.client, f.server = f.ends()
	f.nowNs = int64(f.below(9_200_000))
	f.halfTripNs = f.between(10_000, 100_000)
	return f
}

// ends draws the two ends of a flow. Client addresses are of 10/8 and 2001:db8::/32, one to a flow; servers are of the
// documentation ranges (RFC 5737, RFC 3849).
func (f *flow) ends() (client, server end) {
	n := f.number
	client = end{
		mac:  header.MAC{0x02, 0, 0, 0, byte(n >> 8), byte(n)},
		port: uint16(49152 + f.below(16384)),
		seq:  uint32(f.Uint64()),
		ipID: uint16(f.Uint64()),
	}
	host := byte(1 + f.below(20))
	server = end{mac: header.MAC{0x02, 0, 0, 1, 0, host}, seq: uint32(f.Uint64()), ipID: uint16(f.Uint64())}
	if f.v6 {
		client.addr = [16]byte{0x20, 0x01, 0x0d, 0xb8, 0, 1, 14: byte(n >> 8), 15: byte(n)}
		server.addr = [16]byte{0x20, 0x01, 0x0d, 0xb8, 0, 2, 15: host}
		return client, server
	}
	nets := [3][3]byte{{192, 0, 2}, {198, 51, 100}, {203, 0, 113}}
	client.addr = [16]byte{10, 1, byte(n / 250), byte(1 + n%250)}
	net := nets[f.below(len(nets))]
	server.addr = [16]byte{net[0], net[1], net[2], host}
	return client, server
}

// emit lets frames pass the tap one after another, 1 to 3 us apart.
func (f *flow) emit(frames ...[]byte) {
	for _, frame := range frames {
		f.events = append(f.events, event{f.nowNs, frame})
		f.nowNs += int64(f.between(1000, 3000))
	}
}

// turn passes the time until the other end's answer comes by.
func (f *flow) turn() { f.nowNs += int64(f.halfTripNs) }

// payload returns n bytes that say whose they are, and then the alphabet.
func (f *flow) payload(n int) []byte {
	b := fmt.Appendf(make([]byte, 0, n+40), "dsnsim flow %04d frame %04d ", f.number, len(f.events))
	for i := 0; len(b) < n; i++ {
		b = append(b, 'a'+byte(i%26))
	}
	return b[:n]
}

// send emits one TCP segment.
func (f *flow) send(from, to *end, flags uint8, options, payload []byte) {
	f.emit(f.frame(from, to, header.ProtoTCP, f.tcp(from, to, flags, options, payload)))
}

// burst emits n bytes from one end in full segments, each second one acknowledged by the other end.
func (f *flow) burst(from, to *end, n int) {
	room := f.room() - header.TCPMinLen
	for sent := 0; n > 0; sent++ {
		size := min(n, room)
		n -= size
		flags := uint8(header.TCPAck)
		if n == 0 {
			flags |= header.TCPPsh
		}
		f.send(from, to, flags, nil, f.payload(size))
		if sent%2 == 1 && n > 0 {
			f.send(to, from, header.TCPAck, nil, nil)
		}
	}
	f.turn()
}

// tcpFlow is a connection: handshake, a request, an answer of some bytes, perhaps again, and the close.
func (f *flow) tcpFlow(answer int) {
	f.server.port = [...]uint16{80, 443, 8080, 5201}[f.below(4)]
	client, server := &f.client, &f.server
	mss := uint16(f.room() - header.TCPMinLen)
	syn := []byte{2, 4, byte(mss >> 8), byte(mss), 4, 2, 1, 1, 3, 3, 7, 1} // MSS, SACK permitted, window scale 7
	f.send(client, server, header.TCPSyn, syn, nil)
	f.turn()
	f.send(server, client, header.TCPSyn|header.TCPAck, syn, nil)
	f.turn()
	f.send(client, server, header.TCPAck, nil, nil)
	f.burst(client, server, f.between(40, 900))
	f.burst(server, client, answer)
	f.send(client, server, header.TCPFin|header.TCPAck, nil, nil)
	f.turn()
	f.send(server, client, header.TCPFin|header.TCPAck, nil, nil)
	f.turn()
	f.send(client, server, header.TCPAck, nil, nil)
}

// udpFlow is a few requests of the client with an answer each.
func (f *flow) udpFlow(requests int) {
	f.server.port = uint16(9000 + f.below(100))
	for range requests {
		f.datagram(&f.client, &f.server, f.between(10, 300))
		f.turn()
		f.datagram(&f.server, &f.client, f.between(10, f.room()-header.UDPLen))
		f.turn()
	}
}

// datagram emits a UDP datagram with n bytes of payload, in fragments where it must.
func (f *flow) datagram(from, to *end, n int) {
	d := f.udp(from, to, f.payload(n))
	if len(d) > f.room() {
		f.emit(f.fragments(from, to, header.ProtoUDP, uint32(f.number), d)...)
		return
	}
	f.emit(f.frame(from, to, header.ProtoUDP, d))
}
