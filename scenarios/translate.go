package scenarios

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/asic/lb"
	"github.com/dsnsim/dsnsim/asic/nat"
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/units"
)

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

// LB is the options of lb.
type LB struct {
	VIPs []VIP
	// Table is the size of each VIP's Maglev table.
	Table units.Count
	// Flows is how many flows a chip holds.
	Flows    units.Count
	Timeouts SessionTimeouts
}

// VIP is a service of lb.
type VIP struct {
	Address Addresses `yaml:"address" strict:"required"`
	// Port is 0 for all ports of the protocol.
	Port     uint16    `yaml:"port"`
	Proto    Proto     `yaml:"proto"`
	Backends []Backend `yaml:"backends" strict:"required"`
}

// Backend is a server of a VIP.
type Backend struct {
	Address Endpoint    `yaml:"address" strict:"required"`
	Weight  units.Count `yaml:"weight"`
	// Drain is when it gets no new flows any more; 0 for never.
	Drain units.Duration `yaml:"drain"`
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

// Endpoint is an address with or without a port: 10.1.0.1:8080 or 10.1.0.1. Port 0 keeps that of the VIP.
type Endpoint struct{ netip.AddrPort }

// UnmarshalText sets e, or says what is wrong with the text.
func (e *Endpoint) UnmarshalText(text []byte) error {
	if err := strict.LeadingZeros(string(text)); err != nil {
		return err
	}
	a, err := netip.ParseAddrPort(string(text))
	if err != nil {
		var addr netip.Addr
		addr, err = netip.ParseAddr(string(text))
		a = netip.AddrPortFrom(addr, 0)
	}
	if err != nil || !a.Addr().Is4() {
		return fmt.Errorf("expected an IPv4 address such as 10.1.0.1 or 10.1.0.1:8080, got %q", text)
	}
	e.AddrPort = a
	return nil
}

// nat decodes the options of nat.
func (s *Service) nat(n *strict.Node) {
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

// The VIPs that a count makes. Assumed: a service of eight servers on the port of TLS; as many as have their tables filled
// in a second.
const (
	generatedBackends = 8
	maxGeneratedVIPs  = 400
)

// lbOptions are the options of lb.
type lbOptions struct {
	// VIPs are the services whose flows are spread over backends: a list, or how many to make up.
	VIPs tableSource `yaml:"vips" strict:"required"`
	// Table is the size of each VIP's Maglev table, a prime.
	Table units.Count `yaml:"table"`
	// Flows is how many flows a chip holds.
	Flows units.Count `yaml:"flows"`
	// Timeouts are how long an idle flow is kept.
	Timeouts SessionTimeouts `yaml:"timeouts"`
}

// lb decodes the options of lb.
func (s *Service) lb(n *strict.Node) {
	var o lbOptions
	o.Table, o.Flows = lb.DefaultTable, lb.DefaultFlows
	s.LB = &LB{}
	if !n.Decode(&o) {
		return
	}
	*s.LB = LB{Table: o.Table, Flows: o.Flows, Timeouts: o.Timeouts}
	list := n.At("vips")
	switch {
	case list.Kind() == strict.List:
		list.Decode(&s.LB.VIPs)
		if list.TooLong() || len(s.LB.VIPs) == 0 {
			list.Errorf("expected at least one VIP, such as {address: 203.0.113.10, port: 80, proto: tcp, backends: [10.1.0.1:8080]}")
		}
	case o.VIPs.file != "":
		list.Errorf("expected a list of VIPs or a count from 1 to %d, got a file", maxGeneratedVIPs)
	case o.VIPs.n < 1 || o.VIPs.n > maxGeneratedVIPs:
		list.Errorf("expected a list of VIPs or a count from 1 to %d, got %s", maxGeneratedVIPs, o.VIPs.n)
	default:
		s.LB.VIPs = generateVIPs(int(o.VIPs.n))
	}
	if o.Flows < 1 || o.Flows > maxFlowEntries {
		n.At("flows").Errorf("expected a count from 1 to %s, got %s", maxFlowEntries, o.Flows)
	}
	if size := int(o.Table); !lb.IsPrime(size) || size > lb.MaxPlaces {
		n.At("table").Errorf("expected a prime up to %d, such as 65537 or 655373, got %s", lb.MaxPlaces, o.Table)
		return
	}
	o.Timeouts.check(n.At("timeouts"))
	s.LB.check(list)
}

// check says which VIP is out of range.
func (o *LB) check(list *strict.Node) {
	for i := range o.VIPs {
		one := o.Spec()
		one.VIPs = one.VIPs[:i+1]
		if err := lb.Check(one); err != nil && list.Kind() == strict.List {
			list.Items()[i].Errorf("%v", err)
			return
		} else if err != nil {
			list.Errorf("%v", err)
			return
		}
	}
}

// UnmarshalStrict decodes a VIP.
func (v *VIP) UnmarshalStrict(n *strict.Node) {
	type plain VIP
	v.Proto = Proto{header.ProtoTCP, true}
	if !n.Decode((*plain)(v)) {
		return
	}
	if !v.Address.IsValid() || !v.Address.Addr().Is4() {
		n.At("address").Errorf("expected an IPv4 address or prefix, got %v", v.Address)
	}
	if v.Proto.Number != header.ProtoTCP && v.Proto.Number != header.ProtoUDP {
		n.At("proto").Errorf("expected tcp or udp, whose flows have ports")
	}
}

// UnmarshalStrict decodes the short or the long form of a backend.
func (b *Backend) UnmarshalStrict(n *strict.Node) {
	type plain Backend
	b.Weight = 1
	if n.Kind() != strict.Mapping {
		n.Decode(&b.Address)
		return
	}
	if !n.Decode((*plain)(b)) {
		return
	}
	if n.Has("drain") && b.Drain <= 0 {
		n.At("drain").Errorf("expected an instant of the run above 0s, got %s", b.Drain)
	}
	if b.Weight < 0 || b.Weight > lb.MaxWeight {
		n.At("weight").Errorf("expected a weight from 0 to %d, got %s", lb.MaxWeight, b.Weight)
	}
}

// Spec returns what lb must know, without the measured window.
func (o *LB) Spec() lb.Spec {
	s := lb.Spec{Table: int(o.Table), Timeouts: o.Timeouts.Policy()}
	for _, v := range o.VIPs {
		out := lb.VIP{Addrs: v.Address.Prefix, Port: v.Port, Proto: v.Proto.Number}
		for _, b := range v.Backends {
			out.Backends = append(out.Backends, lb.Backend{Addr: b.Address.Addr(), Port: b.Address.Port(), Weight: int(b.Weight), Drain: b.Drain})
		}
		s.VIPs = append(s.VIPs, out)
	}
	return s
}

// Backends counts the backends of all VIPs.
func (o *LB) Backends() (n int) {
	for i := range o.VIPs {
		n += len(o.VIPs[i].Backends)
	}
	return n
}

// generateVIPs makes services that fill tables: of the addresses that carriers share (RFC 6598), on backends of 10.64.0.0/10.
func generateVIPs(n int) []VIP {
	list := make([]VIP, n)
	for i := range list {
		v := &list[i]
		v.Address.Prefix = netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64, byte(i >> 8), byte(i)}), 32)
		v.Port, v.Proto = 443, Proto{header.ProtoTCP, true}
		for j := range generatedBackends {
			at := generatedBackends*i + j
			addr := netip.AddrFrom4([4]byte{10, 64, byte(at >> 8), byte(at)})
			v.Backends = append(v.Backends, Backend{Address: Endpoint{netip.AddrPortFrom(addr, 8443)}, Weight: 1})
		}
	}
	return list
}

// checkTranslators checks that nat and lb stand where they see the tenants' addresses, and that neither undoes the other.
func (s *Scenario) checkTranslators(items []*strict.Node, first map[string]int) {
	for _, name := range []string{"nat", "lb"} {
		at, there := first[name]
		for i := len(s.Services) - 1; there && i > at; i-- {
			if slices.Contains(tunnels, s.Services[i].Name) {
				items[at].Errorf("%s cannot come before %s: in front of it the addresses are those of the tunnel, and the tenant's stand inside; "+
					"list services from the network to the VM", name, s.Services[i].Name)
				break
			}
		}
	}
	natAt, haveNAT := first["nat"]
	lbAt, haveLB := first["lb"]
	if haveNAT && haveLB && s.Services[natAt].NAT != nil && s.Services[lbAt].LB != nil {
		s.checkBoth(items[lbAt], s.Services[natAt].NAT, s.Services[lbAt].LB, lbAt < natAt)
	}
}

// checkBoth checks that no address is for both nat and lb.
func (s *Scenario) checkBoth(n *strict.Node, a *NAT, b *LB, lbFirst bool) {
	for i := range b.VIPs {
		v := &b.VIPs[i]
		for _, c := range []struct {
			what string
			list Prefixes
		}{{"inside of nat", a.Inside}, {"the pool of nat", a.Pool}} {
			if p, both := c.list.overlaps(v.Address.Prefix); both && v.Address.IsValid() {
				n.Errorf("the VIP %s is in %s, %v: nat would take its packets for its own", short(v.Address.Prefix), c.what, p)
				return
			}
		}
		for _, backend := range v.Backends {
			addr := backend.Address.Addr()
			if !addr.IsValid() || !lbFirst {
				continue
			}
			if p, both := a.Inside.overlaps(netip.PrefixFrom(addr, 32)); both {
				n.Errorf("lb cannot come before nat when nat translates its backends: what lb sends to %v, inside of %v, has no binding; "+
					"list nat before lb", addr, p)
				return
			}
		}
	}
}

// short leaves out the length of a prefix of one address.
func short(p netip.Prefix) string { return strings.TrimSuffix(p.String(), "/32") }
