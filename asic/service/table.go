package service

import (
	"math/bits"

	"github.com/dsnsim/dsnsim/asic/alloc"
)

// Widths of keys. Rules and routes of both families share a table, whose key has room for IPv6.
const (
	address   = 128
	ports     = 16 + 16
	protocol  = 8
	fiveTuple = 2*address + ports + protocol
	mac       = 48
	class     = 8 // of traffic, or a mirror's session
	// tenantBits number the tenants. assumed: a chip has room for 4,096, and for more only where there are more.
	tenantBits = 12
)

// Fields is a set of what look-ups find for those after them.
type Fields uint16

// What look-ups find.
const (
	Inner         Fields = 1 << iota // the headers behind the outer tunnel
	Tenant                           // whose packet it is
	Verdict                          // of the rules
	State                            // of the connection
	NextHop                          // of the route
	Watched                          // what telemetry is to write
	MirrorSession                    // of the mirror
	Virtual                          // the service of a VIP
	Chosen                           // the backend of a new flow
)

// Table is one look-up that a service makes in the pipeline.
type Table struct {
	Name  string
	Match alloc.Match
	// KeyBits are compared, with OfTenant the tenant's number beside them; ActionBits are what an entry holds.
	KeyBits, ActionBits int
	OfTenant            bool
	// Shared tells whether all tenants have the same entries; nil for a table with entries of each tenant.
	Shared func(s *Sizes) bool
	// Entries tells how many the sizes make, a negative number when the table is not there.
	Entries func(s *Sizes) int64
	// Stateful tables read and write their entry with each packet: connection state, sequence numbers.
	Stateful bool
	Home     alloc.Home
	// Reads are in the key, Writes are what the look-up finds: a table waits for the look-ups that write what it reads.
	// Settles are applied here: no table that writes them comes later.
	Reads, Writes, Settles Fields
}

// deliver finds the port or virtual function of the packet's destination, and drops what a rule denies; every chain
// ends with it.
var deliver = Table{Name: "deliver", Match: alloc.Exact, KeyBits: mac, OfTenant: true, ActionBits: 32,
	Reads: Inner | Tenant | NextHop, Settles: Verdict | State | MirrorSession, Entries: func(s *Sizes) int64 { return s.Tenants }}

// Declare turns the tables of services into the allocator's: sized, with their dependencies worked out.
func Declare(list []Service, s *Sizes) []alloc.Table {
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
	case t.Reads&earlier.Writes != 0:
		return alloc.OnMatch, true
	case t.Writes&earlier.Writes != 0:
		return alloc.Action, true
	case t.Settles&earlier.Writes != 0:
		return alloc.Successor, true
	}
	return 0, false
}
