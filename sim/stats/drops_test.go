package stats

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// What a service refuses is no queue and no loss of a search for throughput; a reason of which nobody says more is of that kind.
func TestWhichReasonsAreLoss(t *testing.T) {
	queues, losses := "", ""
	for r := range DropReason(DropReasons) {
		if r.IsQueue() {
			queues += " " + r.String()
		}
		if r.CountsAsLoss() {
			losses += " " + r.String()
		}
	}
	const rooms = " spine_queue tor_queue server_link_queue dsn_queue crypto_queue memory_queue upcall_queue pcie_queue nic_queue host_queue appliance_queue"
	assert.Equal(t, rooms+" session_table", queues)
	assert.Equal(t, rooms+" nat_no_port session_table", losses, "a pool without a port is no queue, but a limit of the device")
	assert.Zero(t, refused)
}
