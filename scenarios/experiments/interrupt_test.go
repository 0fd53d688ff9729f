package experiments

import (
	"context"
	"testing"

	"github.com/dsnsim/dsnsim/scenarios/run"
	"github.com/stretchr/testify/assert"
)

// What is interrupted before its first simulation reports that nothing was finished, so that scenarios before it keep their reports.
func TestInterruptedBeforeTheFirstSimulation(t *testing.T) {
	s := scenario(t, doors)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	connections, err := Connections(ctx, s, ConnectionsSpec{Frame: 64, Frames: 1, Losses: []float64{0}, Width: 0.1, Connections: 100}, run.Options{Jobs: 1})
	assert.ErrorIs(t, err, context.Canceled)
	assert.False(t, connections.Complete)
	assert.Empty(t, connections.Rows)
	throughput, err := Throughput(ctx, s, ThroughputSpec{Frames: []Frames{{Name: "64", Sizes: s.Traffic[0].Sizes}}, Losses: []float64{0}, Width: 0.1, Packets: 100}, run.Options{Jobs: 1})
	assert.ErrorIs(t, err, context.Canceled)
	assert.False(t, throughput.Complete)
	assert.Empty(t, throughput.Rows)
	curves, err := Power(ctx, s, percents(50), run.Options{Jobs: 1})
	assert.ErrorIs(t, err, context.Canceled)
	assert.False(t, curves.Complete)
	assert.Empty(t, curves.Placements)
	assert.Equal(t, s.Name, curves.Scenario.Name)
}
