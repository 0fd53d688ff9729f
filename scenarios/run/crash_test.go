package run

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios/arithmetic"
	"github.com/dsnsim/dsnsim/scenarios/load"
	"github.com/dsnsim/dsnsim/scenarios/placement"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

const crashing = "version: 1\nname: c\ntraffic: [{sizes: imix, load: 10%}]\nplacements: [nic]\nrun: {duration: 50us, warmup: 5us, seed: 7, replications: 2}\n"

// A panic, before the simulations or in one of them, is an error that says what was simulated.
func TestCrashSaysWhere(t *testing.T) {
	s, err := load.Bytes("c.yaml", []byte(crashing), nil)
	require.NoError(t, err)
	report, _, err := Scenario(t.Context(), s, Options{Jobs: 2, TraceSeq: -1, Topology: func(placement.Placement) placement.Placement { panic("first") }})
	assert.Nil(t, report)
	var crash *Crash
	require.ErrorAs(t, err, &crash)
	assert.ErrorContains(t, err, "internal error in scenario c, seed 7: first; this is a fault of dsnsim")
	assert.Contains(t, string(crash.Stack), "crash_test.go")

	base, err := arithmetic.Ready(s, false, nil)
	require.NoError(t, err)
	todo, err := readyPlans(base, s, Options{Jobs: 1, TraceSeq: -1})
	require.NoError(t, err)
	todo[0].Jobs[1].OnEnd = func(*packet.Packet, int) { panic("second") }
	err = Work(t.Context(), todo, Options{Jobs: 2})
	assert.ErrorContains(t, err, "internal error in scenario c, placement nic, replication 2, seed 7: second")
}

// What cannot be interrupted is left behind.
func TestPreparationIsLeftBehind(t *testing.T) {
	s, err := load.Bytes("c.yaml", []byte(crashing), nil)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	forever := make(chan struct{})
	defer close(forever)
	cancel()
	report, _, err := Scenario(ctx, s, Options{Jobs: 1, TraceSeq: -1, Phase: func(string) {}, Topology: func(p placement.Placement) placement.Placement {
		<-forever
		return p
	}})
	assert.ErrorIs(t, err, context.Canceled)
	require.NotNil(t, report)
	assert.False(t, report.Complete)
}

// Flows that the machine has no memory for are refused before they are made.
func TestAffordable(t *testing.T) {
	src := crashing + "rack: {servers: 48}\n"
	s, err := load.Bytes("c.yaml", []byte(src), []string{"traffic.0.flows.concurrent=100M", "traffic.0.direction=both"})
	require.NoError(t, err)
	_, _, err = Scenario(t.Context(), s, Options{Jobs: 2, TraceSeq: -1})
	require.ErrorIs(t, err, ErrMemory)
	assert.ErrorContains(t, err, "lower flows.concurrent, or --jobs")
	assert.Contains(t, err.Error(), units.Bytes(2*36*100_000_000*2*48).String())
}
