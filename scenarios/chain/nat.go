package chain

import (
	"net/netip"
	"slices"

	"github.com/dsnsim/dsnsim/asic/nat"
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/sim/units"
)

// NATs is the service nat.
var NATs = Kind{Chip: &service.NAT, Options: natOptionsOf, Keys: NAT{}, Place: behindTunnels,
	Needs: "nat needs addresses to translate, such as {nat: {inside: 10.0.0.0/8, pool: 198.51.100.0/28}}",
	Work:  func(costs *profile.Software, _ *Service) profile.Work { return costs.NAT },
	Size: func(sizes *service.Sizes, s *Service, _ Site) {
		sizes.Sessions, sizes.Static = int64(s.NAT.Sessions), int64(len(s.NAT.Static))
	}}

// behindTunnels checks that a service stands where it sees the tenants' addresses.
func behindTunnels(c *Chain, i int) {
	for j := len(c.Services) - 1; j > i; j-- {
		if later := &c.Services[j]; later.ciphers() || later.overlay() {
			c.Items[i].Errorf("%s cannot come before %s: in front of it the addresses are those of the tunnel, and the tenant's stand inside; "+
				"list services from the network to the VM", c.Services[i].Name, later.Name)
			return
		}
	}
}

// NAT is the options of nat.
type NAT struct {
	// Inside are the addresses that are translated, Pool those that they are translated to, for each server.
	Inside Prefixes `yaml:"inside"`
	Pool   Prefixes `yaml:"pool"`
	Ports  *Ports   `yaml:"ports"`
	// Static are pairs of addresses, the outside one first.
	Static Pairs `yaml:"static"`
	// Pooling is paired (an inside address has ports of one pool address) or arbitrary.
	Pooling string `yaml:"pooling" strict:"oneof=paired|arbitrary"`
	// Sessions is how many sessions a chip holds.
	Sessions units.Count     `yaml:"sessions"`
	Timeouts SessionTimeouts `yaml:"timeouts"`
}

// Pairs are static translations, in the order of the file.
type Pairs []nat.Static

// UnmarshalStrict decodes a mapping of outside to inside addresses.
func (p *Pairs) UnmarshalStrict(n *strict.Node) {
	if n.Kind() != strict.Mapping {
		n.Errorf("expected pairs such as {198.51.100.5: 10.0.0.5}, the outside address first, got %s", n.Describe())
		return
	}
	for _, f := range n.Fields() {
		outside, err := netip.ParseAddr(f.Name)
		if err != nil || !outside.Is4() {
			f.Key.Errorf("expected an IPv4 address, got %q", f.Name)
			continue
		}
		inside, err := netip.ParseAddr(f.Value.Text())
		if err != nil || !inside.Is4() {
			f.Value.Errorf("expected an IPv4 address, got %s", f.Value.Describe())
			continue
		}
		*p = append(*p, nat.Static{Outside: outside, Inside: inside})
	}
}

// Prefixes is one prefix or address, or a list of them.
type Prefixes []Addresses

// UnmarshalStrict takes either form. NAT is for IPv4.
func (p *Prefixes) UnmarshalStrict(n *strict.Node) {
	items := []*strict.Node{n}
	if n.Kind() == strict.List {
		items = n.Items()
	}
	if n.TooLong() {
		return
	}
	for _, item := range items {
		var a Addresses
		if !item.Decode(&a) {
			continue
		}
		if !a.Addr().Is4() {
			item.Errorf("expected an IPv4 prefix, got %v; only IPv4 is translated", a)
			continue
		}
		*p = append(*p, a)
	}
}

func (p Prefixes) list() (list []netip.Prefix) {
	for _, a := range p {
		list = append(list, a.Prefix)
	}
	return list
}

// overlaps returns the first prefix that has addresses in common with another.
func (p Prefixes) overlaps(other netip.Prefix) (Addresses, bool) {
	i := slices.IndexFunc(p, func(a Addresses) bool { return a.Overlaps(other) })
	if i < 0 {
		return Addresses{}, false
	}
	return p[i], true
}

// nat decodes the options of nat.
func natOptionsOf(s *Service, n *strict.Node) {
	o := &NAT{Pooling: "paired", Sessions: nat.DefaultSessions}
	s.NAT = o
	if !n.Decode(o) {
		return
	}
	switch {
	case len(o.Pool) > 0 && len(o.Inside) == 0:
		n.Errorf("a pool needs inside, the addresses that are translated to it")
	case len(o.Pool) == 0 && len(o.Inside) > 0:
		n.Errorf("inside needs a pool, the addresses that it is translated to")
	case len(o.Pool) == 0 && len(o.Static) == 0:
		n.Errorf("nat needs inside and a pool, or static pairs")
	}
	for _, p := range o.Pool {
		if in, both := o.Inside.overlaps(p.Prefix); both {
			n.At("pool").Errorf("expected a pool outside of inside, got %v, which shares addresses with %v", p, in)
		}
	}
	if o.Sessions < 1 || o.Sessions > maxFlowEntries {
		n.At("sessions").Errorf("expected a count from 1 to %s, got %s", maxFlowEntries, o.Sessions)
	}
	o.Timeouts.check(n.At("timeouts"))
	if _, err := nat.NewPlan(o.Spec()); err != nil {
		n.Errorf("%v", err)
	}
}

// Spec returns what nat must know, without the measured window.
func (o *NAT) Spec() nat.Spec {
	s := nat.Spec{Inside: o.Inside.list(), Pool: o.Pool.list(), Static: o.Static, Arbitrary: o.Pooling == "arbitrary",
		Ports: table.PortRange{Lo: nat.DefaultFirstPort, Hi: nat.DefaultLastPort}, Timeouts: o.Timeouts.Policy()}
	if o.Ports != nil {
		s.Ports = table.PortRange(*o.Ports)
	}
	return s
}

// SessionTimeouts is how long an idle session is kept, by protocol; 0 is the default.
type SessionTimeouts struct {
	TCP  units.Duration `yaml:"tcp"`
	UDP  units.Duration `yaml:"udp"`
	ICMP units.Duration `yaml:"icmp"`
}

// Policy returns the timeouts with the defaults filled in.
func (t SessionTimeouts) Policy() policy.Timeouts {
	p := policy.DefaultTimeouts()
	for _, one := range []struct {
		to   *units.Duration
		from units.Duration
	}{{&p.TCP, t.TCP}, {&p.UDP, t.UDP}, {&p.ICMP, t.ICMP}} {
		if one.from != 0 {
			*one.to = one.from
		}
	}
	return p
}

func (t SessionTimeouts) check(n *strict.Node) {
	for _, one := range []struct {
		key string
		d   units.Duration
	}{{"tcp", t.TCP}, {"udp", t.UDP}, {"icmp", t.ICMP}} {
		if n.Has(one.key) && (one.d < units.Microsecond || one.d > longestTimeout) {
			n.At(one.key).Errorf("expected a timeout from %s to %s, got %s", units.Microsecond, longestTimeout, one.d)
		}
	}
}
