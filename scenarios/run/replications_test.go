package run

import (
	"context"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// heapAfter returns what is in use when all replications of a rack of 24 are done, in bytes, before the report is written.
func heapAfter(t *testing.T, replications string) int64 {
	t.Helper()
	s := quickstart(t, "rack.servers=24", "run.duration=20us", "run.warmup=2us", "run.replications="+replications, "placements=[nic]", "expect=[]")
	var m runtime.MemStats
	_, _, err := Scenario(context.Background(), s, Options{Jobs: 1, TraceSeq: -1, Progress: func(done, all int) {
		if done == all {
			runtime.GC()
			runtime.ReadMemStats(&m)
		}
	}})
	require.NoError(t, err)
	return int64(m.HeapAlloc)
}

// A replication that is done must cost its figures only: neither the rack that it ran in, tens of megabytes here, nor histograms.
func TestReplicationsDoNotAddUpInMemory(t *testing.T) {
	few, many := heapAfter(t, "2"), heapAfter(t, "8")
	t.Logf("%d KiB a replication", (many-few)/6/1024)
	require.Less(t, many-few, int64(6*512*1024))
}
