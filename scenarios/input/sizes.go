package input

import (
	"github.com/dsnsim/dsnsim/asic/tunnel"

	"github.com/dsnsim/dsnsim/scenarios/demand"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// SyntheticHeader is what a parser reads of a made-up packet: Ethernet, IPv4 and TCP without options.
const SyntheticHeader = 14 + 20 + 20

// Sizes tells a frame's bytes in each form.
type Sizes struct {
	form [traffic.MaxFrame + 1][2]uint32
}

func (s *Sizes) Of(frame uint32) [2]uint32 { return s.form[min(frame, traffic.MaxFrame)] }

// NewSizes works out the sizes under the tunnels of a chain. When the traffic is as it is on the wire, the tenant's frame
// is what is left of it without the tunnels.
func NewSizes(tunnels tunnel.Stack, onWire bool) *Sizes {
	s := &Sizes{}
	tenant := uint32(traffic.MinFrame)
	for n := range uint32(len(s.form)) {
		if !onWire {
			s.form[n] = [2]uint32{n, tunnels.Frame(n)}
			continue
		}
		for tenant < n && tunnels.Frame(tenant+1) <= n {
			tenant++
		}
		s.form[n] = [2]uint32{tenant, n}
	}
	return s
}

// Load turns a scenario's load into the traffic package's. A share is of the server's link, and like a bit rate it
// counts preamble and gap.
func Load(l demand.Load, link units.Rate) traffic.Load {
	switch {
	case !l.Set:
		return traffic.Load{}
	case l.Packets > 0:
		return traffic.PacketLoad(l.Packets)
	case l.Rate > 0:
		return traffic.WireLoad(l.Rate)
	}
	return traffic.WireLoad(units.Rate(int64(l.Ratio) * (int64(link) / 1_000_000)))
}

func Weighted(list demand.Sizes) []traffic.WeightedSize {
	out := make([]traffic.WeightedSize, len(list))
	for i, s := range list {
		out[i] = traffic.WeightedSize{Frame: s.Size, Weight: int(s.Weight)}
	}
	return out
}
