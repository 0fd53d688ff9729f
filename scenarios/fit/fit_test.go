package fit_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/fit"
	"github.com/dsnsim/dsnsim/scenarios/load"
	"github.com/dsnsim/dsnsim/scenarios/placement"
)

// loaded returns a scenario with overrides.
func loaded(t *testing.T, sets ...string) *scenarios.Scenario {
	t.Helper()
	s, err := load.Bytes("fit.yaml", []byte("version: 1\ntraffic: [{sizes: imix, load: 5%}]"), sets)
	require.NoError(t, err)
	return s
}

// hardware returns the reference profile.
func hardware(t *testing.T) *profile.Profile {
	t.Helper()
	p, err := profile.Load("reference-100g")
	require.NoError(t, err)
	return p
}

// The rows of Table 9-1 that the constraints decide, from a scenario that states none of them.
func TestRowsOfTheTable(t *testing.T) {
	s, hw := loaded(t), hardware(t)
	for name, want := range map[string]struct {
		brownfield fit.Answer
		support    fit.Support
	}{
		"software":         {fit.Yes, fit.None},
		"nic":              {fit.No, fit.IfDrivers},
		"bump-in-the-wire": {fit.Possibly, fit.Independent},
		"tor":              {fit.Yes, fit.Independent},
		"appliance":        {fit.Yes, fit.Independent},
	} {
		p, _ := placement.Find(name)
		green, brown := fit.Applicability(s, hw, p.Place(s))
		assert.Equal(t, fit.Yes, green.Answer, name)
		assert.Equal(t, want.brownfield, brown.Answer, "%s: %s", name, brown.Why)
		f, support := fit.BareMetal(s, hw, p.Place(s))
		assert.Equal(t, want.support, support, name)
		assert.Equal(t, support == fit.None, f.Answer == fit.No, f.Why)
	}
}
