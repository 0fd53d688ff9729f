// Package twoway tells for the packets of a capture which way they go, where one side of the network that it was taken in is
// known: by the prefixes of its addresses, or by the Ethernet addresses of its machines.
package twoway

import (
	"net/netip"

	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/header"
)

// Direction is where a packet goes.
type Direction uint8

// The ways. Packets within one side do not pass what is between them.
const (
	In Direction = iota
	Out
	WithinInside
	WithinOutside
	Ways
)

// Inside is one side: what has an address in a prefix or of the list.
type Inside struct {
	Prefixes []netip.Prefix
	MACs     []header.MAC
}

// has reports whether the ends of a packet are inside. It reports false where the packet has no addresses of the wanted kind.
func (n *Inside) has(data []byte) (src, dst, known bool) {
	if len(n.Prefixes) > 0 {
		if h := header.Parse(data); h.Version != 0 {
			return n.hasIP(h.Key.SrcAddr()), n.hasIP(h.Key.DstAddr()), true
		}
	}
	if len(n.MACs) > 0 && len(data) >= header.EthernetLen {
		h := header.Ethernet(data)
		return n.hasMAC(h.Src()), n.hasMAC(h.Dst()), true
	}
	return false, false, false
}

func (n *Inside) hasIP(a netip.Addr) bool {
	for _, p := range n.Prefixes {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

func (n *Inside) hasMAC(a header.MAC) bool {
	for _, m := range n.MACs {
		if m == a {
			return true
		}
	}
	return false
}

// Split tells the way of each record. What does not tell by its addresses, such as ARP where prefixes are known, or a packet to a
// group, goes by its Ethernet source: as other packets from there went, if they all went one way.
func (n *Inside) Split(records []capture.Record) []Direction {
	ways := make([]Direction, len(records))
	from := map[header.MAC]*[2]int{}
	for i := range records {
		data := records[i].Data
		ways[i] = n.way(data)
		if ways[i] > Out || len(data) < header.EthernetLen {
			continue
		}
		mac := header.Ethernet(data).Src()
		if from[mac] == nil {
			from[mac] = &[2]int{}
		}
		from[mac][ways[i]]++
	}
	for i := range records {
		if data := records[i].Data; ways[i] > Out && len(data) >= header.EthernetLen {
			if went := from[header.Ethernet(data).Src()]; went != nil && toMany(data) {
				switch {
				case went[Out] == 0:
					ways[i] = In
				case went[In] == 0:
					ways[i] = Out
				}
			}
		}
	}
	return ways
}

// way tells the way by the addresses.
func (n *Inside) way(data []byte) Direction {
	switch src, dst, known := n.has(data); {
	case known && src && !dst:
		return Out
	case known && dst && !src:
		return In
	case known && src:
		return WithinInside
	}
	return WithinOutside
}

// toMany reports whether a frame is not IP, or goes to a group: its addresses do not tell where it goes.
func toMany(data []byte) bool {
	const group = 1
	return data[0]&group != 0 || header.Parse(data).Version == 0
}
