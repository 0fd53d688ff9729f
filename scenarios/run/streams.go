package run

import (
	"errors"
	"fmt"
)

// ErrStreams is the tool's own bug: placements that were offered different packets.
var ErrStreams = errors.New("placements were offered different packets")

// sameStreams complains unless every placement was offered the same packets in each replication.
func sameStreams(list []*plan) error {
	first := map[int]*outcome{} // by replication
	for _, p := range list {
		for r, o := range p.outcomes {
			switch {
			case o == nil:
				continue
			case first[r] == nil:
				first[r] = o
				continue
			}
			for i := range o.sources {
				if a, b := first[r].sources[i].digest, o.sources[i].digest; a != b {
					return fmt.Errorf("%w: source %d of replication %d, %s %016x, %s %016x", ErrStreams, i, r, first[r].placement, a, o.placement, b)
				}
			}
		}
	}
	return nil
}
