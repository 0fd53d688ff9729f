package profile

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dsnsim/dsnsim/sim/units"
)

// What stands around the DSN is the same in every shipped profile, so that a comparison of two chips compares the chips.
func TestShippedProfilesDifferInTheChipOnly(t *testing.T) {
	around := func(p *Profile) (list []Entry) {
		for _, c := range p.Constants() {
			if !strings.HasPrefix(c.Path, "dsn.") && c.Path != "power.static" { // of the chip as well
				list = append(list, c)
			}
		}
		return list
	}
	all := shipped(t)
	assert.Equal(t, []string{"reference-100g", "reference-25g", "tofino-like"}, Names())
	for name, p := range all {
		assert.Equal(t, around(all["reference-100g"]), around(p), name)
		if name != "reference-100g" {
			assert.NotEqual(t, all["reference-100g"].DSN, p.DSN, name)
		}
	}
}

// The compiler's rule for 12 stages: 4 cycles and 20 for each that waits for a match, 2 for an action, 1 for nothing; 2 more
// with a TCAM, 4 more with state. source: p4lang/p4c@34b86e9 backends/tofino/bf-p4c/specs/power_spec.h, mau/mau_power.cpp.
func TestTofinoLatencyRule(t *testing.T) {
	d := shipped(t)["tofino-like"].DSN
	stages := units.Cycles(d.Stages.Value)
	assert.EqualValues(t, 244, d.CornerTurn.Value+stages*d.MatchCycles.Value)
	assert.EqualValues(t, 28, d.CornerTurn.Value+stages*d.Stage.ActionCycles.Value)
	assert.EqualValues(t, 16, d.CornerTurn.Value+stages*d.IndependentCycles.Value)
	assert.EqualValues(t, 26, d.MatchCycles.Value+d.TCAMCycles.Value+d.StatefulCycles.Value)
	assert.Equal(t, 200*units.Nanosecond, d.Clock.Value.Span(244), "at 1.22 GHz")
	assert.EqualValues(t, 1, d.InitiationInterval.Value, "a packet each clock")
}

// A file outside of the program may have either ending, and lie in the working directory.
func TestLoadTellsFilesFromNames(t *testing.T) {
	for _, name := range []string{"absent.yaml", "absent.yml", "./absent", "no/absent"} {
		_, err := Load(name)
		assert.ErrorContains(t, err, "dsn.profile: "+name+": ")
	}
}
