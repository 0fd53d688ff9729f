package run

import (
	"errors"
	"fmt"

	"github.com/dsnsim/dsnsim/internal/memory"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/demand"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/sim/units"
)

// ErrMemory is the cause of not running what would need more memory than there is.
var ErrMemory = errors.New("not enough memory")

// What an open flow of made-up packets takes in one simulation, in bytes, garbage of the runtime with it. Measured: 10 and 100 million
// flows inbound through a nic take 36 and 33 bytes each, 58 where services keep entries of them.
const (
	bytesPerFlow         = 36
	bytesPerStatefulFlow = 64
)

// leastMemory is what must be left of the memory while simulations run. Assumed: what the system needs itself, and what they take until
// they have stopped.
const leastMemory = 64 * units.MiB

// affordable refuses, before anything is simulated, flows that the machine has no memory for: being killed for it later would
// tell nobody why.
func affordable(set *input.Setting, s *scenarios.Scenario, opt *Options) error {
	each := int64(bytesPerFlow)
	if set.Spec.Needed() {
		each = bytesPerStatefulFlow
	}
	atOnce := int64(min(max(1, opt.Jobs), len(s.Placements)*max(1, s.Run.Replications)))
	free := memory.Available()
	sum, largest, at := int64(0), int64(0), (*demand.Traffic)(nil)
	for _, t := range set.Inputs {
		if t.PCAP != "" {
			continue
		}
		servers := int64(s.Rack.Servers)
		if len(t.Servers) > 0 {
			servers = int64(len(t.Servers))
		}
		need := atOnce * each * int64(t.Flows.Concurrent) * int64(len(input.Directions(t.Traffic))) * servers
		if sum += need; need > largest {
			largest, at = need, t.Traffic
		}
	}
	if sum <= free {
		return nil
	}
	return fmt.Errorf("%s:%d:%d: %w: the flows of %s alone take about %s (%s on each server, %d simulations at a time), and %s are free; lower flows.concurrent, or --jobs",
		s.FileOf(at.File), at.Line, at.Col, ErrMemory, at.Name, units.Bytes(largest), at.Flows.Concurrent, atOnce, units.Bytes(free))
}
