package asic

import (
	"fmt"
	"math/bits"

	"github.com/dsnsim/dsnsim/asic/alloc"
	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Sizes is how many entries the tables of one chip hold, for all servers that it serves.
type Sizes struct {
	// Tenants is the number of VMs.
	Tenants int64
	// Rules and Routes are those of all tenants together, IPv4 and IPv6. Tunnels counts security associations, one for
	// each direction of a tunnel. Flows are open at a time, each direction of a connection for itself.
	Rules, Routes, Tunnels, Flows int64
	// SharedRules and SharedRoutes say that all tenants have the same, instead of each its own.
	SharedRules, SharedRoutes bool
	// Stateless says that the firewall tracks no connections: it has no flow table.
	Stateless bool
	// KeyBits is the length of the keys of ipsec, 128 where it is 0.
	KeyBits int
	// Window is how many sequence numbers back ipsec remembers for each association, 0 for the default.
	Window int
	// Meters is how many meters each policer of the chain has, Mirrored how many rules each mirror, a negative number for one
	// without rules.
	Meters, Mirrored []int64
	// Sessions is how many sessions nat holds, Static how many pairs it has. Balanced is how many flows lb holds, VIPs and
	// Backends how many services it has and servers behind them, Places how many their Maglev tables have together.
	Sessions, Static, Balanced, VIPs, Backends, Places int64
}

// PerTenant is how many rules and how many routes a tenant has unless the scenario says otherwise. source: book chapter
// 9.1.2, "a moderate number of routes and ACLs (let's say up to one thousand)".
const PerTenant = 1000

// DefaultFlows is how many flows a server has open in each direction. It is what a synthetic source has.
const DefaultFlows = 1000

// DefaultSizes returns the sizes for a chip that serves so many servers with so many VMs each.
func DefaultSizes(servers, vms int) Sizes {
	n := int64(servers) * int64(vms)
	return Sizes{Tenants: n, Rules: PerTenant * n, Routes: PerTenant * n, Tunnels: 2 * n, Flows: 2 * DefaultFlows * int64(servers)}
}

// fields is a set of what look-ups find for those after them.
type fields uint16

const (
	inner   fields = 1 << iota // the headers behind the outer tunnel
	tenant                     // whose packet it is
	verdict                    // of the rules
	state                      // of the connection
	nextHop                    // of the route
	watched                    // what telemetry is to write
	session                    // of the mirror
	virtual                    // the service of a VIP
	chosen                     // the backend of a new flow
)

// Table is one look-up that a service makes in the pipeline.
type Table struct {
	Name  string
	Match alloc.Match
	// KeyBits are compared, with OfTenant the tenant's number beside them; ActionBits are what an entry holds.
	KeyBits, ActionBits int
	OfTenant            bool
	// Shared tells whether all tenants have the same entries; nil for a table of which each has its own.
	Shared func(s *Sizes) bool
	// Entries tells how many the sizes make, a negative number when the table is not there.
	Entries func(s *Sizes) int64
	// Stateful tables read and write their entry with each packet: connection state, sequence numbers.
	Stateful bool
	Home     alloc.Home
	// reads are in the key, writes are what the look-up finds: a table waits for the look-ups that write what it reads.
	// settles are applied here: no table that writes them comes later.
	reads, writes, settles fields
}

// Service is what a chain is made of: the tables that it looks up and what else a packet costs in it.
type Service struct {
	Name   string
	Tables []Table
	// Crypto sends the packet through the crypto complex and then through the pipeline once more.
	Crypto bool
	// Filters says that the service may refuse a packet.
	Filters bool
	// Copies says that the service copies packets (Attach, Inbound).
	Copies bool
	// Numbered makes the tables of the n-th service of this name in a chain, from 0, where a chain may have several.
	Numbered func(n int) []Table
	// TunnelHeader is how many bytes of headers the service's tunnel puts before the tenant's.
	TunnelHeader units.Bytes
}

// Widths of keys. Rules and routes of both families share a table, whose key has room for IPv6.
const (
	address   = 128
	ports     = 16 + 16
	protocol  = 8
	fiveTuple = 2*address + ports + protocol
	mac       = 48
	spi       = 32
	vni       = 24
	greKey    = 32
	// instructions are the bitmap of a telemetry header, of which a packet has some of instructionBits; node is the id
	// that a node writes. source: P4.org INT specification 2.1. That all combinations of four bits are entered is assumed.
	instructions    = 16
	instructionBits = 4
	node            = 32
	class           = 8 // of traffic, or a mirror's session
	// tenantBits number the tenants. assumed: a chip has room for 4,096, and for more only where there are more.
	tenantBits = 12
)

// services lists every service, in the order in which a chain inbound uses them.
var services = []Service{
	{Name: "ipsec", Crypto: true, TunnelHeader: header.EthernetLen + tunnel.ESPOverhead,
		Tables: []Table{{Name: "sa", Match: alloc.Exact, KeyBits: spi + address, ActionBits: 128, Stateful: true, writes: inner,
			Home: alloc.MaySpill, Entries: func(s *Sizes) int64 { return s.Tunnels }}}},
	{Name: "vxlan", TunnelHeader: header.EthernetLen + tunnel.VXLANOverhead,
		Tables: []Table{{Name: "vni", Match: alloc.Exact, KeyBits: vni, ActionBits: 32, reads: inner, writes: tenant,
			Entries: func(s *Sizes) int64 { return s.Tenants }}}},
	{Name: "geneve", TunnelHeader: header.EthernetLen + tunnel.GeneveOverhead,
		Tables: []Table{{Name: "vni", Match: alloc.Exact, KeyBits: vni, ActionBits: 32, reads: inner, writes: tenant,
			Entries: func(s *Sizes) int64 { return s.Tenants }}}},
	{Name: "gre", TunnelHeader: header.EthernetLen + tunnel.GREOverhead,
		Tables: []Table{{Name: "key", Match: alloc.Exact, KeyBits: greKey, ActionBits: 32, reads: inner, writes: tenant,
			Entries: func(s *Sizes) int64 { return s.Tenants }}}},
	// Which tenants' packets are watched, then what the instructions for those have the pipeline write or take off.
	{Name: "telemetry", TunnelHeader: tunnel.TelemetryLen, Tables: []Table{
		{Name: "watchlist", Match: alloc.Exact, KeyBits: 0, OfTenant: true, ActionBits: instructions + node,
			reads: inner | tenant, writes: watched, Entries: func(s *Sizes) int64 { return s.Tenants }},
		{Name: "instructions", Match: alloc.Exact, KeyBits: instructions, ActionBits: 32, reads: watched,
			Entries: func(*Sizes) int64 { return 1 << instructionBits }}}},
	{Name: "firewall", Filters: true, Tables: []Table{
		{Name: "flow", Match: alloc.Exact, KeyBits: fiveTuple, OfTenant: true, ActionBits: 128, Stateful: true,
			reads: inner | tenant, writes: state, Home: alloc.InMemory, Entries: (*Sizes).flows},
		{Name: "acl", Match: alloc.Ternary, KeyBits: fiveTuple, OfTenant: true, ActionBits: 16,
			reads: inner | tenant, writes: verdict, Home: alloc.MaySpill, Entries: func(s *Sizes) int64 { return s.Rules },
			Shared: func(s *Sizes) bool { return s.SharedRules }}}},
	{Name: "route", Filters: true, Tables: []Table{{Name: "lpm", Match: alloc.LPM, KeyBits: address, OfTenant: true, ActionBits: 32,
		reads: inner | tenant, writes: nextHop, Home: alloc.MaySpill, Entries: func(s *Sizes) int64 { return s.Routes },
		Shared: func(s *Sizes) bool { return s.SharedRoutes }}}},
	{Name: "nat", Filters: true, Tables: []Table{
		{Name: "nat", Match: alloc.Exact, KeyBits: sessionV4, OfTenant: true, ActionBits: endV4 + sessionBits, Stateful: true,
			reads: inner | tenant, writes: inner | verdict, Home: alloc.MaySpill, Entries: func(s *Sizes) int64 { return 2 * s.Sessions }},
		{Name: "nat-static", Match: alloc.Exact, KeyBits: addressV4, OfTenant: true, ActionBits: addressV4,
			reads: inner | tenant, writes: inner, Entries: func(s *Sizes) int64 { return absent(2 * s.Static) }}}},
	// The flow's entry has its backend; without one, the VIP has its part of the places, a hash picks one of them, and that
	// the backend. The places are told apart by their number alone, and store one bit, that they are taken.
	{Name: "lb", Filters: true, Tables: []Table{
		{Name: "lb", Match: alloc.Exact, KeyBits: sessionV4, OfTenant: true, ActionBits: endV4 + sessionBits, Stateful: true,
			reads: inner | tenant, writes: inner | verdict, Home: alloc.MaySpill, Entries: func(s *Sizes) int64 { return 2 * s.Balanced }},
		{Name: "vip", Match: alloc.Exact, KeyBits: endV4 + protocol, ActionBits: 32, reads: inner, writes: virtual,
			Entries: func(s *Sizes) int64 { return s.VIPs }},
		{Name: "maglev", Match: alloc.Exact, KeyBits: 1, ActionBits: 16, reads: virtual, writes: chosen, Home: alloc.MaySpill,
			Entries: func(s *Sizes) int64 { return s.Places }},
		{Name: "backend", Match: alloc.Exact, KeyBits: 16, ActionBits: endV4, reads: chosen, writes: inner,
			Entries: func(s *Sizes) int64 { return s.Backends }}}},
	{Name: "policer", Filters: true, Numbered: meters},
	{Name: "mirror", Copies: true, Numbered: mirrors},
}

// Widths of what is of IPv4 only. A session's entry has its last use and what it carried beside the
// headers. assumed: a time stamp of 32 bits and a counter of 48.
const (
	addressV4   = 32
	endV4       = addressV4 + 16
	sessionV4   = 2*addressV4 + ports + protocol
	sessionBits = 32 + 48
)

// absent returns a number of entries, a negative one for none.
func absent(n int64) int64 {
	if n == 0 {
		return -1
	}
	return n
}

// meterBits is what a meter's entry holds. assumed: two levels of 40 bits, as much as 128 GB, and a time stamp of 48 bits.
const meterBits = 2*40 + 48

// meters is the table of a policer. It takes no tokens for what an earlier service refuses, so it waits for the verdict.
func meters(n int) []Table {
	return []Table{{Name: numbered("meter", n), Match: alloc.Exact, KeyBits: class, OfTenant: true, ActionBits: meterBits, Stateful: true,
		reads: tenant | verdict, writes: verdict, Entries: func(s *Sizes) int64 { return nth(s.Meters, n, 1) }}}
}

// mirrors is the tables of a mirror: its rules, where it has any, and what counts the sample.
func mirrors(n int) []Table {
	return []Table{
		{Name: numbered("mirror", n), Match: alloc.Ternary, KeyBits: fiveTuple, ActionBits: 16, reads: inner | tenant, writes: session,
			Entries: func(s *Sizes) int64 { return nth(s.Mirrored, n, -1) }},
		{Name: numbered("sampler", n), Match: alloc.Exact, KeyBits: class, ActionBits: 32, Stateful: true,
			reads: session | verdict, writes: session, Entries: func(*Sizes) int64 { return 1 }}}
}

// nth returns the n-th of a list, or what a chain has whose sizes do not say.
func nth(list []int64, n int, otherwise int64) int64 {
	if n < len(list) {
		return list[n]
	}
	return otherwise
}

// numbered returns the name of the table of the n-th service of a kind: the first has no number.
func numbered(name string, n int) string {
	if n == 0 {
		return name
	}
	return fmt.Sprintf("%s-%d", name, n+1)
}

// flows is the size of the flow table, which a stateless firewall has not.
func (s *Sizes) flows() int64 {
	if s.Stateless {
		return -1
	}
	return s.Flows
}

// deliver finds the port or virtual function of the packet's destination, and drops what a rule denies; every chain
// ends with it.
var deliver = Table{Name: "deliver", Match: alloc.Exact, KeyBits: mac, OfTenant: true, ActionBits: 32,
	reads: inner | tenant | nextHop, settles: verdict | state | session, Entries: func(s *Sizes) int64 { return s.Tenants }}

// declare turns the tables of services into the allocator's: sized, with their dependencies worked out.
func declare(list []Service, s *Sizes) []alloc.Table {
	var tables []Table
	for _, service := range list {
		for _, t := range service.Tables {
			if t.Entries(s) >= 0 {
				tables = append(tables, t)
			}
		}
	}
	tables = append(tables, deliver)
	out := make([]alloc.Table, len(tables))
	for i := range tables {
		t := &tables[i]
		out[i] = alloc.Table{Name: t.Name, Match: t.Match, KeyBits: t.KeyBits, ActionBits: t.ActionBits, Entries: t.Entries(s),
			Stateful: t.Stateful, Home: t.Home}
		if t.OfTenant {
			out[i].KeyBits += max(tenantBits, bits.Len64(uint64(max(1, s.Tenants)-1)))
			if t.Shared == nil || !t.Shared(s) {
				out[i].Searched = (out[i].Entries + max(1, s.Tenants) - 1) / max(1, s.Tenants)
			}
		}
		for j := range i {
			if kind, depends := t.after(&tables[j]); depends {
				out[i].Needs = append(out[i].Needs, alloc.Dependency{On: j, Kind: kind})
			}
		}
	}
	return out
}

// after says how a table depends on an earlier one.
func (t *Table) after(earlier *Table) (alloc.Kind, bool) {
	switch {
	case t.reads&earlier.writes != 0:
		return alloc.OnMatch, true
	case t.writes&earlier.writes != 0:
		return alloc.Action, true
	case t.settles&earlier.writes != 0:
		return alloc.Successor, true
	}
	return 0, false
}
