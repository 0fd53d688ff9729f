package placement

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dsnsim/dsnsim/pcie"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

// The reference profile's IOMMU and credits are those that package pcie found for the E5-2630v4. It draws the wait of a walk's
// accesses for a refresh; here their mean is in the time of an access.
func TestHostSideIsThatOfThePCIeModel(t *testing.T) {
	p := calm(t)
	host := pcie.BroadwellE52630v4()
	m := &p.PCIe.IOMMU
	assert.Equal(t, []int{host.IOMMU.Entries, host.IOMMU.Walkers, host.IOMMU.Pending, host.IOMMU.Accesses},
		[]int{m.Entries.Value, m.Walkers.Value, m.Pending.Value, m.Accesses.Value})
	assert.Equal(t, host.IOMMU.ReadHold, m.ReadHold.Value)
	refresh := host.DRAM.RefreshTime * host.DRAM.RefreshTime / (2 * host.DRAM.RefreshInterval)
	assert.InDelta(t, int64(host.IOMMU.Access+refresh), int64(m.Access.Value), float64(units.Nanosecond))
	c := &p.PCIe.Credits
	assert.Equal(t, host.Credits, pcie.CreditSpec{PostedHeaders: int64(c.PostedHeaders.Value), PostedData: int64(c.PostedData.Value),
		NonPosted: int64(c.NonPosted.Value)})
	assert.InDelta(t, int64(p.PCIe.RootComplexRead.Value-host.Hit)/2, int64(c.Return.Value), float64(2*units.Nanosecond))
}

// A card has queues for each VM, or for the host's cores where these take the packets of all.
func TestQueuesOfACard(t *testing.T) {
	p := &packet.Packet{VF: 5, Queue: 2, Hash: 3 << 30}
	for _, c := range []struct {
		name   string
		sets   []string
		queues int
		of     int
	}{
		{"nic", []string{"rack.server.nic.vf.queues=4"}, 32, 22},
		{"tor", []string{"rack.server.nic.vf.queues=4"}, 32, 22},
		{"nic", nil, 8, 7},
		{"software", []string{"dsn.software.cores=6"}, 6, 4},
		{"tor", []string{"rack.server.nic.sriov=false"}, 4, 3},
		{"bump-in-the-wire", []string{"rack.server.nic.sriov=false", "rack.server.virtualization=bare-metal"}, 1, 0},
	} {
		r := rack(t, &journal{}, scenario(t, full, c.sets...), calm(t))
		ways(t, c.name, r)
		card := r.slots.carrying[0]
		assert.Equal(t, c.queues, card.Queues, "%s %v", c.name, c.sets)
		assert.Equal(t, c.of, card.QueueOf(p), "%s %v", c.name, c.sets)
	}
}
