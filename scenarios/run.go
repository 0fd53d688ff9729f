package scenarios

import (
	"fmt"
	"strings"

	"github.com/dsnsim/dsnsim/internal/spell"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/scenarios/expect"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/units"
)

// WarmupRule is how a scenario gives its warm-up: a duration, or "auto", which has it found by MSER-5 in a run of its own.
type WarmupRule struct {
	Auto  bool
	fixed units.Duration
}

// UnmarshalStrict takes "auto" or a duration.
func (w *WarmupRule) UnmarshalStrict(n *strict.Node) {
	if n.Kind() == strict.Scalar && n.Text() == "auto" {
		w.Auto = true
		return
	}
	if n.Kind() == strict.Scalar && spell.Nearest(n.Text(), []string{"auto"}) != "" {
		n.Errorf("expected a duration such as 1ms, or auto, got %q; did you mean \"auto\"?", n.Text())
		return
	}
	n.Decode(&w.fixed)
}

// Precision is a wanted half-width of the 95% confidence interval of a metric, relative to its mean.
type Precision struct {
	// Text is the target as written, such as "latency.p99 2%".
	Text string
	// Of is the metric, in every placement that runs where it names none.
	Of expect.Operand
	// Relative is above 0 and at most 100%.
	Relative units.Ratio
}

// Precisions is one target or a list of them.
type Precisions []Precision

// UnmarshalStrict takes the texts; the scenario parses them when it knows the traffic classes.
func (p *Precisions) UnmarshalStrict(n *strict.Node) {
	if n.TooLong() {
		return
	}
	for _, item := range n.OneOrList() {
		if item.Kind() != strict.Scalar {
			item.Errorf("expected a metric and a relative half-width such as latency.p99 2%%, got %s", item.Describe())
			return
		}
		*p = append(*p, Precision{Text: strings.Join(strings.Fields(item.Text()), " ")})
	}
	if len(*p) == 0 {
		n.Errorf("expected a metric and a relative half-width such as latency.p99 2%%, got %s", n.Describe())
	}
}

const (
	// firstReplications is how many there are at least under a precision that says nothing else. source: A. M. Law, Simulation Modeling
	// and Analysis, 9.4.1 has ten or more, since a variance from fewer stops too early too often.
	firstReplications = 10
	// defaultBound bounds replications where a precision does not. assumed: a half-width of a quarter of what 10 replications give takes
	// 120 to 160; who wants more should say so.
	defaultBound = 100
)

// UnmarshalStrict decodes and checks the run section.
func (r *Run) UnmarshalStrict(n *strict.Node) {
	type plain Run
	n.Decode((*plain)(r))
	r.checkReplications(n)
	if r.DurationRule.given != nil {
		r.Duration, r.DurationRule.given = *r.DurationRule.given, nil
	}
	if r.DurationRule.Capture {
		r.Duration, r.Warmup = maxDuration, r.WarmupRule.fixed
		return
	}
	if r.Duration <= 0 || r.Duration > maxDuration {
		n.At("duration").Errorf("expected a duration above 0s and up to %s, got %s", maxDuration, r.Duration)
		return
	}
	if r.Warmup = r.WarmupRule.fixed; !n.Has("warmup") || r.WarmupRule.Auto {
		r.Warmup = r.Duration / 10
	} else if r.Warmup < 0 || r.Warmup >= r.Duration {
		n.At("warmup").Errorf("expected a warm-up shorter than the run's %s, got %s", r.Duration, r.Warmup)
	}
}

// checkReplications fills in what a precision brings with it.
func (r *Run) checkReplications(n *strict.Node) {
	if len(r.Precision) == 0 {
		if n.Has("max_replications") {
			n.At("max_replications").Errorf("max_replications bounds what precision asks for, and there is no precision")
		}
		return
	}
	switch {
	case !n.Has("replications"):
		r.Replications = firstReplications
		if n.Has("max_replications") {
			r.Replications = min(r.Replications, r.MaxReplications)
		}
	case r.Replications < 2 && n.At("replications").Text() == "1":
		n.At("replications").Errorf("expected at least 2 replications to begin with, since precision is judged by their spread, got %d", r.Replications)
	}
	if !n.Has("max_replications") {
		r.MaxReplications = max(r.Replications, defaultBound)
	} else if r.MaxReplications < r.Replications {
		n.At("max_replications").Errorf("expected at least the %d replications that the run begins with, got %d", r.Replications, r.MaxReplications)
	}
}

// classNames lists what an operand may name as a class.
func (s *Scenario) classNames() []string {
	classes := []string{result.All}
	for i := range s.Traffic {
		classes = append(classes, s.Traffic[i].Name)
	}
	for i := range s.Workloads {
		for k := range s.Workloads[i].Lengths() {
			classes = append(classes, s.Workloads[i].Class(k))
		}
	}
	return classes
}

// checkPrecision parses the targets of the run.
func (s *Scenario) checkPrecision(n *strict.Node) {
	at := n.At("run", "precision")
	if !n.Has("run") || !n.At("run").Has("precision") || len(at.OneOrList()) != len(s.Run.Precision) || len(s.Traffic) > strict.MaxList {
		return
	}
	names := s.operandNames()
	for i, item := range at.OneOrList() {
		if err := s.Run.Precision[i].parse(names); err != nil {
			item.Errorf("%v", err)
		}
	}
}

// parse reads the text, given the names that it may have.
func (p *Precision) parse(names expect.Names) error {
	words := strings.Fields(p.Text)
	if len(words) != 2 || expect.IsNumber(words[0]) {
		return fmt.Errorf("expected a metric and a relative half-width such as latency.p99 2%%, got %q", p.Text)
	}
	of, _, err := expect.ParseOperand(words[0], names)
	if err != nil {
		return err
	}
	if of.Metric == expect.Status {
		return fmt.Errorf("a status is no number; expected a metric such as latency.p99")
	}
	r, err := units.ParseRatio(words[1])
	if err != nil {
		return fmt.Errorf("expected a half-width relative to the mean, such as 2%%: %w", err)
	}
	if r <= 0 || r > units.Whole {
		return fmt.Errorf("expected a half-width above 0%% and up to 100%% of the mean, got %s", words[1])
	}
	p.Of, p.Relative = of, r
	return nil
}
