package units

import (
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestScaleAnchors(t *testing.T) {
	assert.Equal(t, 120*Nanosecond, (100 * Gbps).TimeToSend(1500))
	assert.Equal(t, Bytes(1500), (100 * Gbps).BytesIn(120*Nanosecond))
	assert.Equal(t, Bytes(1499), (100 * Gbps).BytesIn(120*Nanosecond-1))
	assert.Equal(t, Second, (3 * GHz).Span(3_000_000_000))
	assert.Equal(t, At(Second), (3 * GHz).Edge(3_000_000_000))
	assert.Equal(t, Duration(334), (3 * GHz).Span(1), "a third of a nanosecond rounds up")
	assert.Equal(t, Joule(25), (25 * Watt).Over(Second))
	assert.Equal(t, Femtojoule, Milliwatt.Over(Picosecond))
	// 2 TB at 1 bit/s is beyond 64-bit intermediate products.
	assert.Equal(t, 8*Second, Gbps.TimeToSend(1_000_000_000))
	assert.Equal(t, Bytes(0), BitPerSecond.BytesIn(8*Second-1))
	assert.Equal(t, Bytes(1), BitPerSecond.BytesIn(8*Second))
}

// Joule is a helper of the test: the package needs no name for it.
func Joule(n int64) Energy { return Energy(n) * 1_000_000 * Nanojoule * 1000 }

func ceilDiv(a, b *big.Int) *big.Int {
	q, r := new(big.Int).QuoRem(a, b, new(big.Int))
	if r.Sign() > 0 {
		q.Add(q, big.NewInt(1))
	}
	return q
}

func product(a, b int64) *big.Int { return new(big.Int).Mul(big.NewInt(a), big.NewInt(b)) }

func TestTimeToSendIsExactlyRoundedUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.Int64Range(1_000_000, 1_600_000_000_000).Draw(t, "rate")
		size := rapid.Int64Range(0, 1<<36).Draw(t, "size")
		want := ceilDiv(product(size, 8e12), big.NewInt(rate))
		got := Rate(rate).TimeToSend(Bytes(size))
		require.Equal(t, want.Int64(), int64(got))
		// What was sent in that time is what there was to send: the rounding loses no byte.
		require.GreaterOrEqual(t, Rate(rate).BytesIn(got), Bytes(size))
		floor := new(big.Int).Quo(product(rate, int64(got)), big.NewInt(8e12))
		require.Equal(t, floor.Int64(), int64(Rate(rate).BytesIn(got)))
	})
}

func TestEdgesAgainstBigIntegers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		freq := rapid.Int64Range(1, 10_000_000_000).Draw(t, "freq")
		at := rapid.Int64Range(0, int64(100*24*time.Hour/time.Millisecond)*1_000_000_000).Draw(t, "at")
		f, n := Freq(freq), Cycles(0)
		n = f.NextEdge(At(Duration(at)))
		edge := ceilDiv(product(int64(n), 1e12), big.NewInt(freq))
		require.Equal(t, edge.Int64(), f.Edge(n).Ps())
		require.Equal(t, edge.Int64(), int64(f.Span(n)))
		require.GreaterOrEqual(t, edge.Int64(), at, "an edge at or after the instant")
		if n > 0 {
			before := ceilDiv(product(int64(n)-1, 1e12), big.NewInt(freq))
			require.Less(t, before.Int64(), at, "and the first one")
		}
	})
}

func TestEdgesDoNotDrift(t *testing.T) {
	// 322.265625 MHz is the clock of 25G Ethernet at 66 bits a cycle; its period is no whole number of picoseconds.
	f := Freq(322_265_625)
	assert.Equal(t, At(1000*Second), f.Edge(322_265_625_000))
	assert.Equal(t, Cycles(322_265_625_000), f.NextEdge(At(1000*Second)))
	assert.Equal(t, Cycles(322_265_625_001), f.NextEdge(At(1000*Second+1)))
}

func TestInstants(t *testing.T) {
	a, b := At(5*Nanosecond), At(7*Nanosecond)
	assert.True(t, a.Before(b) && b.After(a) && !a.Before(a) && !a.After(a))
	assert.Equal(t, 2*Nanosecond, b.Sub(a))
	assert.Equal(t, -2*Nanosecond, a.Sub(b))
	assert.Equal(t, b, a.Add(2*Nanosecond))
	assert.Equal(t, b, Later(a, b))
	assert.Equal(t, b, Later(b, a))
	assert.True(t, Forever.After(At(100*24*3600*Second)))
	assert.InDelta(t, 0.000_001_5, (1500 * Nanosecond).Seconds(), 1e-18)
	assert.InDelta(t, 1.5, (1500 * Picosecond).Ns(), 1e-12)
}
