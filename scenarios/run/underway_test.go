package run

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/hw/profile"
)

// workOf runs a workload and returns what the engine had to do for it.
func workOf(t *testing.T, workload string) uint64 {
	t.Helper()
	const text = "version: 1\nrack: {server: {vms: 1, nic: {rate: 100Gbps}}}\nservices: [route]\n" +
		"run: {duration: 100us, warmup: 10us}\nplacements: [nic]\nworkloads: [%s]\n"
	s := scenario(t, fmt.Sprintf(text, workload))
	p, err := profile.Load(s.DSN.Profile)
	require.NoError(t, err)
	j := jobsOf(t, s, p)[0]
	run, err := j.Build(t.Context())
	require.NoError(t, err)
	_, err = run.Run(t.Context())
	require.NoError(t, err)
	return run.Engine.Work()
}

// The work must grow as what is under way does, not with its square: four times the queue pairs may take four times the events,
// and a little more for a logarithm; the square would be sixteen times.
func TestWorkIsLinearInWhatIsUnderWay(t *testing.T) {
	for _, workload := range []string{
		"{rdma: read, size: 64B, queue_pairs: %d, outstanding: 1}",
		"{rdma: write, size: 4KiB, queue_pairs: %d, outstanding: 4}",
		"{rdma: send, size: 64B, queue_pairs: %d, outstanding: 4}",
		"{nvme: read, block: 4KiB, queues: %d, depth: 2}",
		"{nvme: write, block: 4KiB, queues: %d, depth: 2}",
	} {
		few := workOf(t, fmt.Sprintf(workload, 2048))
		many := workOf(t, fmt.Sprintf(workload, 8192))
		require.Less(t, many, 5*few, workload)
		t.Logf("%s: %d, then %d", workload, few, many)
	}
}

// The slowest workload of the longest messages has its first one after the run, not before it.
func TestSlowestWorkloadSendsNothing(t *testing.T) {
	require.NotPanics(t, func() { workOf(t, "{rdma: write, size: 16MiB, mtu: 256B, load: 1bps}") })
}
