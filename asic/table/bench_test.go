package table

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/sim/units"
)

// heavy reports whether tests and benchmarks that need gigabytes or minutes may run: DSNSIM_HEAVY=1.
func heavy() bool { return os.Getenv("DSNSIM_HEAVY") == "1" }

// liveBytes returns the bytes that live on the heap.
func liveBytes() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// spread makes numbers that look random from numbers that count up, without repeats.
func spread(i uint64) uint64 {
	i = (i ^ i>>30) * 0xbf58476d1ce4e5b9
	i = (i ^ i>>27) * 0x94d049bb133111eb
	return i ^ i>>31
}

// flowNumber returns the i-th of many distinct flows: hosts of 10/8 that talk to servers.
func flowNumber(i uint64, v6 bool) Tuple {
	r := spread(i)
	u := Tuple{Src: Addr{Lo: 10<<24 | r&0xff_ffff}, Dst: Addr{Lo: 192<<24 | r>>24&0xff_ffff}, SrcPort: uint16(r >> 48),
		DstPort: 443, VRF: uint16(i % 4000), Proto: 6, V6: v6}
	if v6 {
		u.Src.Hi, u.Dst.Hi = 0x20010db8<<32|r>>40, 0x20010db8<<32|i
	}
	return u
}

// flowSizes are the numbers of flows to measure with; the largest needs 2 GB.
func flowSizes() []int {
	if heavy() {
		return []int{1 << 10, 1 << 16, 1 << 20, 1 << 25}
	}
	return []int{1 << 10, 1 << 16, 1 << 20}
}

func fullFlowTable(tb testing.TB, n int, v6 bool) *FlowTable {
	spec := FlowSpec{Flows: n, Tick: units.Millisecond, Timeouts: []units.Duration{0, units.Second}, Seed: 1}
	if v6 {
		spec.V6Flows = n
	}
	table := newFlowTable(tb, spec)
	for i := range uint64(n) {
		u := flowNumber(i, v6)
		table.Insert(&u, 1, units.Time{})
	}
	all, _ := table.Len()
	require.Equal(tb, n, all, "refused: %d", table.Counts().Rejected)
	return table
}

func BenchmarkFlowTable(b *testing.B) {
	for _, v6 := range []bool{false, true} {
		for _, n := range flowSizes() {
			before := liveBytes()
			table := fullFlowTable(b, n, v6)
			perFlow := float64(liveBytes()-before) / float64(n)
			r := rand.New(rand.NewPCG(1, 2))
			b.Run(fmt.Sprintf("lookup/v6=%v/flows=%d", v6, n), func(b *testing.B) {
				for b.Loop() {
					u := flowNumber(r.Uint64N(uint64(n)), v6)
					if !table.Lookup(&u).Hit {
						b.Fatal("lost a flow")
					}
				}
				b.ReportMetric(perFlow, "B/flow")
			})
			b.Run(fmt.Sprintf("batch16/v6=%v/flows=%d", v6, n), func(b *testing.B) { benchFlowBatch(b, table, r, n, v6) })
			b.Run(fmt.Sprintf("churn/v6=%v/flows=%d", v6, n), func(b *testing.B) { benchFlowChurn(b, table, n, v6) })
			runtime.KeepAlive(table)
		}
	}
}

func benchFlowBatch(b *testing.B, table *FlowTable, r *rand.Rand, n int, v6 bool) {
	tuples, hits := make([]Tuple, batchSize), make([]FlowHit, batchSize)
	for b.Loop() {
		for i := range tuples {
			tuples[i] = flowNumber(r.Uint64N(uint64(n)), v6)
		}
		table.LookupBatch(tuples, hits)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*batchSize), "ns/lookup")
}

// benchFlowChurn deletes the oldest flow and inserts a new one, and puts the first flows back at the end.
func benchFlowChurn(b *testing.B, table *FlowTable, n int, v6 bool) {
	next := uint64(n)
	for b.Loop() {
		u := flowNumber(next-uint64(n), v6)
		hit := table.Lookup(&u)
		if hit.Hit {
			table.Delete(hit.Ref)
		}
		u = flowNumber(next, v6)
		table.Insert(&u, 1, units.Time{})
		next++
	}
	b.ReportMetric(float64(table.Counts().Rejected), "rejected")
	for all, _ := table.Len(); all > 0; all, _ = table.Len() {
		table.Sweep(units.At(1000*units.Second), n, nil)
	}
	for i := range uint64(n) {
		u := flowNumber(i, v6)
		table.Insert(&u, 1, units.Time{})
	}
}

func BenchmarkFlowSweep(b *testing.B) {
	table := fullFlowTable(b, 1<<20, false)
	for b.Loop() {
		table.Sweep(units.Time{}, 1000, nil)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*1000), "ns/entry")
}

func BenchmarkExact(b *testing.B) {
	for _, n := range flowSizes() {
		spec := DefaultExactSpec(n, TupleBytesV4)
		before := liveBytes()
		table := newExact(b, spec)
		moves, in := 0, 0
		for ; in < n*9/10; in++ {
			u := flowNumber(uint64(in), false)
			k := u.Key()
			outcome, m := table.Insert(&k, uint32(in))
			require.Equal(b, Inserted, outcome)
			moves += m
		}
		perEntry := float64(liveBytes()-before) / float64(in)
		r := rand.New(rand.NewPCG(1, 2))
		b.Run(fmt.Sprintf("lookup/entries=%d", in), func(b *testing.B) {
			for b.Loop() {
				u := flowNumber(r.Uint64N(uint64(in)), false)
				k := u.Key()
				if !table.Lookup(&k).Hit {
					b.Fatal("lost a key")
				}
			}
			b.ReportMetric(perEntry, "B/entry")
			b.ReportMetric(float64(moves)/float64(in), "moves/insert")
		})
		b.Run(fmt.Sprintf("batch16/entries=%d", in), func(b *testing.B) {
			keys, hits := make([]Key, batchSize), make([]ExactHit, batchSize)
			for b.Loop() {
				for i := range keys {
					u := flowNumber(r.Uint64N(uint64(in)), false)
					keys[i] = u.Key()
				}
				table.LookupBatch(keys, hits)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*batchSize), "ns/lookup")
		})
		runtime.KeepAlive(table)
	}
}
