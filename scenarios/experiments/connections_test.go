package experiments

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/run"
)

// doors is a firewall that follows connections, in front of one server.
const doors = `version: 1
name: doors
rack:
  server: {cores: 32, vms: 8, pcie: {gen: 4, lanes: 16}, nic: {rate: 100Gbps}}
  uplink: 100Gbps
services: [{firewall: {stateful: true}}]
traffic: [{name: a, sizes: 1000B, load: 40%, arrivals: constant}]
run: {seed: 1}
placements: [nic]
`

// connected returns the row of a placement.
func connected(t *testing.T, placement string, spec ConnectionsSpec, sets ...string) ConnectionsRow {
	s := scenario(t, doors, append(sets, "placements=["+placement+"]")...)
	spec.Frame = 64
	spec.Frames = max(1, spec.Frames)
	if spec.Losses == nil {
		spec.Losses = []float64{0}
	}
	spec.Width = 0.0005
	if spec.Connections == 0 {
		spec.Connections = 8000
	}
	x, err := Connections(context.Background(), s, spec, run.Options{Jobs: 2})
	require.NoError(t, err)
	require.True(t, x.Complete)
	require.Len(t, x.Rows, 1)
	require.Equal(t, result.OK, x.Rows[0].Status, x.Rows[0].Reasons)
	return x.Rows[0]
}

// The rate is that of who enters flows: the learner of hardware, or so many cycles on the chip's cores. Where that is faster than
// the link, it is the link's.
func TestConnectionsAreAsFastAsWhoEntersThem(t *testing.T) {
	for name, c := range map[string]struct {
		want    float64
		station string
		frames  int
		sets    []string
	}{
		"learner":       {3e6, "dsn[0].learner", 6, nil},
		"slow learner":  {200e3, "dsn[0].learner", 6, []string{fixture(t, "dsn.learner.rate", "200000")}},
		"cores":         {4 * 2e9 / 8300, "dsn[0].arm", 1, []string{"dsn.insertion=arm", "dsn.upcall=pass"}},
		"cores decide":  {4 * 2e9 / 68_300, "dsn[0].arm", 6, []string{"dsn.insertion=arm"}},
		"a link's rate": {25e9 / 8 / 84 / 20, "", 20, []string{"rack.server.nic.rate=25Gbps"}},
	} {
		if testing.Short() && c.frames > 6 {
			continue
		}
		r := connected(t, "nic", ConnectionsSpec{Frames: c.frames}, c.sets...)
		g := r.Goals[0]
		assert.True(t, g.Done, name)
		assert.InEpsilon(t, c.want, g.PerServer, 0.001, "%s: %+v", name, g)
		assert.Equal(t, g.PerServer, g.PerSecond, name)
		if c.station != "" {
			assert.Equal(t, c.station, g.Bottleneck, name)
		}
	}
}

// It needs fewer trials than bisection, and finds more where some may fail.
func TestConnectionsNeedFewerTrials(t *testing.T) {
	r := connected(t, "nic", ConnectionsSpec{Frames: 6, Losses: []float64{0, 0.01}, Bisect: true})
	assert.Less(t, r.Trials, r.BisectionTrials)
	assert.InEpsilon(t, r.Goals[0].PerServer/0.99, r.Goals[1].PerServer, 0.002)
}

// What is open at a time is the flow table: all of it where flows have no place of their own in it.
func TestConnectionsHeld(t *testing.T) {
	r := connected(t, "nic", ConnectionsSpec{Held: true, Connections: 2000}, "services=[{firewall: {stateful: true, flows: 10k}}]")
	require.NotNil(t, r.Held)
	assert.Equal(t, &Held{Connections: 10_000, Full: true, Servers: 1, Sustained: 10_000. / 240, ClosingSeconds: 240}, r.Held)

	// Two servers with a DSN each: one is looked at. With one DSN for both, both fill it.
	two := []string{"rack.servers=2", "services=[{firewall: {stateful: true, flows: 10k}}]", "dsn.count={tor: 1, appliance: 1}", "rack.uplink=400Gbps"}
	r = connected(t, "nic", ConnectionsSpec{Held: true, Connections: 2000}, two...)
	assert.EqualValues(t, 10_000, r.Held.Connections)
	assert.Equal(t, 1, r.Held.Servers)
	r = connected(t, "tor", ConnectionsSpec{Held: true, Connections: 2000}, two...)
	assert.EqualValues(t, 10_000, r.Held.Connections)
	assert.Equal(t, 2, r.Held.Servers)
	assert.InEpsilon(t, 1.5e6, r.Goals[0].PerServer, 0.01, "one learner for both")
	assert.Equal(t, 2*r.Goals[0].PerServer, r.Goals[0].PerSecond)

	// Entries that are idle for too long leave: no table fills that holds what comes in that time.
	r = connected(t, "nic", ConnectionsSpec{Held: true, Connections: 2000}, "services=[{firewall: {stateful: true, flows: 10k, timeouts: {tcp: 1ms}}}]",
		fixture(t, "dsn.learner.rate", "1000000"))
	assert.False(t, r.Held.Full)
	assert.InEpsilon(t, 500, r.Held.Connections, 0.15, "half a million a second for 1 ms, and an eighth longer until the sweep")
}

// Traffic beside the connections takes of what the link carries.
func TestConnectionsBesideTraffic(t *testing.T) {
	sets := []string{"rack.server.nic.rate=25Gbps", "rack.uplink=25Gbps", "traffic.0.load=60%"}
	alone := connected(t, "nic", ConnectionsSpec{Frames: 20, Connections: 2000}, sets...)
	beside := connected(t, "nic", ConnectionsSpec{Frames: 20, Connections: 2000, Background: true}, sets...)
	assert.InEpsilon(t, 0.4, beside.Goals[0].PerServer/alone.Goals[0].PerServer, 0.05)
}

// The report is the same whatever the number of workers; what cannot be deployed says why; a chain without such a firewall is refused.
func TestConnectionsAreDeterministic(t *testing.T) {
	s := scenario(t, doors, "placements=[nic, bump-in-the-wire, software]", "rack.server.virtualization=bare-metal")
	s.Services[0].FlowEntries = 3000
	spec := ConnectionsSpec{Frame: 64, Frames: 2, Losses: []float64{0}, Width: 0.01, Connections: 1000, Held: true, Background: true}
	one, err := Connections(context.Background(), s, spec, run.Options{Jobs: 1})
	require.NoError(t, err)
	four, err := Connections(context.Background(), s, spec, run.Options{Jobs: 4})
	require.NoError(t, err)
	assert.Equal(t, one, four)
	require.Len(t, one.Rows, 3)
	assert.Equal(t, result.Undeployable, one.Rows[2].Status)
	_, err = Connections(context.Background(), scenario(t, doors, "services=[vxlan]"), spec, run.Options{Jobs: 1})
	assert.ErrorContains(t, err, "connections needs a firewall that follows them")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	x, err := Connections(ctx, s, spec, run.Options{Jobs: 1})
	assert.ErrorIs(t, err, context.Canceled)
	assert.False(t, x.Complete)
}
