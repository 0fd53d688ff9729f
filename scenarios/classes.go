package scenarios

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/internal/plain"
	"github.com/dsnsim/dsnsim/internal/spell"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/scenarios/chain"
	"github.com/dsnsim/dsnsim/sim/units"
)

// TrafficManager has the ports of a DSN send by class, from a buffer that a chip's ports share.
type TrafficManager struct {
	// Buffer is for one chip; 0 for as much as the profile's ingress buffer.
	Buffer units.Bytes `yaml:"buffer"`
	// Default is the class of packets that neither their traffic entry nor their DSCP gives another: the last in the list
	// unless it is named.
	Default string         `yaml:"default"`
	Classes []TrafficClass `yaml:"classes" strict:"required"`
	strict.Position
}

// TrafficClass is one class of a traffic manager.
type TrafficClass struct {
	Name string `yaml:"name" strict:"required"`
	// DSCP are the code points, in a packet's IP header, of this class.
	DSCP []chain.DSCP `yaml:"dscp"`
	// Priority is strict, or "" for a class that shares by Weight what strict classes leave. Strict classes go in the order
	// of the list.
	Priority string      `yaml:"priority" strict:"oneof=strict"`
	Weight   units.Count `yaml:"weight"`
	// MaxRate bounds the class at each port, 0 for no bound; Burst is what it may send at once after a pause.
	MaxRate units.Rate  `yaml:"max_rate"`
	Burst   units.Bytes `yaml:"burst"`
	// Reserve is the class's own part of the buffer at each port, Alpha how often what is free of the rest it may hold.
	Reserve units.Bytes `yaml:"reserve"`
	Alpha   Alpha       `yaml:"alpha"`
	// ECNThreshold, when not zero, marks packets that find more of their class waiting.
	ECNThreshold units.Bytes `yaml:"ecn_threshold"`
}

// Bounds of a traffic manager. Assumed: no chip has more queues at a port that strict priorities and weights tell apart, and a
// larger weight makes turns of megabytes.
const (
	maxClasses                  = 32
	maxClassWeight  units.Count = 1000
	maxBuffer                   = units.GiB
	maxClassRate                = 100_000 * units.Gbps
	defaultMaxBurst             = 2 * 9218 * units.Byte // two of the longest frames
)

// SetDefaults fills what a class need not say.
func (c *TrafficClass) SetDefaults() { *c = TrafficClass{Weight: 1, Burst: defaultMaxBurst} }

// UnmarshalStrict decodes and checks the section.
func (t *TrafficManager) UnmarshalStrict(n *strict.Node) {
	type plain TrafficManager
	t.Position = n.Position()
	if !n.Decode((*plain)(t)) && n.Kind() != strict.Mapping {
		return
	}
	size(n, "buffer", t.Buffer, units.KiB, maxBuffer)
	list := n.At("classes")
	items := list.Items()
	switch {
	case !n.Has("classes") || list.Kind() != strict.List || len(items) != len(t.Classes):
		return
	case len(items) == 0 || len(items) > maxClasses:
		list.Errorf("expected 1 to %d classes, such as {name: gold, dscp: [ef], priority: strict}, got %d", maxClasses, len(items))
		return
	}
	t.checkNames(items)
	names := t.names()
	if n.Has("default") && !slices.Contains(names, t.Default) {
		n.At("default").Errorf("unknown class %q%s", t.Default, spell.DidYouMean(t.Default, names))
	}
	if m := t.Model(t.Buffer); n.Has("buffer") && m.Check() != nil {
		n.At("buffer").Errorf("%v", m.Check())
	}
}

// checkNames checks what must differ between the classes.
func (t *TrafficManager) checkNames(items []*strict.Node) {
	for i := range t.Classes {
		c := &t.Classes[i]
		switch at := items[i].At("name"); {
		case !items[i].Has("name"):
		case !classPattern.MatchString(c.Name):
			at.Errorf("expected a name of letters, digits, - and _ (at most 40), got %q", c.Name)
		case slices.Contains(t.names()[:i], c.Name):
			at.Errorf("duplicate class %q", c.Name)
		}
		points := items[i].At("dscp").Items()
		for k, p := range c.DSCP {
			for j := range t.Classes[:i+1] {
				list := t.Classes[j].DSCP
				if j == i {
					list = list[:k]
				}
				if p != chain.BadDSCP && slices.Contains(list, p) && k < len(points) {
					points[k].Errorf("DSCP %d is of class %q already", p, t.Classes[j].Name)
				}
			}
		}
	}
}

func (t *TrafficManager) names() []string {
	var list []string
	for i := range t.Classes {
		list = append(list, t.Classes[i].Name)
	}
	return list
}

// UnmarshalStrict decodes and checks a class.
func (c *TrafficClass) UnmarshalStrict(n *strict.Node) {
	type plain TrafficClass
	if !n.Decode((*plain)(c)) && n.Kind() != strict.Mapping {
		return
	}
	if n.Has("priority") && n.Has("weight") {
		n.At("weight").Errorf("a strict class has no weight: it goes before those that have")
	}
	if c.Weight < 1 || c.Weight > maxClassWeight {
		n.At("weight").Errorf("expected a weight from 1 to %s, got %s", maxClassWeight, c.Weight)
	}
	if n.Has("max_rate") && (c.MaxRate <= 0 || c.MaxRate > maxClassRate) {
		n.At("max_rate").Errorf("expected a rate above 0bps and up to %s, got %s", maxClassRate, c.MaxRate)
	}
	if n.Has("burst") && !n.Has("max_rate") {
		n.At("burst").Errorf("burst goes with max_rate, which the class has not")
	}
	size(n, "burst", c.Burst, 0, maxBuffer)
	size(n, "reserve", c.Reserve, 0, maxBuffer)
	size(n, "ecn_threshold", c.ECNThreshold, 1, maxBuffer)
	if len(c.DSCP) > 64 {
		n.At("dscp").Errorf("expected at most 64 code points, got %d", len(c.DSCP))
		c.DSCP = nil
	}
}

// size checks a size if the file has it.
func size(n *strict.Node, key string, v, least, most units.Bytes) {
	if n.Has(key) && (v < least || v > most) {
		n.At(key).Errorf("expected a size from %s to %s, got %s", least, most, v)
	}
}

// Model returns the traffic manager of a chip whose buffer, unless the scenario says, is as large as given.
func (t *TrafficManager) Model(buffer units.Bytes) *asic.TrafficManager {
	m := &asic.TrafficManager{Buffer: buffer}
	if t.Buffer > 0 {
		m.Buffer = t.Buffer
	}
	m.ByDSCP = t.ByDSCP()
	for i := range t.Classes {
		c := &t.Classes[i]
		m.Classes = append(m.Classes, asic.TrafficClass{Name: c.Name, Strict: c.Priority == "strict", Weight: int64(c.Weight),
			MaxRate: c.MaxRate, Burst: c.Burst, Reserve: c.Reserve, Alpha: int8(c.Alpha), ECNThreshold: c.ECNThreshold})
	}
	return m
}

// Class returns the number of a class; "" is the default one.
func (t *TrafficManager) Class(name string) uint16 {
	if name == "" {
		name = t.Default
	}
	if i := slices.Index(t.names(), name); i >= 0 {
		return uint16(i)
	}
	return uint16(len(t.Classes) - 1)
}

// ByDSCP returns the number of the class of each code point.
func (t *TrafficManager) ByDSCP() [chain.MaxDSCP + 1]uint16 {
	var list [chain.MaxDSCP + 1]uint16
	for p := range list {
		list[p] = t.Class("")
	}
	for i := range t.Classes {
		for _, p := range t.Classes[i].DSCP {
			if p <= chain.MaxDSCP {
				list[p] = uint16(i)
			}
		}
	}
	return list
}

// checkClasses checks that traffic names classes that there are.
func (s *Scenario) checkClasses(n *strict.Node) {
	items := n.At("traffic").Items()
	for i := range s.Traffic {
		if i >= len(items) || !items[i].Has("class") {
			continue
		}
		at, name := items[i].At("class"), s.Traffic[i].Class
		switch {
		case s.DSN.TrafficManager == nil:
			at.Errorf("class needs classes to choose from: dsn.traffic_manager has none")
		case !slices.Contains(s.DSN.TrafficManager.names(), name):
			at.Errorf("unknown class %q%s", name, spell.DidYouMean(name, s.DSN.TrafficManager.names()))
		}
	}
}

// Alpha is a power of two, as its exponent; in a file 4, 1, 1/2 or 0.5.
type Alpha int8

// maxAlphaLog bounds it, from 1/128 to 128. Assumed: merchant switches offer 1/128 to 8.
const maxAlphaLog = 7

// UnmarshalText sets a, or says what is wrong with the text.
func (a *Alpha) UnmarshalText(text []byte) error {
	const longest = 12 // 0.0078125 is the longest that is needed
	if v, ok := new(big.Rat).SetString(string(text)); ok && len(text) <= longest && !strings.ContainsAny(string(text), "eEpPxX_") {
		for i := -maxAlphaLog; i <= maxAlphaLog; i++ {
			if p := big.NewRat(1<<max(i, 0), 1<<max(-i, 0)); v.Cmp(p) == 0 {
				*a = Alpha(i)
				return nil
			}
		}
	}
	return fmt.Errorf("expected a power of two from 1/128 to 128, such as 1/2 or 4, got %q", plain.Clip(string(text)))
}
