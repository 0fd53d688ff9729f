package policy

import "github.com/dsnsim/dsnsim/sim/packet"

// Origin is where the packets of a source come from, as far as it does not change from packet to packet.
type Origin struct {
	// Server is the number of the server, Class the number of the traffic entry.
	Server, Class int
	// FirstSA is the first security association of the source's packets.
	FirstSA uint32
	// Among says that the packets go from VM to VM in the rack.
	Among bool
}

// Origins tells the origin of every source. The sources are added in their order.
type Origins struct{ list []Origin }

// Add adds the next source.
func (o *Origins) Add(origin Origin) { o.list = append(o.list, origin) }

// Of returns the origin of a packet.
func (o *Origins) Of(p *packet.Packet) *Origin { return &o.list[p.Source()] }
