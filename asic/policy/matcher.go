package policy

import (
	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/traffic"
)

// Matcher says which packets match a list of rules.
type Matcher struct{ rules, addresses *table.Ternary }

// NewMatcher returns the matcher of a list, which matches everything when it is empty. The error names the rule that cannot
// be stored.
func NewMatcher(rules []table.Rule) (*Matcher, error) {
	if len(rules) == 0 {
		return &Matcher{}, nil
	}
	m := &Matcher{rules: table.NewTernary(), addresses: table.NewTernary()}
	for _, r := range rules {
		r.VRF, r.AnyVRF = 0, true
		if _, err := m.rules.Add(r); err != nil {
			return nil, err
		}
		r.SrcPort, r.DstPort = table.AnyPort(), table.AnyPort()
		if _, err := m.addresses.Add(r); err != nil {
			return nil, err
		}
	}
	m.rules.Build()
	m.addresses.Build()
	return m, nil
}

// Match reports whether packets with the given headers match. Those whose ports could not be read match by address and
// protocol; what is not IP, or has no IP header that could be read, matches an empty list only.
func (m *Matcher) Match(t *traffic.Tuple) bool {
	u := TupleOf(t)
	if !t.IP {
		return m.rules == nil
	}
	return m.MatchTuple(&u, t.Reading)
}

// MatchTuple is Match for headers in the form that the tables take.
func (m *Matcher) MatchTuple(u *table.Tuple, r header.Reading) bool {
	rules := m.rules
	if rules == nil {
		return true
	}
	if r != header.Read {
		rules = m.addresses
	}
	_, ok := rules.Match(u)
	return ok
}
