package run

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

// arrival is what a source sent: the same packet in every placement.
type arrival struct {
	sent       units.Time
	bytes      [2]uint32
	flow, hash uint32
	record     int32
	sa         uint32
}

// witness notes every packet as it leaves the engine, by source and number.
type witness map[int]map[uint64]arrival

func (w witness) note(p *packet.Packet) {
	if w[p.Source()] == nil {
		w[p.Source()] = map[uint64]arrival{}
	}
	w[p.Source()][p.Seq()] = arrival{p.Sent, [2]uint32(p.Bytes), p.Flow, p.Hash, p.Record, p.SA}
}

// of runs a job and notes its packets.
func (w witness) of(t *testing.T, j *trial.Job) {
	t.Helper()
	j.OnEnd = func(p *packet.Packet, _ int) { w.note(p) }
	_, err := j.Run(context.Background())
	require.NoError(t, err)
}

// jobsOf prepares the jobs of a scenario, one for each placement and replication.
func jobsOf(t *testing.T, s *scenarios.Scenario, p *profile.Profile) []*trial.Job {
	t.Helper()
	inputs, err := input.Prepare(s, p, false)
	require.NoError(t, err)
	list, err := Plans(s, &input.Setting{Profile: p, Spec: input.StepsOf(s), Inputs: inputs}, Options{TraceSeq: -1})
	require.NoError(t, err)
	var jobs []*trial.Job
	for _, p := range list {
		require.Empty(t, p.Reasons)
		jobs = append(jobs, p.Jobs...)
	}
	return jobs
}

func reference(t *testing.T) *profile.Profile {
	t.Helper()
	p, err := profile.Load("reference-100g")
	require.NoError(t, err)
	return p
}

// Common random numbers: every placement meets the same packets at the same times, source by source.
func TestPlacementsMeetTheSamePackets(t *testing.T) {
	s := scenario(t, blend, "run.replications=2")
	jobs := jobsOf(t, s, reference(t))
	require.Len(t, jobs, 5*2)
	seen := map[string]witness{}
	for _, j := range jobs {
		w := witness{}
		w.of(t, j)
		seen[fmt.Sprint(j.Placement.Name, j.Replication)] = w
	}
	for replication := range 2 {
		want := seen[fmt.Sprint("nic", replication)]
		require.Len(t, want, 2*2*2, "two servers, two classes, two directions")
		for source, packets := range want {
			require.Greater(t, len(packets), 100, "source %d", source)
		}
		for _, name := range scenarios.AllPlacements() {
			require.Equal(t, want, seen[fmt.Sprint(name, replication)], "%s, replication %d", name, replication)
		}
	}
	// And a replication, a server, a class are each something else.
	assert.NotEqual(t, seen["nic0"], seen["nic1"])
	for a := range 8 {
		for b := range a {
			assert.NotEqual(t, seen["nic0"][a], seen["nic0"][b], "sources %d and %d", a, b)
		}
	}
}

// The times do not depend on what the chain does to the packets, nor on the hardware; their sizes on the wire do.
func TestArrivalsDoNotDependOnTheChain(t *testing.T) {
	arrivals := func(sets ...string) witness {
		w := witness{}
		j := jobsOf(t, scenario(t, blend, append(sets, "run.replications=1", "placements=[nic]")...), reference(t))[0]
		w.of(t, j)
		return w
	}
	with, without := arrivals(), arrivals("services=[]", "rack.server.pcie.gen=3")
	for source, packets := range with {
		require.Len(t, without[source], len(packets))
		for seq, p := range packets {
			q := without[source][seq]
			require.Equal(t, q.sent, p.sent)
			require.Equal(t, q.bytes[0], p.bytes[0])
			require.Equal(t, q.bytes[0], q.bytes[1], "no tunnels")
			require.Greater(t, p.bytes[1], p.bytes[0])
			require.Equal(t, q.flow, p.flow)
			require.Equal(t, q.hash, p.hash)
		}
	}
}

// Security associations belong to one server and one direction, eight VMs each with one; all classes share them.
func TestTunnelsBelongToAServerAndADirection(t *testing.T) {
	w := witness{}
	j := jobsOf(t, scenario(t, blend, "run.replications=1", "placements=[tor]"), reference(t))[0]
	w.of(t, j)
	of := map[[2]int]map[uint32]bool{}
	for source, packets := range w {
		// Sources come server by server, in each class by class, in each inbound before outbound.
		at := [2]int{source / 4, source % 2}
		if of[at] == nil {
			of[at] = map[uint32]bool{}
		}
		for _, p := range packets {
			of[at][p.sa] = true
		}
	}
	owner := map[uint32][2]int{}
	for at, associations := range of {
		assert.Len(t, associations, 8, "server and direction %v", at)
		for sa := range associations {
			other, twice := owner[sa]
			assert.False(t, twice, "association %d is of %v and of %v", sa, at, other)
			owner[sa] = at
		}
	}
	assert.Len(t, owner, 2*2*8)
}

// partOf returns the part of a type that a simulation has.
func partOf[T trial.Part](s *trial.Simulation) (found T) {
	trial.Each(s.Parts, func(p T) { found = p })
	return found
}
