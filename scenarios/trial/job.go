package trial

import (
	"context"

	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/scenarios/tap"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// Job is what is to be simulated: one placement in one replication.
type Job struct {
	*Setup
	Features    []Feature // that it may have
	Variant     Variant
	Replication int
	Stepwise    bool
	TraceSeq    int64
	Idle        bool                               // no source sends anything
	Transient   *stats.Transient                   // where the warm-up is sought
	Tap         *tap.Recorder                      // or nil
	OnEnd       func(p *packet.Packet, reason int) // for tests, see Recorder
	Observe     steps.Observer                     // for tests
}

// Run simulates the job.
func (j *Job) Run(ctx context.Context) (*Outcome, error) {
	s, err := j.Build(ctx)
	if err != nil {
		return nil, err
	}
	return s.Run(ctx)
}
