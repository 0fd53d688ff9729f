package scenarios

import (
	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Mirror is the options of a mirror: which packets it copies, how much of them, and how the copies are wrapped.
type Mirror struct {
	// Rules say which packets are copied: those that match one of them, or without rules all.
	Rules []Match `yaml:"rules"`
	// OneIn is how many of those it takes for a copy, counted by packet, or by flow: then all packets of one flow in so
	// many are copied.
	OneIn units.Count `yaml:"one_in"`
	By    string      `yaml:"by" strict:"oneof=packet|flow"`
	// Snap is how much of a frame is copied at most, without FCS.
	Snap units.Bytes `yaml:"snap"`
	// Encapsulation is erspan (type II) or gre, both over IPv4.
	Encapsulation string `yaml:"encapsulation" strict:"oneof=erspan|gre"`
	// Direction is inbound, outbound or both.
	Direction string `yaml:"direction" strict:"oneof=inbound|outbound|both"`
}

// Match is a rule of a mirror. What it leaves out matches anything.
type Match struct {
	Src   Addresses `yaml:"src"`
	Dst   Addresses `yaml:"dst"`
	Proto Proto     `yaml:"proto"`
	SPort *Ports    `yaml:"sport"`
	DPort *Ports    `yaml:"dport"`
}

// UnmarshalStrict decodes a rule and checks that its keys go together.
func (m *Match) UnmarshalStrict(n *strict.Node) {
	type plain Match
	if n.Decode((*plain)(m)) {
		m.rule().check(n)
	}
}

func (m *Match) rule() *Rule {
	return &Rule{Src: m.Src, Dst: m.Dst, Proto: m.Proto, SPort: m.SPort, DPort: m.DPort}
}

// Tables returns the rule as the tables store it: one for each family that it is for.
func (m *Match) Tables() []table.Rule {
	var list []table.Rule
	for _, r := range m.rule().Tables() {
		list = append(list, r.Rule)
	}
	return list
}

// The bounds of a mirror. Assumed: a sampler counts in 32 bits; 64 B is the shortest frame, less makes no copy shorter; the
// whole of the longest frame is the default.
const (
	maxOneIn         = units.Count(1<<32 - 1)
	minSnap, maxSnap = 64 * units.Byte, 64 * units.KiB
)

// MaxMirrors is how many mirrors a chain can have. Assumed: a chip offers a handful of sessions; it is what a packet can
// say which of them copy it.
const MaxMirrors = 7

// mirror decodes the options of a mirror.
func (s *Service) mirror(n *strict.Node) {
	m := &Mirror{OneIn: 1, By: "packet", Snap: maxSnap, Encapsulation: "erspan", Direction: "both"}
	s.Mirror = m
	if n == nil || !n.Decode(m) {
		return
	}
	if list := n.At("rules"); n.Has("rules") && len(m.Rules) == 0 {
		list.Errorf("expected at least one rule; without the key all packets match")
	}
	n.At("rules").TooLong()
	if m.OneIn < 1 || m.OneIn > maxOneIn {
		n.At("one_in").Errorf("expected a count from 1 to %s, got %s", maxOneIn, m.OneIn)
	}
	if n.Has("by") && !n.Has("one_in") {
		n.At("by").Errorf("by says how one_in counts, and needs it beside")
	}
	if m.Snap < minSnap || m.Snap > maxSnap {
		n.At("snap").Errorf("expected a size from %s to %s, got %s", minSnap, maxSnap, m.Snap)
	}
}

// In reports whether a mirror looks at packets of a direction, inbound or outbound.
func (m *Mirror) In(direction string) bool { return m.Direction == "both" || m.Direction == direction }

// In reports whether a policer looks at packets of a direction, inbound or outbound.
func (p *Policer) In(direction string) bool { return p.Direction == "both" || p.Direction == direction }
