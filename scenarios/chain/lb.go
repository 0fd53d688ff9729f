package chain

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/dsnsim/dsnsim/asic/lb"
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/units"
)

// LBs is the service lb.
var LBs = Kind{Chip: &service.LB, Options: lbOptionsOf, Keys: lbOptions{}, Place: placeLB,
	Needs: "lb needs services, such as {lb: {vips: [{address: 203.0.113.10, port: 80, backends: [10.1.0.1:8080]}]}}",
	Work:  func(costs *profile.Software, _ *Service) profile.Work { return costs.LB },
	Size: func(sizes *service.Sizes, s *Service, _ Site) {
		sizes.Balanced, sizes.VIPs, sizes.Backends = int64(s.LB.Flows), int64(len(s.LB.VIPs)), int64(s.LB.Backends())
		sizes.Places = sizes.VIPs * int64(s.LB.Table)
	}}

// placeLB checks that lb sees the tenants' addresses, and that it and nat do not undo each other.
func placeLB(c *Chain, i int) {
	behindTunnels(c, i)
	if at := c.find(&NATs); at >= 0 && c.Services[at].NAT != nil && c.Services[i].LB != nil {
		checkBoth(c.Items[i], c.Services[at].NAT, c.Services[i].LB, i < at)
	}
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

// Endpoint is an address with or without a port: 10.1.0.1:8080 or 10.1.0.1. Port 0 keeps the VIP's.
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

// The VIPs that a count makes. Assumed: a service of eight servers on the port of TLS; as many as have their tables filled
// in a second.
const (
	generatedBackends = 8
	MaxGeneratedVIPs  = 400
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
func lbOptionsOf(s *Service, n *strict.Node) {
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
		list.Errorf("expected a list of VIPs or a count from 1 to %d, got a file", MaxGeneratedVIPs)
	case o.VIPs.n < 1 || o.VIPs.n > MaxGeneratedVIPs:
		list.Errorf("expected a list of VIPs or a count from 1 to %d, got %s", MaxGeneratedVIPs, o.VIPs.n)
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

// checkBoth checks that no address is for both nat and lb.
func checkBoth(n *strict.Node, a *NAT, b *LB, lbFirst bool) {
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
