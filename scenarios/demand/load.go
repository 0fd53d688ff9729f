package demand

import (
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/internal/spell"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Load is how much traffic there is, in one of three forms; the other two are 0. Set is false when the file gives none, and a
// capture keeps its recorded times.
type Load struct {
	// Ratio is of the server's link rate, and Rate in bit/s; both count tenant frames with FCS and with the 20 B of preamble and gap
	// that each takes on the wire.
	Ratio   units.Ratio
	Rate    units.Rate
	Packets units.PacketRate
	Set     bool
}

// maxLoad bounds a load in %. Over 100% shows how a placement behaves when it is flooded.
const maxLoad = 200 * 10_000 * units.PartPerMillion

// UnmarshalStrict decodes 40%, 20Gbps or 5Mpps.
func (l *Load) UnmarshalStrict(n *strict.Node) {
	const examples = "a load such as 40%, 20Gbps or 5Mpps"
	text := n.Text()
	if n.Kind() != strict.Scalar {
		n.Errorf("expected %s, got %s", examples, n.Describe())
		return
	}
	unit := strings.ToLower(strings.TrimLeft(text, "+-0123456789._ "))
	var err error
	switch {
	case unit == "":
		n.Errorf("%q has no unit; expected %s", text, examples)
		return
	case strings.HasPrefix(unit, "%") || strings.HasPrefix(unit, "p") && unit != "pps" && unit != "p/s":
		l.Ratio, err = units.ParseRatio(text)
	case strings.HasSuffix(unit, "pps") || strings.HasSuffix(unit, "p/s"):
		l.Packets, err = units.ParsePacketRate(text)
	default:
		l.Rate, err = units.ParseRate(text)
	}
	switch {
	case err != nil:
		n.Errorf("%v", err)
		return
	case l.Ratio > maxLoad || l.Ratio <= 0 && l.Rate <= 0 && l.Packets <= 0:
		n.Errorf("expected a load above 0 and up to %s, got %s", maxLoad, text)
	}
	l.Set = true
}

// SizeWeight is one frame size, FCS included, and its share of the packets among the weights of all.
type SizeWeight struct {
	Size   units.Bytes
	Weight int64
}

// Sizes is the mix of frame sizes of a synthetic class. In a file it is imix, one size, a list of sizes, a map of sizes to
// weights, or an IMIX genome of RFC 6985 such as aaaaaaadddg.
type Sizes []SizeWeight

// maxWeight bounds a weight. Assumed: a share below one in a million shows in no run.
const maxWeight units.Count = 1_000_000

// UnmarshalStrict decodes any of the four forms.
func (s *Sizes) UnmarshalStrict(n *strict.Node) {
	if count := len(n.Items()) + len(n.Fields()); count > strict.MaxList {
		n.Errorf("expected at most %d sizes, got %d", strict.MaxList, count)
		return
	}
	var out Sizes
	switch n.Kind() {
	case strict.Scalar:
		if n.Text() == "imix" {
			for _, m := range traffic.IMIX() {
				out = append(out, SizeWeight{m.Frame, int64(m.Weight)})
			}
			break
		}
		if traffic.LooksLikeGenome(n.Text()) {
			out = out.genome(n)
			break
		}
		if near := spell.Nearest(n.Text(), []string{"imix"}); near != "" {
			n.Errorf("unknown mix %q; did you mean %q?", n.Text(), near)
			return
		}
		if len(n.Text()) > 1 && strings.Trim(n.Text(), "abcdefghijklmnopqrstuvwxyz") == "" {
			out.genome(n) // says what is wrong with it
			return
		}
		out = out.with(n, 1)
	case strict.List:
		for _, item := range n.Items() {
			out = out.with(item, 1)
		}
	case strict.Mapping:
		for _, f := range n.Fields() {
			weight := units.Count(1)
			if f.Value.Decode(&weight) && (weight < 1 || weight > maxWeight) {
				f.Value.Errorf("expected a weight from 1 to %s, got %s", maxWeight, weight)
			}
			out = out.with(f.Key, int64(weight))
		}
	}
	if len(n.Items())+len(n.Fields()) == 0 && n.Kind() != strict.Scalar {
		n.Errorf("expected sizes such as imix, 400B, [64B, 1518B] or {64B: 7, 1518B: 1}, got %s", n.Describe())
	}
	*s = out
}

// with adds the size that at says, once it is checked.
func (s Sizes) with(at *strict.Node, weight int64) Sizes {
	var size units.Bytes
	if !at.Decode(&size) {
		return s
	}
	if size < traffic.MinFrame || size > traffic.MaxFrame {
		at.Errorf("expected a frame size with FCS from %s to %s, got %s", units.Bytes(traffic.MinFrame), units.Bytes(traffic.MaxFrame), size)
		return s
	}
	if slices.ContainsFunc(s, func(w SizeWeight) bool { return w.Size == size }) {
		at.Errorf("duplicate size %s; give each size one weight: {64B: 7, 1518B: 1}", size)
		return s
	}
	return append(s, SizeWeight{size, weight})
}

// genome adds the sizes of an IMIX genome, in their order.
func (s Sizes) genome(n *strict.Node) Sizes {
	frames, err := traffic.Genome(n.Text())
	if err != nil {
		n.Errorf("%v", err)
	}
	for _, f := range frames {
		s = append(s, SizeWeight{f, 1})
	}
	return s
}
