package table

// Build makes the changes since the last Build visible to Match.
func (t *Ternary) Build() {
	for _, c := range t.dirty {
		c.build()
		c.dirty = false
	}
	t.dirty = t.dirty[:0]
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
