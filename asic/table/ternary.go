package table

import "fmt"

// RuleID names a rule by its place in the order in which rules were added: the lower one wins.
type RuleID uint32

const noRule = ^uint32(0)

// Ternary finds the first rule that matches a packet, as a TCAM does. Rules belong to one VRF or to all; each VRF's
// rules of a family are searched by a decision tree of their own (see classifier). Add and Clear take effect with the
// next Build, which rebuilds the VRFs that were changed.
type Ternary struct {
	vrfs  []ruleSets
	any   ruleSets // rules for every VRF
	dirty []*classifier
	next  RuleID
}

// ruleSets are the rules of one VRF by family, IPv6 second.
type ruleSets [2]*classifier

// NewTernary returns an empty table.
func NewTernary() *Ternary { return &Ternary{} }

// Add appends a rule, which is matched after all that were added before, from the next Build on. Bits of its addresses
// below the prefix length, and bits of flags and protocol outside of their masks, are ignored.
func (t *Ternary) Add(r Rule) (RuleID, error) {
	if err := r.Validate(); err != nil {
		return 0, fmt.Errorf("rule %d: %w", t.next, err)
	}
	sets := &t.any
	if !r.AnyVRF {
		for len(t.vrfs) <= int(r.VRF) {
			t.vrfs = append(t.vrfs, ruleSets{})
		}
		sets = &t.vrfs[r.VRF]
	}
	family := familyOf(r.V6)
	if sets[family] == nil {
		sets[family] = &classifier{v6: r.V6}
	}
	c := sets[family]
	c.add(&r, uint32(t.next))
	t.touch(c)
	t.next++
	return t.next - 1, nil
}

// Clear removes the rules of a VRF at the next Build; those for every VRF stay.
func (t *Ternary) Clear(vrf uint16) {
	if int(vrf) >= len(t.vrfs) {
		return
	}
	for _, c := range t.vrfs[vrf] {
		if c != nil {
			c.rules, c.addrs = nil, nil
			t.touch(c)
		}
	}
}

func (t *Ternary) touch(c *classifier) {
	if !c.dirty {
		c.dirty = true
		t.dirty = append(t.dirty, c)
	}
}
