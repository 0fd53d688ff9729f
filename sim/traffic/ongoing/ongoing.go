// Package ongoing tells which flows of captures were open before their first packets in a run: what a device that has long
// been running has in its tables when the run begins.
//
// A TCP connection was, unless the first packet that is seen of it has SYN: then it opens in the run. Other protocols have no
// such packet. A flow of theirs was open if one of its sides begins within its own mean gap, so that before it was not silent for
// longer than it usually is: a stream was open, a question with its answer opens in the run.
package ongoing

import (
	"bytes"
	"cmp"

	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/traffic"
)

// Connections numbers the connections of captures: a flow and its reverse are one, in whichever of the captures they are.
type Connections struct{ numbers map[ends]uint32 }

// ends are the two ends of a connection, in an order that is the same both ways.
type ends struct {
	low, high         [16]byte
	lowPort, highPort uint16
	proto             uint8
	vlan              [header.MaxVLANs]uint16
	network           uint32
}

// none is the number of what has no connection: it is not IP, or its headers could not be read.
const none = 1<<32 - 1

// Number returns the connection of each flow.
func (c *Connections) Number(flows []traffic.Tuple) []uint32 {
	if c.numbers == nil {
		c.numbers = map[ends]uint32{}
	}
	list := make([]uint32, len(flows))
	for i := range flows {
		t := &flows[i]
		if list[i] = none; !t.IP || t.Reading != header.Read {
			continue
		}
		e := ends{low: t.Src, high: t.Dst, lowPort: t.SrcPort, highPort: t.DstPort, proto: t.Proto, vlan: t.VLAN, network: t.Network}
		if cmp.Or(bytes.Compare(e.low[:], e.high[:]), cmp.Compare(e.lowPort, e.highPort)) > 0 {
			e.low, e.high, e.lowPort, e.highPort = e.high, e.low, e.highPort, e.lowPort
		}
		n, known := c.numbers[e]
		if !known {
			n = uint32(len(c.numbers))
			c.numbers[e] = n
		}
		list[i] = n
	}
	return list
}

// Len returns how many connections have been numbered.
func (c *Connections) Len() int { return len(c.numbers) }

// Source is a capture as it is about to be replayed.
type Source struct {
	Replay *traffic.Replay
	// Flows are those of the capture, and Connections their numbers.
	Flows       []traffic.Tuple
	Connections []uint32
	// Flags are the 16 bits of each record that hold its TCP flags.
	Flags []uint16
}

// connection is what the captures show of one.
type connection struct {
	first  int64
	source int32 // of the first packet, -1 before there is one
	opens  bool  // in the run: it begins with SYN
	steady bool  // one of its sides was not silent for longer than usual before its first packet
}

// side is what a source shows of one flow.
type side struct {
	first, last int64
	packets     int64
}

// steady reports whether it begins within its mean gap from the start of the captures.
func (s *side) steady() bool { return s.packets > 1 && s.first <= (s.last-s.first)/(s.packets-1) }

// The flags of TCP that tell. source: RFC 9293, 3.1.
const (
	flagFIN = 1 << 0
	flagSYN = 1 << 1
	flagRST = 1 << 2
)

// Open lists the packets that stand for the flows that are open before any of the sources, which share their connections,
// sends its first packet: for each source, in the order in which it sends them. Of a TCP connection these are the first packet
// of either side, unless it ends the connection; for other protocols the first packet alone, since an answer may be unsolicited.
func Open(sources []Source, connections int) [][]traffic.Packet {
	seen := make([]connection, connections)
	for i := range seen {
		seen[i].source = -1
	}
	for i := range sources {
		sources[i].observe(int32(i), seen)
	}
	list := make([][]traffic.Packet, len(sources))
	for i := range sources {
		list[i] = sources[i].open(int32(i), seen)
	}
	return list
}

// observe notes what a source shows of the connections.
func (s *Source) observe(number int32, seen []connection) {
	met, sides := make([]bool, len(seen)), make([]side, len(s.Flows))
	s.Replay.Ahead(func(at int64, p traffic.Packet) {
		n := s.Connections[p.Flow]
		if n == none {
			return
		}
		c, f := &seen[n], &sides[p.Flow]
		if c.source < 0 || at < c.first {
			c.first, c.source = at, number
		}
		if f.packets == 0 {
			f.first = at
		}
		f.last = at
		f.packets++
		if !met[n] {
			met[n] = true
			c.opens = c.opens || s.Flows[p.Flow].Proto == header.ProtoTCP && s.Flags[p.Record]&flagSYN != 0
		}
	})
	for flow := range sides {
		if sides[flow].steady() {
			seen[s.Connections[flow]].steady = true
		}
	}
}

// open lists the packets of a source that stand for flows that were open before.
func (s *Source) open(number int32, seen []connection) (list []traffic.Packet) {
	done := make([]bool, len(s.Flows))
	s.Replay.Ahead(func(at int64, p traffic.Packet) {
		n := s.Connections[p.Flow]
		if n == none || done[p.Flow] {
			return
		}
		c := &seen[n]
		if s.Flows[p.Flow].Proto == header.ProtoTCP {
			if done[p.Flow] = true; !c.opens && s.Flags[p.Record]&(flagFIN|flagRST) == 0 {
				list = append(list, p)
			}
			return
		}
		if done[p.Flow] = true; at == c.first && number == c.source && c.steady {
			list = append(list, p)
		}
	})
	return list
}
