package table

import (
	"fmt"
	"iter"
	"runtime"
	"slices"
	"sync"
)

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
	t.stage(sets[family]).add(&r, uint32(t.next))
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
			*t.stage(c) = ruleList{}
		}
	}
}

// stage returns the rules that c is to have from the next Build on.
func (t *Ternary) stage(c *classifier) *ruleList {
	if !c.dirty {
		c.dirty = true
		c.staged = ruleList{slices.Clone(c.rules), slices.Clone(c.addrs)}
		t.dirty = append(t.dirty, c)
	}
	return &c.staged
}

// Build makes the changes since the last Build visible to Match. It uses all cores; the result is the same whatever
// their number, as every tree is built alone.
func (t *Ternary) Build() {
	workers := min(runtime.GOMAXPROCS(0), len(t.dirty))
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			for i := w; i < len(t.dirty); i += workers {
				t.dirty[i].commit()
			}
		})
	}
	wait.Wait()
	t.dirty = t.dirty[:0]
}

// commit makes the staged rules the current ones.
func (c *classifier) commit() {
	c.ruleList, c.staged, c.dirty = c.staged, ruleList{}, false
	c.build()
}

// Len returns the number of rules as of the last Build.
func (t *Ternary) Len() int {
	n := 0
	for c := range t.classifiers() {
		n += len(c.rules)
	}
	return n
}

// TCAMEntries returns the number of TCAM entries that the rules of a family need, with ranges expanded to prefixes.
func (t *Ternary) TCAMEntries(v6 bool) int {
	n := 0
	for c := range t.classifiers() {
		if c.v6 == v6 {
			for i := range c.rules {
				n += c.rules[i].srcPort.Prefixes() * c.rules[i].dstPort.Prefixes()
			}
		}
	}
	return n
}

// classifiers yields those that there are.
func (t *Ternary) classifiers() iter.Seq[*classifier] {
	return func(yield func(*classifier) bool) {
		for _, sets := range append(t.vrfs[:len(t.vrfs):len(t.vrfs)], t.any) {
			for _, c := range sets {
				if c != nil && !yield(c) {
					return
				}
			}
		}
	}
}

// Match returns the first rule that matches u, in u's VRF or in all.
func (t *Ternary) Match(u *Tuple) (id RuleID, hit bool) {
	family := familyOf(u.V6)
	best := t.any[family].first(u)
	if int(u.VRF) < len(t.vrfs) {
		best = min(best, t.vrfs[u.VRF][family].first(u))
	}
	return RuleID(best), best != noRule
}

// first returns the id of the first match; c may be nil.
func (c *classifier) first(u *Tuple) uint32 {
	if c == nil {
		return noRule
	}
	if i := c.match(u); i != noRule {
		return c.rules[i].id
	}
	return noRule
}
