// Package offload undoes segmentation offload in a capture. Where a host leaves segmentation to its NIC (TSO, UDP GSO) or has
// received segments joined (GRO, LRO), it captures records that were never on a wire. Split makes of each the frames that were,
// with the headers of each as a NIC would make them.
package offload

import (
	"fmt"

	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/header"
)

const (
	// DefaultMTU is the bytes of an IP packet in a frame, of Ethernet without jumbo frames (RFC 894).
	DefaultMTU = 1500
	// MinMTU is what every network carries (RFC 791, section 3.1), MaxMTU the payload of the longest frame that a source sends.
	MinMTU, MaxMTU = 68, 9200
	// slack is how much longer than DefaultMTU a packet can be that is no joined one: baby giants, which tunnels that are not
	// known here make of full packets. Assumed: 100 B, as much as the tunnels of this project add.
	slack = 100
	// minPayload is the least that a segment holds, whatever a handshake says. source: TCP_MIN_SND_MSS of Linux (48), which is
	// there since a hostile peer asks for less.
	minPayload = 48
	// maxRecords bounds the frames of a capture. Assumed: 100 B each are 1 GB.
	maxRecords = 10_000_000
	// arena is the step in which the memory of frames is allocated.
	arena = 1 << 20
)

// Facts says what was split.
type Facts struct {
	// Records were split into Frames.
	Records, Frames int
	// ByMSS counts the records that were split by the segment size of their connection; the others were by the MTU.
	ByMSS int
	// Longest is the longest of the frames in bytes, without frame check sequence.
	Longest int
}

// Split returns the capture with the frames of the wire in place of the records that are longer. They have the time of their
// record, so that they follow each other at line rate. A TCP segment is as long as the other end's handshake lets it be, which
// is learned from the options of SYNs, or fills the MTU where there is no handshake in the capture; a datagram fills the MTU. An
// MTU of 0 is DefaultMTU, which gives way to a handshake that agrees on more; one that is given does not. The capture itself
// stays as it is.
func Split(c *capture.Capture, mtu int) (*capture.Capture, Facts, error) {
	s := splitter{mtu: mtu, given: mtu != 0, mss: map[header.Key]int{}}
	if !s.given {
		s.mtu = DefaultMTU
	}
	for i := range c.Records {
		r := &c.Records[i]
		cut, p, ok := s.plan(r)
		switch {
		case ok && s.facts.Records == 0:
			s.out = append(make([]capture.Record, 0, len(c.Records)+64), c.Records[:i]...)
			fallthrough
		case ok:
			s.split(r, &p, cut)
		case s.facts.Records > 0:
			s.out = append(s.out, *r)
		}
		if len(s.out) > maxRecords {
			return nil, s.facts, &capture.Error{File: c.File, Detail: fmt.Sprintf("has more than %d frames once its long records are segmented", maxRecords)}
		}
	}
	if s.facts.Records == 0 {
		return c, s.facts, nil
	}
	split := *c
	split.Records = s.out
	return &split, s.facts, nil
}

// splitter splits the records of a capture in their order.
type splitter struct {
	mtu   int
	given bool
	// mss is what a connection's receiver accepts in a segment, by the key of the direction of the data.
	mss   map[header.Key]int
	out   []capture.Record
	room  []byte
	facts Facts
}

// plan learns from a record, finds its headers, and tells how much of its payload each frame gets where it is to be split.
func (s *splitter) plan(r *capture.Record) (cut int, p path, ok bool) {
	if !p.ether(r.Data, 0) {
		return 0, p, false
	}
	if p.proto == header.ProtoTCP && header.TCP(r.Data[p.l4:]).Flags()&header.TCPSyn != 0 {
		s.learn(r.Data, &p)
		return 0, p, false
	}
	p.end = min(p.end, r.Wire)
	if p.end == 0 {
		p.end = r.Wire // a length of 0 says that it does not fit the field
	}
	packet := p.ips[p.depth-1] // what a network without an MTU of its own carries is the packet in the tunnels
	if s.given {
		packet = p.ips[0]
	}
	cut = s.mtu - (p.payload - packet)
	if p.proto == header.ProtoTCP {
		if mss, known := s.segmentOf(&p); known && (!s.given || mss < cut) {
			cut, p.byMSS = mss, true
		}
	}
	if !p.byMSS && !s.given && p.end-packet <= s.mtu+slack {
		return 0, p, false
	}
	cut = max(cut, minPayload)
	return cut, p, p.end-p.payload > cut
}

// segmentOf returns the payload of the segments of a connection, options taken off (RFC 6691), by what its receiver said, else by
// what the sender said of itself. A segment that no frame holds, as on a loopback device, says nothing.
func (s *splitter) segmentOf(p *path) (int, bool) {
	mss, known := s.mss[p.key]
	if !known {
		mss, known = s.mss[p.key.Reverse()]
	}
	mss -= p.payload - p.l4 - header.TCPMinLen
	return mss, known && p.payload-p.ips[0]+mss <= MaxMTU
}

// learn takes up the segment size that the sender of a SYN accepts.
func (s *splitter) learn(data []byte, p *path) {
	const end, nop, maxSegment = 0, 1, 2
	for options := data[p.l4+header.TCPMinLen : p.payload]; len(options) > 0; {
		switch {
		case options[0] == nop:
			options = options[1:]
			continue
		case options[0] == end || len(options) < 2 || options[1] < 2 || int(options[1]) > len(options):
			return
		case options[0] == maxSegment && options[1] == 4:
			s.mss[p.key.Reverse()] = int(options[2])<<8 | int(options[3])
			return
		}
		options = options[options[1]:]
	}
}

// split appends the frames of a record whose payload is cut into parts.
func (s *splitter) split(r *capture.Record, p *path, cut int) {
	head := p.headers(r.Data)
	payload := r.Data[min(p.payloadAt, len(r.Data)):]
	whole := p.end - p.payloadAt
	s.facts.Records++
	if p.byMSS {
		s.facts.ByMSS++
	}
	for at, number := 0, 0; at < whole; at, number = at+cut, number+1 {
		n := min(cut, whole-at)
		part := payload[min(at, len(payload)):min(at+n, len(payload))]
		frame := s.frame(len(head) + len(part))
		copy(frame, head)
		copy(frame[len(head):], part)
		p.finish(frame, len(head)+n, at, number, at+n == whole)
		piece := *r
		piece.Wire, piece.Data = len(head)+n, frame
		s.out = append(s.out, piece)
		s.facts.Frames++
		s.facts.Longest = max(s.facts.Longest, piece.Wire)
	}
}

// frame returns memory for a frame, whose capacity ends where it does.
func (s *splitter) frame(n int) []byte {
	if cap(s.room)-len(s.room) < n {
		s.room = make([]byte, 0, max(arena, n))
	}
	end := len(s.room) + n
	frame := s.room[len(s.room):end:end]
	s.room = s.room[:end]
	return frame
}
