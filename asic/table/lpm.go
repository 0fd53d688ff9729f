package table

import (
	"fmt"
	"net/netip"
	"slices"
)

// MaxRouteValue is the largest value of a route; the values above it mark "no route" and sub-tables.
const MaxRouteValue = 1<<31 - 2

const (
	noRoute = 1<<31 - 1
	subMark = 1 << 31 // the rest of the value is the number of a sub-table
)

// LPM finds the longest matching prefix of an address in one of up to 65,536 VRFs, IPv4 and IPv6.
//
// The prefixes of a VRF and family are turned into the disjoint intervals of addresses that they give, and a lookup
// finds the interval in a static B-tree whose nodes are cache lines. That one structure serves a VRF of ten routes and
// one of four million: it needs 8 bytes an interval (12 for IPv6) and at most two intervals a route, does not care how
// the prefixes are spread, and reads log17(intervals) lines (log9 for IPv6). BenchmarkLPM compares it with
// gaissmai/bart and with a DIR-24-8 table.
//
// Insert and Delete take effect with the next Build, which rebuilds the VRFs that were changed.
type LPM struct {
	vrfs  []vrf
	dirty []uint16 // VRFs that were changed
}

// vrf holds the routes of one VRF, and what they were built into.
type vrf struct {
	routes  [2][]route // by family, IPv6 second; sorted by address and length
	pending [2][]route // changes since the last Build, in their order
	v4      tree32
	v6      tree64    // over the upper halves of addresses
	low     tree64    // over the lower halves: one tree for each upper half that has prefixes longer than 64 bits
	subs    []subTree // the trees in low
	dirty   bool
}

// route is a prefix with its value, or the wish to delete it.
type route struct {
	addr    Addr
	value   uint32
	len     uint8
	deleted bool
}

// compare orders routes by address, shorter first.
func (r route) compare(o route) int {
	if c := r.addr.compare(o.addr); c != 0 {
		return c
	}
	return int(r.len) - int(o.len)
}

// NewLPM returns an empty table.
func NewLPM() *LPM { return &LPM{} }

// Insert adds a route, or gives the prefix a new value, at the next Build. Bits of p below its length are ignored. The
// error is for an invalid prefix or a value above MaxRouteValue. An IPv4-mapped prefix is one of IPv6, as its packets are.
func (t *LPM) Insert(vrf uint16, p netip.Prefix, value uint32) error {
	if err := checkPrefix(p); err != nil {
		return err
	}
	if value > MaxRouteValue {
		return fmt.Errorf("route %v: value %d; the largest is %d", p, value, MaxRouteValue)
	}
	t.change(vrf, p, route{value: value})
	return nil
}

// Delete removes a route at the next Build. It is no error if there is none.
func (t *LPM) Delete(vrf uint16, p netip.Prefix) error {
	if err := checkPrefix(p); err != nil {
		return err
	}
	t.change(vrf, p, route{deleted: true})
	return nil
}

func checkPrefix(p netip.Prefix) error {
	if !p.IsValid() {
		return fmt.Errorf("route %v: not a prefix; write one as 10.0.0.0/8 or 2001:db8::/32", p)
	}
	return nil
}

func (t *LPM) change(n uint16, p netip.Prefix, r route) {
	for len(t.vrfs) <= int(n) {
		t.vrfs = append(t.vrfs, vrf{})
	}
	v := &t.vrfs[n]
	if !v.dirty {
		v.dirty = true
		t.dirty = append(t.dirty, n)
	}
	prefix := PrefixOf(p)
	r.addr, r.len = prefix.Addr, prefix.Len
	family := familyOf(p.Addr().Is6())
	v.pending[family] = append(v.pending[family], r)
}

func familyOf(v6 bool) int {
	if v6 {
		return 1
	}
	return 0
}

// Len returns the number of routes of both families as of the last Build.
func (t *LPM) Len() (v4, v6 int) {
	for i := range t.vrfs {
		v4 += len(t.vrfs[i].routes[0])
		v6 += len(t.vrfs[i].routes[1])
	}
	return v4, v6
}

// VRFLen returns the number of routes of one VRF as of the last Build.
func (t *LPM) VRFLen(n uint16) (v4, v6 int) {
	if int(n) >= len(t.vrfs) {
		return 0, 0
	}
	return len(t.vrfs[n].routes[0]), len(t.vrfs[n].routes[1])
}

// Lookup returns the value of the longest prefix of the VRF that contains a.
func (t *LPM) Lookup(n uint16, a Addr, v6 bool) (value uint32, hit bool) {
	if int(n) >= len(t.vrfs) {
		return 0, false
	}
	v := &t.vrfs[n]
	if !v6 {
		value = v.v4.find(uint32(a.Lo))
	} else if value = v.v6.find(a.Hi); value&subMark != 0 {
		sub := v.low.sub(v.subs[value&^subMark])
		value = sub.find(a.Lo)
	}
	return value, value != noRoute
}

// Build makes the changes since the last Build visible to Lookup.
func (t *LPM) Build() {
	for _, n := range t.dirty {
		v := &t.vrfs[n]
		for family, pending := range v.pending {
			if len(pending) > 0 {
				v.routes[family] = mergeRoutes(v.routes[family], pending)
				v.build(family)
			}
		}
		v.pending, v.dirty = [2][]route{}, false
	}
	t.dirty = t.dirty[:0]
}

// mergeRoutes returns the sorted routes of old and pending, where a later change of a prefix replaces an earlier one.
func mergeRoutes(old, pending []route) []route {
	slices.SortStableFunc(pending, route.compare)
	merged := make([]route, 0, len(old)+len(pending))
	for i := range pending {
		if i+1 < len(pending) && pending[i].compare(pending[i+1]) == 0 {
			continue
		}
		for len(old) > 0 && old[0].compare(pending[i]) < 0 {
			merged, old = append(merged, old[0]), old[1:]
		}
		if len(old) > 0 && old[0].compare(pending[i]) == 0 {
			old = old[1:]
		}
		if !pending[i].deleted {
			merged = append(merged, pending[i])
		}
	}
	return append(merged, old...)
}
