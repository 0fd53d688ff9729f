package demand

import (
	"errors"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/dsnsim/dsnsim/internal/infile"
	"github.com/dsnsim/dsnsim/internal/spell"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// OnOff has a source send for a while and rest for a while. The load is the mean; while it sends, it sends as much more.
type OnOff struct {
	On, Off units.Duration // in the mean; exponentially distributed unless Pareto says otherwise
	// Pareto is the shape of a Pareto distribution of both times, above 1; below 2 bursts are alike at all time scales.
	Pareto float64
}

// UnmarshalStrict decodes and checks it.
func (o *OnOff) UnmarshalStrict(n *strict.Node) {
	var plain struct {
		On     units.Duration `yaml:"busy"`
		Off    units.Duration `yaml:"idle"`
		Pareto string         `yaml:"pareto"`
	}
	if !n.Decode(&plain) {
		return
	}
	o.On, o.Off = plain.On, plain.Off
	if o.On < shortestPhase || o.Off < shortestPhase {
		n.Errorf("expected times of at least %s to send and to rest, such as {busy: 100us, idle: 400us}", shortestPhase)
	}
	if !n.Has("pareto") {
		return
	}
	if o.Pareto, _ = strconv.ParseFloat(plain.Pareto, 64); !(o.Pareto > 1 && o.Pareto <= 100) {
		n.At("pareto").Errorf("expected a shape above 1 and up to 100, such as 1.5, got %q", plain.Pareto)
	}
}

// Phase is one of the phases of a class whose load goes up and down.
type Phase struct {
	// Rate is how much is sent in the phase, against the other phases.
	Rate units.Count `yaml:"rate"`
	// For is how long a phase takes in the mean; exponentially distributed.
	For units.Duration `yaml:"for"`
}

// shortestPhase bounds how many phases a run goes through. assumed: a tenth of the time of the shortest frame at 100 Gbps, 6.7 ns, rounded up;
// nothing on the wire could tell shorter ones from a steady load
const shortestPhase = units.Nanosecond

// modulated checks the phases of a class.
func (t *Traffic) modulated(n *strict.Node) {
	if n.Has("on_off") && n.Has("mmpp") {
		n.At("mmpp").Errorf("on_off and mmpp exclude each other")
	}
	if !n.Has("mmpp") || n.At("mmpp").Kind() != strict.List {
		return
	}
	sum := units.Count(0)
	for i, item := range n.At("mmpp").Items() {
		if i < len(t.MMPP) && t.MMPP[i].For < shortestPhase {
			item.Errorf("expected how long the phase takes, at least %s, such as {rate: 8, for: 100us}", shortestPhase)
		}
		if i < len(t.MMPP) {
			sum += t.MMPP[i].Rate
		}
	}
	if sum == 0 || len(t.MMPP) > strict.MaxList {
		n.At("mmpp").Errorf("expected up to %d phases of which one sends something, such as [{rate: 1, for: 1ms}, {rate: 8, for: 100us}]", strict.MaxList)
	}
}

// Modulation returns how the load of a class goes up and down, nil where it is steady.
func (t *Traffic) Modulation() *traffic.Modulation {
	switch {
	case t.OnOff != nil:
		return &traffic.Modulation{Phases: []traffic.Phase{{Rate: 1, Dwell: t.OnOff.On}, {Rate: 0, Dwell: t.OnOff.Off}}, Shape: t.OnOff.Pareto}
	case len(t.MMPP) > 0:
		m := &traffic.Modulation{}
		for _, p := range t.MMPP {
			m.Phases = append(m.Phases, traffic.Phase{Rate: float64(p.Rate), Dwell: p.For})
		}
		return m
	}
	return nil
}

// exponential is the name of a distribution of flow sizes that has no table.
const exponential = "exponential"

// checkFlows checks the flows of a class that comes by flows.
func (t *Traffic) checkFlows(n *strict.Node) {
	if !n.Has("flows") {
		return
	}
	f, at := &t.Flows, n.At("flows")
	if f.Rate < 0 {
		at.At("rate").Errorf("expected a rate above 0bps, got %s", f.Rate)
	}
	if f.Distribution == "" {
		if at.Has("rate") || at.Has("arrivals") {
			at.Errorf("rate and arrivals are of flows that begin and end: they need a distribution of sizes, such as distribution: %s", exponential)
		}
		return
	}
	for _, key := range []string{"arrivals", "on_off", "mmpp"} {
		if n.Has(key) && t.TCP == nil {
			n.At(key).Errorf("%s is of packets; those of a class with a distribution of flows come as its flows do (flows.arrivals)", key)
		}
	}
}

// ReadFlows reads the sizes of the flows of a class, which may be in a file.
func (t *Traffic) ReadFlows(files infile.Files, n *strict.Node) {
	if at := n.At("flows"); n.Has("flows") && t.Flows.Distribution != "" {
		t.Flows.sizes = t.flowSizes(files, at.At("distribution"), at.Has("size"))
	}
}

// meanFlow is how much a flow carries in the mean, by default. source: book chapter 9.1.3, 1 Mbit
const meanFlow = units.Bytes(1_000_000 / 8)

// flowSizes reads the distribution of a class.
func (t *Traffic) flowSizes(files infile.Files, at *strict.Node, scaled bool) *traffic.FlowSizes {
	f := &t.Flows
	mean := units.Bytes(f.Size / 8)
	if scaled && mean < 1 {
		return nil // already reported, or reported below
	}
	if f.Distribution == exponential {
		if !scaled {
			mean = meanFlow
		}
		return traffic.Exponential(mean)
	}
	sizes, known := traffic.FlowSizesOf(f.Distribution)
	if !known {
		valid := append(traffic.NamedFlowSizes(), exponential)
		if !strings.ContainsAny(f.Distribution, "./") {
			at.Errorf("unknown distribution %q%s; or the path of a file", f.Distribution, spell.DidYouMean(f.Distribution, valid))
			return nil
		}
		if !at.FromSet() && !filepath.IsAbs(f.Distribution) {
			f.Distribution = filepath.Join(filepath.Dir(at.File()), filepath.FromSlash(f.Distribution))
		}
		var err error
		if sizes, err = readFlowSizes(files, f.Distribution); err != nil {
			at.Errorf("%v", err)
			return nil
		}
	}
	if scaled {
		return sizes.Scaled(mean)
	}
	return sizes
}

// maxFlowFile bounds the file of a distribution. Assumed: as many comments again as points of 40 bytes.
const maxFlowFile = 2 * 40 * traffic.MaxFlowPoints

func readFlowSizes(files infile.Files, path string) (*traffic.FlowSizes, error) {
	file, err := files.Open(path)
	var failed *infile.Error
	if errors.As(err, &failed) {
		return nil, errors.New("cannot open " + strconv.Quote(path) + ": " + failed.Reason)
	}
	defer file.Close()
	return traffic.ReadFlowSizes(path, infile.Bounded(file, maxFlowFile))
}

// Level returns how a class's flows come and go, nil where its packets take any flow.
func (t *Traffic) Level() *traffic.FlowLevel {
	if t.Flows.sizes == nil || t.TCP != nil {
		return nil
	}
	return &traffic.FlowLevel{Sizes: t.Flows.sizes, Rate: t.Flows.Rate, Constant: t.Flows.Arrivals == "constant"}
}

// MeanFlow returns how many bytes a flow of made-up packets carries in the mean, 0 for flows that never end.
func (t *Traffic) MeanFlow() float64 {
	if t.Flows.sizes != nil {
		return t.Flows.sizes.Mean()
	}
	return float64(t.Flows.Size) / 8
}
