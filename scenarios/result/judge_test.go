package result

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// Cores are enough up to all that the server has, unless they do not help: flows that meet, or one flow that fills its core.
func TestCoresAreEnough(t *testing.T) {
	for name, c := range map[string]struct {
		cores Cores
		want  bool
	}{
		"all of them":      {Cores{Needed: 8, Server: 8}, true},
		"one too few":      {Cores{Needed: 9, Server: 8}, false},
		"flows that meet":  {Cores{Needed: 1, Server: 8, Uneven: true}, false},
		"a flow that fits": {Cores{Needed: 1, Server: 8, Flow: 0.99}, true},
		"a whole core":     {Cores{Needed: 1, Server: 8, Flow: 1}, false},
	} {
		assert.Equal(t, c.want, c.cores.Enough(), name)
	}
}

// What rings lose is said where the busiest core has time to spare, with what would do; of a core that has none it is not the cause.
func TestWhatWouldLoseLess(t *testing.T) {
	for name, c := range map[string]struct {
		cores     Cores
		with, not string
	}{
		"as little as it may": {Cores{Busiest: 0.9, Lost: 0.0005, MostLost: 0.0005, Ring: 512}, "rings of 512 packets lose 0.050% (at most 0.05%)", "would do"},
		"longer rings":        {Cores{Busiest: 0.9, Lost: 0.001, MostLost: 0.0005, RingFor: 2048}, ": rings of 2048 (dsn.software.ring) would do", "cores would"},
		"more cores":          {Cores{Busiest: 0.9, Lost: 0.001, MostLost: 0.0005, CoresFor: 4}, ": 4 cores would do", "(dsn.software.ring)"},
		"either":              {Cores{Busiest: 0.9, Lost: 0.001, MostLost: 0.0005, RingFor: 2048, CoresFor: 4}, "(dsn.software.ring) or 4 cores would do", "neither"},
		"neither":             {Cores{Busiest: 0.9, Lost: 0.001, MostLost: 0.0005}, "neither longer rings nor more cores", "(dsn.software.ring)"},
		"no time to spare":    {Cores{Busiest: 1, Lost: 0.001, MostLost: 0.0005, RingFor: 2048, Auto: true, Given: 2, Server: 2}, "cores: auto gives 2", "taken away"},
	} {
		assert.Contains(t, c.cores.String(), c.with, name)
		assert.NotContains(t, c.cores.String(), c.not, name)
	}
}

// A file fails by an expectation, a regression, or what is undecided where that is not allowed.
func TestVerdictsOfFiles(t *testing.T) {
	holds, fails, open := Expectation{Verdict: "holds"}, Expectation{Verdict: "fails"}, Expectation{Verdict: "undecided"}
	worse := &Diff{Regressions: []Change{{}}}
	for name, c := range map[string]struct {
		entry Entry
		want  string
	}{
		"nothing":              {Entry{}, NotSimulated},
		"a fault":              {Entry{Faults: []Fault{{}}, Report: &Report{}}, NotSimulated},
		"holds":                {Entry{Report: &Report{Expectations: []Expectation{holds}}}, Passed},
		"one fails":            {Entry{Report: &Report{Expectations: []Expectation{holds, fails, open}, AllowUndecided: true}}, Failed},
		"undecided":            {Entry{Report: &Report{Expectations: []Expectation{holds, open}}}, Failed},
		"undecided is allowed": {Entry{Report: &Report{Expectations: []Expectation{holds, open}, AllowUndecided: true}}, NotDecided},
		"a regression":         {Entry{Report: &Report{Expectations: []Expectation{holds}, Baseline: worse}}, Failed},
		"as the baseline":      {Entry{Report: &Report{Expectations: []Expectation{holds}, Baseline: &Diff{Improvements: []Change{{}}, Changes: []Change{{}}}}}, Passed},
		"an empty baseline":    {Entry{Report: &Report{Baseline: &Diff{Nothing: "no row is in both"}}}, Failed},
	} {
		s := Suite{Entries: []Entry{c.entry}}
		s.Judge()
		assert.Equal(t, c.want, s.Entries[0].Verdict, name)
	}
}

// A change is an improvement, a regression, or neither.
func TestChangesAreFiledByWhatTheyAre(t *testing.T) {
	var d Diff
	for better := -2; better <= 2; better++ {
		d.Put(Change{New: float64(better)}, better)
	}
	assert.Equal(t, []Change{{New: -2}, {New: -1}}, d.Regressions)
	assert.Equal(t, []Change{{New: 0}}, d.Changes)
	assert.Equal(t, []Change{{New: 1}, {New: 2}}, d.Improvements)
}
