package experiments

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/arithmetic"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/run"
	"github.com/dsnsim/dsnsim/scenarios/runtest"
)

// What tests of other packages have, too.
var (
	scenario   = runtest.Scenario
	quickstart = runtest.Quickstart
	row        = runtest.Row
	allPlaces  = runtest.AllPlaces
	fixture    = runtest.Fixture
)

const (
	plainRack = runtest.PlainRack
	noisy     = runtest.Noisy
	hot       = runtest.Hot
)

// simulate runs a scenario.
func simulate(t testing.TB, s *scenarios.Scenario) *result.Report {
	t.Helper()
	r, _, err := run.Scenario(context.Background(), s, run.Options{Jobs: 4, TraceSeq: -1})
	require.NoError(t, err)
	require.True(t, r.Complete)
	return r
}

// explained returns what Explain says of the first placement.
func explained(t testing.TB, s *scenarios.Scenario) *arithmetic.Estimate {
	t.Helper()
	x, err := arithmetic.Explain(s)
	require.NoError(t, err)
	require.NotEmpty(t, x.Placements)
	return &x.Placements[0]
}
