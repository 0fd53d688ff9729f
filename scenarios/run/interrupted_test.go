package run

import (
	"context"
	"testing"

	"github.com/dsnsim/dsnsim/scenarios/arithmetic"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// asked ends a context when it has been asked so often whether it has ended.
type asked struct {
	context.Context
	left, times int
}

func (a *asked) Err() error {
	if a.times++; a.times > a.left {
		return context.Canceled
	}
	return nil
}

// A run that is interrupted while open flows are entered does not enter the rest: it asks again and again, and then no more.
func TestInterruptedBeforeTheFirstPacket(t *testing.T) {
	s := scenario(t, `version: 1
services: [{firewall: {stateful: true}}, route]
traffic: [{sizes: 64B, load: 60%, flows: {concurrent: 100k}}]
run: {duration: 100us}
placements: [nic]
`)
	run := func(after int) int {
		base, err := arithmetic.Ready(s, false, nil)
		require.NoError(t, err)
		todo, err := readyPlans(base, s, Options{Jobs: 1, TraceSeq: -1})
		require.NoError(t, err)
		ctx := &asked{Context: t.Context(), left: after}
		_, err = todo[0].Jobs[0].Run(ctx)
		require.ErrorIs(t, err, context.Canceled)
		return ctx.times
	}
	// 100,000 flows each way, asked about for every 1,024.
	assert.Greater(t, run(90), 90, "it goes on asking while flows are entered")
	assert.Less(t, run(5), 20, "it enters no more when it is told to stop")
}
