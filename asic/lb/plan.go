// Package lb spreads the flows to virtual IPv4 addresses over backends, as one chip or core does it that sees its packets
// in time order. A backend is chosen by Maglev hashing, and a flow stays with it by an entry in a table, whatever becomes
// of the backends. Addresses are rewritten in both directions, as in the NAT mode of IPVS.
package lb

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Spec describes a load balancer. It is the same for all chips.
type Spec struct {
	VIPs []VIP
	// Table is the size of each Maglev table, a prime; 0 is DefaultTable.
	Table    int
	Timeouts policy.Timeouts
	// From and To are the measured window.
	From, To units.Time
}

// VIP is a service at a virtual address, or at each of a prefix.
type VIP struct {
	Addrs netip.Prefix
	// Port is 0 for all ports of the protocol.
	Port     uint16
	Proto    uint8
	Backends []Backend
}

// Backend is a server behind a VIP.
type Backend struct {
	Addr netip.Addr
	// Port is 0 where the VIP's is kept.
	Port uint16
	// Weight is its share of the flows, from 0 to MaxWeight.
	Weight int
	// Drain, when not 0, is when it gets no new flows any more.
	Drain units.Duration
}

// Bounds. assumed: more backends than a service has, so that their number fits 15 bits; weights as in IPVS, which stay
// below what an equal share of turns can tell apart.
const (
	MaxBackends = 1 << 14
	MaxWeight   = 1000
	// MaxPlaces bounds the places of all tables together, 2 B each.
	MaxPlaces = 1 << 27
)

// DefaultFlows is how many flows a chip holds unless the scenario says otherwise. assumed: as a stateful firewall.
const DefaultFlows = policy.DefaultFlows

// end is an address and port of a protocol.
type end struct {
	addr  uint32
	port  uint16
	proto uint8
}

// Plan is what does not change: the services, and which backend takes new flows when. Any number of chips share it.
type Plan struct {
	spec     Spec
	services []service
	exact    map[end]int32 // service by VIP, port 0 for any
	prefixes []int32       // services of more than one address
	backends []end         // of all services
	known    map[end]bool  // the same
}

// service is a VIP with its tables.
type service struct {
	addr, mask uint32
	port       uint16
	proto      uint8
	first      int32 // backend
	epochs     []epoch
}

// epoch is a table that holds from an instant on.
type epoch struct {
	from  units.Time
	table []int16
}

// Check says what is out of range.
func Check(spec Spec) error {
	size := cmp.Or(spec.Table, DefaultTable)
	if !IsPrime(size) {
		return fmt.Errorf("lb: a table of %d places; the size must be a prime", size)
	}
	places := 0
	seen := map[vipKey]bool{}
	for i := range spec.VIPs {
		v := &spec.VIPs[i]
		if err := v.check(size); err != nil {
			return err
		}
		if places += size * (1 + len(v.drains())); places > MaxPlaces {
			return fmt.Errorf("lb: tables of more than %d places together", MaxPlaces)
		}
		key := vipKey{v.Addrs.Masked(), v.Port, v.Proto}
		if seen[key] {
			return fmt.Errorf("lb: %v port %d is there twice", v.Addrs, v.Port)
		}
		seen[key] = true
	}
	return nil
}

// vipKey tells services apart.
type vipKey struct {
	addrs netip.Prefix
	port  uint16
	proto uint8
}

// NewPlan makes the tables, or returns the error of Check.
func NewPlan(spec Spec) (*Plan, error) {
	if err := Check(spec); err != nil {
		return nil, err
	}
	spec.Table = cmp.Or(spec.Table, DefaultTable)
	p := &Plan{spec: spec, exact: map[end]int32{}, known: map[end]bool{}}
	for i := range spec.VIPs {
		p.add(&spec.VIPs[i])
	}
	return p, nil
}

// check says what of a service is out of range.
func (v *VIP) check(size int) error {
	if !v.Addrs.IsValid() || !v.Addrs.Addr().Is4() {
		return fmt.Errorf("lb: %v is no IPv4 address or prefix", v.Addrs)
	}
	if n := len(v.Backends); n == 0 || n > MaxBackends || n > size {
		return fmt.Errorf("lb: %v has %d backends; allowed are 1 to %d, and to the size of the table", v.Addrs, n, MaxBackends)
	}
	for _, b := range v.Backends {
		if !b.Addr.Is4() {
			return fmt.Errorf("lb: backend %v is no IPv4 address", b.Addr)
		}
		if b.Weight < 0 || b.Weight > MaxWeight {
			return fmt.Errorf("lb: backend %v has a weight of %d; allowed are 0 to %d", b.Addr, b.Weight, MaxWeight)
		}
	}
	return nil
}

// drains lists the instants at which a service's table changes, in order.
func (v *VIP) drains() (list []units.Duration) {
	for _, b := range v.Backends {
		if b.Drain > 0 {
			list = append(list, b.Drain)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func (p *Plan) add(v *VIP) {
	prefix := table.PrefixOf(v.Addrs)
	s := service{addr: uint32(prefix.Addr.Lo), mask: uint32(uint64(0xffff_ffff) << (32 - prefix.Len)), port: v.Port, proto: v.Proto,
		first: int32(len(p.backends))}
	names := make([]uint64, len(v.Backends))
	for i, b := range v.Backends {
		e := end{uint32(table.AddrOf(b.Addr).Lo), cmp.Or(b.Port, v.Port), v.Proto}
		p.backends, p.known[e] = append(p.backends, e), true
		names[i] = uint64(e.addr)<<16 | uint64(e.port)
	}
	for _, from := range append([]units.Duration{0}, v.drains()...) {
		weights := make([]int, len(v.Backends))
		for i, b := range v.Backends {
			if b.Drain == 0 || from < b.Drain {
				weights[i] = b.Weight
			}
		}
		s.epochs = append(s.epochs, epoch{units.At(from), Maglev(names, weights, p.spec.Table)})
	}
	n := int32(len(p.services))
	p.services = append(p.services, s)
	if prefix.Len < 32 {
		p.prefixes = append(p.prefixes, n)
	} else {
		p.exact[end{s.addr, s.port, s.proto}] = n
	}
}

// find returns the service of an address and port, or nil. A single address goes before a prefix, and a single port before
// all ports.
func (p *Plan) find(addr uint32, port uint16, proto uint8) *service {
	for _, port := range [2]uint16{port, 0} {
		if n, ok := p.exact[end{addr, port, proto}]; ok {
			return &p.services[n]
		}
	}
	for _, n := range p.prefixes {
		if s := &p.services[n]; addr&s.mask == s.addr && s.proto == proto && (s.port == port || s.port == 0) {
			return s
		}
	}
	return nil
}

// Steers reports whether a packet may belong to a flow of a service, judged by its headers alone: one from outside to a VIP
// or a backend, or one from inside that comes from such. far is then the end outside.
func (p *Plan) Steers(u *table.Tuple, outbound bool) (far table.Addr, port uint16, ok bool) {
	near := end{uint32(u.Dst.Lo), u.DstPort, u.Proto}
	far, port = u.Src, u.SrcPort
	if outbound {
		near = end{uint32(u.Src.Lo), u.SrcPort, u.Proto}
		far, port = u.Dst, u.DstPort
	}
	return far, port, !u.V6 && (p.known[near] || p.known[end{near.addr, 0, near.proto}] || p.find(near.addr, near.port, near.proto) != nil)
}
