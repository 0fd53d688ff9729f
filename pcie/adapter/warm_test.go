package adapter

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dsnsim/dsnsim/pcie"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Pages that were used before the run are in the IOTLB: a queue whose ring fits makes no walk, one of another function does.
func TestWarmPages(t *testing.T) {
	walks := func(entries int, warm bool) int64 {
		s := spec(t)
		s.Page, s.IOMMU = 2*units.MiB, pcie.IOMMUSpec{Entries: entries, Walkers: 6, Accesses: 1, Access: 280 * ns, Pending: 64}
		up := New(s).Up()
		up.Measure(station.Window{To: units.Forever})
		if warm {
			up.Warm(sized(64, 0, Write))
			up.Warm(sized(64, 0, Write))
		}
		for i := range 10 {
			up.Serve(units.At(units.Duration(i)*units.Microsecond), sized(64, 0, Write))
		}
		up.Serve(units.At(20*units.Microsecond), sized(64, 1, Write))
		return up.walks.Account("walks", 1, 0).Visits
	}
	assert.EqualValues(t, 1, walks(4, true), "that of the other function")
	assert.EqualValues(t, 2, walks(4, false))
	assert.Greater(t, walks(0, true), int64(10), "nothing is kept without room")
}
