package run

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/runtest"
)

// What tests of other packages have, too.
var (
	scenario   = runtest.Scenario
	quickstart = runtest.Quickstart
	row        = runtest.Row
	stationOf  = runtest.Station
	text       = runtest.Text
	allPlaces  = runtest.AllPlaces
	fixture    = runtest.Fixture
)

const (
	plainRack = runtest.PlainRack
	noisy     = runtest.Noisy
	hot       = runtest.Hot
	evenLoad  = runtest.EvenLoad
)

// simulate runs a scenario.
func simulate(t testing.TB, s *scenarios.Scenario) *result.Report {
	t.Helper()
	r, _, err := Scenario(context.Background(), s, Options{Jobs: 4, TraceSeq: -1})
	require.NoError(t, err)
	require.True(t, r.Complete)
	return r
}

// metrics runs a scenario of one placement and returns what it measured of everything.
func metrics(t testing.TB, text string, sets ...string) map[string]float64 {
	t.Helper()
	r := simulate(t, scenario(t, text, sets...))
	require.Equal(t, result.OK, r.Results[0].Status, r.Results[0].Reasons)
	require.Equal(t, result.All, r.Results[0].Class)
	return r.Results[0].Metrics
}
