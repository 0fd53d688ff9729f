package run

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

// littleJob is a job under overload with a warm-up, so that packets are on their way at both ends of the window and many are dropped.
func littleJob(t *testing.T) *trial.Job {
	t.Helper()
	s := scenario(t, flood, shallow(t), "placements=[nic]")
	p, err := profile.Load(s.DSN.Profile)
	require.NoError(t, err)
	return jobsOf(t, s, p)[0]
}

// Each of these is a fault that a statistic could have. The check must find every one of them, even where it is one picosecond of one
// packet of tens of thousands; and nothing where there is none.
func TestLittleFindsFaults(t *testing.T) {
	seen := 0
	inWindow := func(j *trial.Simulation, p *packet.Packet) bool { return p.Copy == 0 && j.Rec.Measured(p) }
	for _, c := range []struct {
		name  string
		fault func(j *trial.Simulation, p *packet.Packet, reason int) bool // whether it was done
		want  string
	}{
		{"none", func(*trial.Simulation, *packet.Packet, int) bool { return false }, ""},
		{"a latency is a picosecond too long", func(j *trial.Simulation, p *packet.Packet, reason int) bool {
			if !inWindow(j, p) || reason >= 0 || p.Sent == j.Rec.From {
				return false
			}
			p.Sent = p.Sent.Add(-1)
			return true
		}, "(-1 ps apart over the window)"},
		{"a dropped packet was sent later", func(j *trial.Simulation, p *packet.Packet, reason int) bool {
			if !inWindow(j, p) || reason < 0 {
				return false
			}
			p.Sent = p.Sent.Add(1)
			return true
		}, "(1 ps apart over the window)"},
		{"a latency is counted twice", func(j *trial.Simulation, p *packet.Packet, reason int) bool {
			if !inWindow(j, p) || reason >= 0 {
				return false
			}
			j.Rec.Counters[j.Rec.CountersOf[p.Source()]].Latency.Record(5 * units.Nanosecond)
			return true
		}, "(-5000 ps apart over the window)"},
		{"a packet is counted in another class", func(j *trial.Simulation, p *packet.Packet, reason int) bool {
			if !inWindow(j, p) || reason >= 0 {
				return false
			}
			p.Key = packet.MakeKey((p.Source()+1)%len(j.Sources), p.Seq())
			return true
		}, "in inbound"},
		{"the window of the latencies begins a picosecond late", func(j *trial.Simulation, _ *packet.Packet, _ int) bool {
			j.Rec.From = j.Rec.From.Add(1)
			return true
		}, "ps apart over the window"},
	} {
		j := littleJob(t)
		var run *trial.Simulation
		var err error
		done := false
		j.OnEnd = func(p *packet.Packet, reason int) {
			seen++
			if !done && seen > 5000 {
				done = c.fault(run, p, reason)
			}
		}
		seen = 0
		if c.name == "the window of the latencies begins a picosecond late" {
			seen = 5000 // before the window begins
		}
		run, err = j.Build(t.Context())
		require.NoError(t, err)
		_, err = run.Run(t.Context())
		assert.Equal(t, c.want != "", done, c.name)
		if c.want == "" {
			require.NoError(t, err, c.name)
			continue
		}
		require.ErrorIs(t, err, trial.ErrLittle, c.name)
		assert.Contains(t, err.Error(), c.want, c.name)
		assert.Regexp(t, `^nic, replication 0: a fault by the law of Little: (in inbound|out outbound): [0-9.]+ packets on their way in the mean, `+
			`but rate times mean time is [0-9.]+ \(`, err.Error(), c.name)
	}
}

// The check is of something: packets are on their way at both ends of the window, others are lost.
func TestLittleHasEdges(t *testing.T) {
	j := littleJob(t)
	var run *trial.Simulation
	var err error
	var before, behind, lost int
	j.OnEnd = func(p *packet.Packet, reason int) {
		switch {
		case reason >= 0:
			lost++
		case p.Sent.Before(run.Rec.From):
			before++
		}
	}
	run, err = j.Build(t.Context())
	require.NoError(t, err)
	_, err = run.Run(t.Context())
	require.NoError(t, err)
	for _, s := range run.Rec.Stays {
		if int64(s) != 0 {
			behind++
		}
	}
	assert.Greater(t, lost, 1000)
	assert.Greater(t, before, 1000)
	assert.Len(t, run.Sources, behind, "each source has packets that no latency tells of")
}
