package firewall

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/sim/units"
)

// guarded is a firewall with a PF and two VFs, whose windows are set from the network's side.
func guarded(t testing.TB, spec Spec, windows ...Window) *Firewall {
	t.Helper()
	if spec.Functions == 0 {
		spec.Functions = 3
	}
	f := New(spec)
	for _, w := range windows {
		require.NoError(t, f.Open(Network).Add(w))
	}
	return f
}

func window(s Space, f Function, from, to uint64, r Right) Window {
	return Window{Space: s, Function: f, From: from, To: to, Rights: r}
}

// What PCIe answers: nothing where the windows admit, UR at what belongs to others or to nobody, CA at the requester's
// own that is used wrongly, and silence to posted writes.
func TestAnswers(t *testing.T) {
	f := guarded(t, Spec{},
		window(BAR, VF(0), 100, 200, Read|Write),
		window(BAR, VF(0), 200, 300, Read),
		window(BAR, VF(1), 300, 400, Read|Write),
		window(Queue, VF(0), 0, 4, Write),
		window(DMA, VF(0), 1<<30, 2<<30, Read|Write),
		window(DMA, VF(1), 2<<30, 3<<30, Read|Write))
	for _, c := range []struct {
		name string
		a    Access
		want Answer
	}{
		{"own register", Access{VF(0), BAR, Read, 100, 8}, Passed},
		{"last byte of it", Access{VF(0), BAR, Write, 199, 1}, Passed},
		{"over two windows that both let it read", Access{VF(0), BAR, Read, 196, 8}, Passed},
		{"over two windows of which one lets it write", Access{VF(0), BAR, Write, 196, 8}, Dropped},
		{"write to what it may read", Access{VF(0), BAR, Write, 200, 8}, Dropped},
		{"beyond the end of its window", Access{VF(0), BAR, Read, 296, 8}, Abort},
		{"another's register", Access{VF(0), BAR, Read, 300, 8}, Unsupported},
		{"another's register, written", Access{VF(0), BAR, Write, 300, 8}, Dropped},
		{"nobody's register", Access{VF(0), BAR, Read, 4000, 8}, Unsupported},
		{"the PF has no window here", Access{PF, BAR, Read, 100, 8}, Unsupported},
		{"own doorbell", Access{VF(0), Queue, Write, 3, 1}, Passed},
		{"another's doorbell", Access{VF(1), Queue, Write, 3, 1}, Dropped},
		{"no queue", Access{VF(0), Queue, Write, 4, 1}, Dropped},
		{"own memory", Access{VF(0), DMA, Read, 1 << 30, 4096}, Passed},
		{"another's memory, read", Access{VF(0), DMA, Read, 2 << 30, 4096}, Unsupported},
		{"another's memory, written", Access{VF(0), DMA, Write, 2 << 30, 4096}, Dropped},
		{"from its own into another's memory", Access{VF(0), DMA, Read, 2<<30 - 1, 2}, Abort},
		{"a read of no bytes still asks for its address", Access{VF(0), DMA, Read, 2 << 30, 0}, Unsupported},
		{"the end of the address space", Access{VF(0), DMA, Read, math.MaxUint64, 4096}, Unsupported},
		{"a function that is not there", Access{VF(7), BAR, Read, 100, 8}, Unsupported},
		{"the first that is not there", Access{VF(2), BAR, Read, 100, 8}, Unsupported},
	} {
		assert.Equal(t, c.want, f.Check(units.Time{}, c.a).Answer, c.name)
	}
	c := f.Counts(VF(0))
	assert.Equal(t, Counts{Checked: 17, Passed: 5, Unsupported: 5, Aborted: 2, Dropped: 5}, c)
	assert.Equal(t, c.Checked, c.Passed+c.Refused())
}

// Where no window is, the rule for unclaimed space decides; a window of anyone takes its range out of it.
func TestUnclaimedSpace(t *testing.T) {
	mine, theirs := window(BAR, VF(0), 0, 10, Read|Write), window(BAR, VF(1), 20, 30, Read|Write)
	f := guarded(t, Spec{PassUnclaimed: true}, mine, theirs)
	read := func(from, n uint64) Answer { return f.Judge(Access{VF(0), BAR, Read, from, units.Bytes(n)}) }
	assert.Equal(t, Passed, read(10, 10), "nobody's")
	assert.Equal(t, Passed, read(5, 10), "its own and nobody's")
	assert.Equal(t, Unsupported, read(15, 10), "nobody's and another's")
	assert.Equal(t, Passed, read(30, 1))
	assert.Equal(t, Passed, f.Judge(Access{VF(0), DMA, Read, 25, 1}), "another space has windows of its own")
	require.NoError(t, f.Open(Network).Remove(theirs))
	assert.Equal(t, Passed, read(15, 10), "a window that is gone protects nothing")

	strict := guarded(t, Spec{}, mine)
	assert.Equal(t, Unsupported, strict.Judge(Access{VF(0), BAR, Read, 10, 1}))
}

// Only the network's side changes windows, whatever the host tries.
func TestOnlyTheNetworkConfigures(t *testing.T) {
	w := window(BAR, VF(0), 0, 10, Read)
	f := guarded(t, Spec{Windows: 2}, w)
	for name, c := range map[string]Config{"host": f.Open(Host), "nobody": {}} {
		assert.ErrorIs(t, c.Add(window(BAR, PF, 0, 10, Read)), ErrSide, name)
		assert.ErrorIs(t, c.Remove(w), ErrSide, name)
		assert.ErrorIs(t, c.Disable(), ErrSide, name)
	}
	assert.Equal(t, []Window{w}, f.Windows())
	assert.True(t, f.Enabled())
	net := f.Open(Network)
	for name, bad := range map[string]Window{
		"empty": window(BAR, PF, 10, 10, Read), "backwards": window(BAR, PF, 10, 5, Read), "no rights": window(BAR, PF, 0, 1, 0),
		"no such space": window(9, PF, 0, 1, Read), "overlap": window(BAR, VF(0), 9, 12, Read), "no such right": window(BAR, PF, 0, 1, 8),
	} {
		assert.ErrorIs(t, net.Add(bad), ErrWindow, name)
	}
	assert.ErrorIs(t, net.Remove(window(BAR, VF(0), 0, 10, Write)), ErrWindow)
	require.NoError(t, net.Add(window(BAR, VF(1), 0, 10, Read)), "another function may share a range")
	assert.ErrorIs(t, net.Add(window(BAR, PF, 0, 10, Read)), ErrWindow, "the third does not fit")

	require.NoError(t, net.Disable())
	assert.Equal(t, Passed, f.Check(units.Time{}, Access{PF, BAR, Write, 5, 1}).Answer)
}

// Reports are rate-limited by a token bucket; every refusal is counted all the same.
func TestReportsAreRateLimited(t *testing.T) {
	f := guarded(t, Spec{Reports: Reports{Every: units.Millisecond, Burst: 16}})
	for i := range 100_000 {
		at := units.At(units.Duration(i) * units.Microsecond) // a million a second, for 0.1 s
		v := f.Check(at, Access{VF(0), BAR, Read, 0, 8})
		require.Equal(t, Unsupported, v.Answer)
		require.Equal(t, i < 16, v.Reported && i < 1000, "access %d", i)
	}
	reported, silent := f.Telemetry()
	assert.InDelta(t, 16+100, reported, 1)
	assert.Equal(t, uint64(100_000), reported+silent)
	assert.Equal(t, uint64(100_000), f.Counts(VF(0)).Unsupported)
	assert.Equal(t, uint64(100_000), f.Checks())
}

// A function that rings or moves too much is refused the excess; the others are not.
func TestLimits(t *testing.T) {
	f := guarded(t, Spec{Limit: Limit{Doorbell: units.Microsecond, Burst: 4, DMA: 8 * units.Gbps, Bytes: 4096}},
		window(Queue, VF(0), 0, 4, Write), window(Queue, VF(1), 4, 8, Write),
		window(DMA, VF(0), 0, 1<<20, Read|Write))
	passed, neighbour := 0, 0
	for i := range 10_000 {
		at := units.At(units.Duration(i) * 100 * units.Nanosecond) // 10 M/s against 1 M/s
		v := f.Check(at, Access{VF(0), Queue, Write, 1, 1})
		if v.Answer == Passed {
			passed++
		} else {
			require.True(t, v.Throttled)
			require.Equal(t, Dropped, v.Answer)
		}
		if i%10 == 0 && f.Check(at, Access{VF(1), Queue, Write, 5, 1}).Answer == Passed {
			neighbour++
		}
	}
	assert.InDelta(t, 1000+4, passed, 1)
	assert.Equal(t, 1000, neighbour)
	assert.Equal(t, uint64(10_000-passed), f.Counts(VF(0)).Throttled)

	bytes := 0
	for i := range 10_000 {
		v := f.Check(units.At(units.Duration(i)*100*units.Nanosecond), Access{VF(0), DMA, Read, 0, 500})
		if v.Answer == Passed {
			bytes += 500
		} else {
			require.Equal(t, Abort, v.Answer)
		}
	}
	assert.InDelta(t, 1_000_000+4096, bytes, 2*500, "8 Gbps for 1 ms are 1 MB")
	large := f.Check(units.At(units.Second), Access{VF(0), DMA, Write, 0, 64 * units.KiB})
	assert.Equal(t, Passed, large.Answer, "more than the bucket holds, but it is full")
}

// A bucket gives what it holds at once and no more, and a doorbell is back after its time to the picosecond.
func TestABucketGivesWhatItHolds(t *testing.T) {
	f := guarded(t, Spec{Limit: Limit{Doorbell: units.Microsecond, Burst: 4}}, window(Queue, VF(0), 0, 4, Write))
	rings := func(at units.Duration) bool {
		return f.Check(units.At(at), Access{VF(0), Queue, Write, 1, 1}).Answer == Passed
	}
	for i := range 5 {
		assert.Equal(t, i < 4, rings(0), "doorbell %d", i)
	}
	assert.False(t, rings(units.Microsecond-1))
	assert.True(t, rings(units.Microsecond))
	assert.False(t, rings(units.Microsecond))
}

// An access of no bytes takes the token of one, or a function could ask without end.
func TestNothingIsNotFree(t *testing.T) {
	f := guarded(t, Spec{Limit: Limit{DMA: 8 * units.Gbps, Bytes: 4}}, window(DMA, VF(0), 0, 1<<20, Read))
	for i := range 5 {
		assert.Equal(t, i < 4, f.Check(units.Time{}, Access{VF(0), DMA, Read, 0, 0}).Answer == Passed, "access %d", i)
	}
}

// A window reaches to the last address, which is 2^64 - 1 and is no one's, and so do accesses.
func TestTheLastAddress(t *testing.T) {
	f := guarded(t, Spec{}, window(DMA, VF(0), 1<<63, math.MaxUint64, Read))
	assert.Equal(t, Passed, f.Judge(Access{VF(0), DMA, Read, math.MaxUint64 - 8, 8}))
	assert.NotEqual(t, Passed, f.Judge(Access{VF(0), DMA, Read, math.MaxUint64 - 7, 8}))
}

// Without limits nothing is throttled.
func TestNoLimits(t *testing.T) {
	f := guarded(t, Spec{PassUnclaimed: true})
	for range 1000 {
		require.Equal(t, Passed, f.Check(units.Time{}, Access{VF(0), Queue, Write, 1, 1}).Answer)
		require.Equal(t, Passed, f.Check(units.Time{}, Access{VF(0), DMA, Write, 1, 4096}).Answer)
	}
}
