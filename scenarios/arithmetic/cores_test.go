package arithmetic

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios/load"
)

// Cores are counted where something runs on them: the search takes longer than a short run of a card does.
func TestCoresAreCountedWhereAskedFor(t *testing.T) {
	for set, counted := range map[string]bool{
		"placements=[software, nic]":                                 true,
		"placements=[nic, tor]":                                      false,
		"rack={server: {vms: 8, nic: {rate: 25Gbps, sriov: false}}}": true, // a virtual switch
	} {
		s, err := load.File("../quickstart.yaml", []string{"placements=[nic]", set})
		require.NoError(t, err)
		ready, err := Ready(s, false, nil)
		require.NoError(t, err)
		assert.Equal(t, counted, ready.Needs != nil, set)
	}
}
