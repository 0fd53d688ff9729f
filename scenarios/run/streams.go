package run

import (
	"errors"
	"fmt"

	"github.com/dsnsim/dsnsim/scenarios/trial"
)

// ErrStreams is the tool's own bug: placements that were offered different packets.
var ErrStreams = errors.New("placements were offered different packets")

// sameStreams complains unless every placement was offered the same packets in each replication.
func sameStreams(list []*Plan) error {
	first := map[int]*trial.Outcome{} // by replication
	for _, p := range list {
		for r, o := range p.Outcomes {
			switch {
			case o == nil:
				continue
			case first[r] == nil:
				first[r] = o
				continue
			}
			for i := range o.Sources {
				if a, b := first[r].Sources[i].Digest, o.Sources[i].Digest; a != b {
					return fmt.Errorf("%w: source %d of replication %d, %s %016x, %s %016x", ErrStreams, i, r, first[r].Placement, a, o.Placement, b)
				}
			}
		}
	}
	return nil
}
