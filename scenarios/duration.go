package scenarios

import (
	"fmt"

	"github.com/dsnsim/dsnsim/internal/spell"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/sim/units"
)

// DurationRule is how a scenario gives its duration: a time, or "capture", which is as long as its longest capture takes.
type DurationRule struct {
	Capture bool
	given   *units.Duration // until the run takes it up
}

// UnmarshalStrict takes "capture" or a duration.
func (d *DurationRule) UnmarshalStrict(n *strict.Node) {
	d.Capture = false
	if n.Kind() == strict.Scalar && n.Text() == "capture" {
		d.Capture = true
		return
	}
	if n.Kind() == strict.Scalar && spell.Nearest(n.Text(), []string{"capture"}) != "" {
		n.Errorf("expected a duration such as 1ms, or capture, got %q; did you mean \"capture\"?", n.Text())
		return
	}
	var given units.Duration
	if n.Decode(&given) {
		d.given = &given
	}
}

// checkDuration refuses a duration that follows captures where there are none.
func (s *Scenario) checkDuration(n *strict.Node) {
	if !s.Run.DurationRule.Capture {
		return
	}
	for i := range s.Traffic {
		if s.Traffic[i].PCAP != "" {
			return
		}
	}
	n.At("run", "duration").Errorf("duration: capture needs a capture (traffic: [{pcap: web.pcap}])")
}

// Last makes a run that follows its captures as long as the longest of them takes. All of it is measured unless the scenario has
// a warm-up.
func (s *Scenario) Last(d units.Duration) error {
	r := &s.Run
	if d > maxDuration {
		return fmt.Errorf("the capture takes %s, and a run at most %s: give it a load, which re-times it, or the run a duration", rough(d), maxDuration)
	}
	r.Duration = d
	if r.WarmupRule.Auto {
		r.Warmup = d / 10
	} else if r.Warmup >= d {
		return fmt.Errorf("the capture takes %s, which is no longer than the warm-up of %s", rough(d), r.Warmup)
	}
	return nil
}

// rough rounds a time that was counted in picoseconds to four digits, for a message.
func rough(d units.Duration) units.Duration {
	step := units.Duration(1)
	for d/step >= 10_000 {
		step *= 10
	}
	return (d + step/2) / step * step
}
