package management

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/pcie/firewall"
)

// The chip of a card reaches the server's memory; one in a box does where a PCIe link leads there; software has no chip.
func TestWhoReachesTheServersMemory(t *testing.T) {
	for _, c := range []struct {
		place  Place
		cabled bool
		ways   []string
	}{
		{HostMemory, false, nil},
		{Card, false, []string{"chip -> iova of PF"}},
		{Box, false, nil},
		{Box, true, []string{"chip -> iova of PF"}},
	} {
		d, err := New(Setup{Place: c.place, Cabled: c.cabled, VMs: 2, VFs: 0, Firewall: firewall.Spec{Windows: 100}})
		require.NoError(t, err)
		var ways []string
		for _, r := range d.Memory() {
			ways = append(ways, r.String())
		}
		assert.Equal(t, c.ways, ways, "%v", c)
	}
}
