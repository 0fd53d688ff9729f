package traffic

import "github.com/dsnsim/dsnsim/sim/units"

// FixedFlows is the distribution of flows that all carry the same; size is at least 1 byte.
func FixedFlows(size units.Bytes) *FlowSizes {
	return newFlowSizes([]sizePoint{{float64(size), 0}, {float64(size), 1}})
}
