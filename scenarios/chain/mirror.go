package chain

import (
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Mirrors is the service mirror.
var Mirrors = Kind{Chip: &service.Mirror, Options: mirrorOptionsOf, Keys: Mirror{}, Repeats: true, Place: placeMirror,
	Work:    func(costs *profile.Software, _ *Service) profile.Work { return costs.Mirror },
	Default: func(s *Service) { mirrorOptionsOf(s, nil) },
	NoBox:   "a mirror in a box of its own is not modelled: the copies would leave by ports that the box has not",
	Size: func(sizes *service.Sizes, s *Service, _ Site) {
		sizes.Mirrored = append(sizes.Mirrored, s.Mirror.entries())
	}}

// entries returns how many TCAM entries the rules take, -1 where there are none.
func (m *Mirror) entries() int64 {
	if len(m.Rules) == 0 {
		return -1
	}
	n := int64(0)
	for i := range m.Rules {
		for _, r := range m.Rules[i].Tables() {
			n += int64(r.TCAMEntries())
		}
	}
	return n
}

// placeMirror checks that there are not too many mirrors, and that one sees what it looks at.
func placeMirror(c *Chain, i int) {
	m, number := c.Services[i].Mirror, 0
	for j := range c.Services[:i+1] {
		if c.Services[j].Mirror != nil {
			number++
		}
	}
	if m == nil {
		return
	}
	if number == MaxMirrors+1 {
		c.Items[i].Errorf("expected at most %d mirrors", MaxMirrors)
	}
	if inside := c.tunnelAround(i); inside != nil && inside.ciphers() {
		m.checkPlace(c.Items[i], inside.Name)
	}
}

// Mirror is the options of a mirror: which packets it copies, how much of them, and how the copies are wrapped.
type Mirror struct {
	// Rules say which packets are copied: those that match one of them, or without rules all.
	Rules []Match `yaml:"rules"`
	// OneIn copies one in that many of them, counted by packet, or by flow: then all packets of one flow in that many are
	// copied.
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
func mirrorOptionsOf(s *Service, n *strict.Node) {
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

// GRE reports whether copies are in GRE alone, without ERSPAN's header.
func (m *Mirror) GRE() bool { return m.Encapsulation == "gre" }

// In reports whether a mirror looks at packets of a direction, inbound or outbound.
func (m *Mirror) In(direction string) bool { return m.Direction == "both" || m.Direction == direction }

// checkPlace complains about a mirror in front of a tunnel that ciphers that needs what is encrypted. One that takes all packets, or one in
// so many, copies the encrypted packets: that is what a probe on the wire would see.
func (m *Mirror) checkPlace(n *strict.Node, tunnel string) {
	switch {
	case len(m.Rules) > 0:
		n.Errorf("a mirror with rules must come behind %s: in front of it the headers that the rules look at are encrypted", tunnel)
	case m.By == "flow":
		n.Errorf("a mirror that samples by flow must come behind %s: in front of it the headers that tell flows apart are encrypted", tunnel)
	}
}
