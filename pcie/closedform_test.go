package pcie

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/units"
)

// saturated returns a configuration that keeps a calm device's link full: it has under way what the closed form moves
// in a microsecond, twice the latency.
func saturated(l Link, op Op, n units.Bytes) Config {
	c := calmConfig(l, op, n)
	inFlight := int64(ClosedForm(l, op, n))/8/int64(n)*int64(units.Microsecond)/int64(units.Second) + 16
	c.Device.Contexts = int(inFlight)
	c.Transfers = 10*c.Device.Contexts + 1000
	return c
}

// For a device and a host without limits the simulation and the arithmetic are the same thing.
func TestSaturationIsTheClosedForm(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	rapid.Check(t, func(t *rapid.T) {
		l, err := NewLink(rapid.IntRange(1, 6).Draw(t, "gen"), rapid.SampledFrom([]int{1, 2, 4, 8, 16}).Draw(t, "lanes"),
			rapid.SampledFrom(PayloadSizes).Draw(t, "mps"), rapid.SampledFrom(PayloadSizes).Draw(t, "mrrs"), 64)
		require.NoError(t, err)
		n := units.Bytes(rapid.Int64Range(1, 4096).Draw(t, "n"))
		op := rapid.SampledFrom([]Op{Read, Write, ReadWrite}).Draw(t, "op")
		c := saturated(l, op, n)
		c.Transfers += 10_000 // what is under way at both ends of a slow link's run would be over 1% of a short one
		p, err := Run(c)
		require.NoError(t, err)
		// Places at random: where they fall is chance, so the share that crosses 4 KiB is that of 10,000 draws.
		require.InEpsilon(t, gbps(ClosedFormIn(l, op, n, c.Window)), gbps(p.Bandwidth), 0.003, "places at random")
		c.Window = stride(n) // one place, aligned
		p, err = Run(c)
		require.NoError(t, err)
		require.InEpsilon(t, gbps(p.ClosedForm), gbps(p.Bandwidth), 0.005, "aligned places")
	})
}

// Each size from 1 to 4096 B once, on the link of the measurements; with DSNSIM_HEAVY for each operation.
func TestSaturationIsTheClosedFormForEverySize(t *testing.T) {
	l := measuredLink(t)
	for _, op := range []Op{Read, Write, ReadWrite} {
		t.Run(op.String(), func(t *testing.T) {
			t.Parallel()
			first, apart := units.Bytes(1+int64(op)), units.Bytes(3) // the three subtests share the sizes
			if os.Getenv("DSNSIM_HEAVY") != "" {
				first, apart = 1, 1
			}
			for n := first; n <= 4096; n += apart {
				c := saturated(l, op, n)
				transfers, span := saturate(c)
				got := float64(transfers) * float64(n) * 8 / float64(span) * 1000
				if op == ReadWrite {
					got /= 2
				}
				require.InEpsilon(t, gbps(ClosedForm(l, op, n)), got, 0.01, "%d B, aligned", n)
				require.InEpsilon(t, gbps(ClosedFormIn(l, op, n, c.Window)), got, 0.005, "%d B, anywhere", n)
			}
		})
	}
}

// In a window of one place the two closed forms are the same; in one of whole pages, the one of any place is that of each
// place in turn; and it is never above the other, since crossing 4 KiB only costs.
func TestClosedFormOfAnyPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := anyLink(t)
		n := units.Bytes(rapid.Int64Range(1, 4096).Draw(t, "n"))
		op := rapid.SampledFrom([]Op{Read, Write, ReadWrite}).Draw(t, "op")
		require.Equal(t, ClosedForm(l, op, n), ClosedFormIn(l, op, n, stride(n)))
		places := units.Bytes(rapid.Int64Range(1, 300).Draw(t, "places"))
		var up, down units.Bytes
		for k := range places {
			u, d := l.wireBytesAt(op, base+uint64(k*stride(n)), n)
			up, down = up+u, down+d
		}
		want := units.Rate(scale(uint64(l.Rate()), uint64(n*places), uint64(max(up, down))))
		require.Equal(t, want, ClosedFormIn(l, op, n, places*stride(n)))
		require.LessOrEqual(t, want, ClosedForm(l, op, n))
	})
}

// The DSN's own device on a real host comes up to the closed form too, except where its 768 tags do not suffice.
func TestASICReachesTheClosedForm(t *testing.T) {
	l := measuredLink(t)
	for _, op := range []Op{Read, Write, ReadWrite} {
		for n := units.Bytes(16); n <= 4096; n *= 2 {
			p, err := Run(Config{Link: l, Device: ASIC(), Host: HaswellE52637v3(), Op: op, Size: n, Window: 8 * units.KiB, Transfers: 30_000, Pings: 10})
			require.NoError(t, err)
			assert.InEpsilon(t, gbps(p.ClosedForm), gbps(p.Bandwidth), 0.01, "%s of %d B", op, n)
		}
	}
}

func TestTagsLimitReads(t *testing.T) {
	c := calmConfig(measuredLink(t), Read, 64)
	c.Device.Tags = 8
	p, err := Run(c)
	require.NoError(t, err)
	// A tag is out for the latency of a read less Setup, which comes before it.
	assert.InEpsilon(t, 8*float64(units.Second)/float64(p.P50-c.Device.Setup), float64(p.Transfers), 0.01)
}

func TestPostedCreditsLimitWrites(t *testing.T) {
	c := calmConfig(measuredLink(t), Write, 64)
	c.Host.Credits.PostedHeaders = 4
	p, err := Run(c)
	require.NoError(t, err)
	roundTrip := c.Link.Rate().TimeToSend(88) + 2*120*ns + c.Host.Commit // wire, there and back, commit
	assert.InEpsilon(t, 4*float64(units.Second)/float64(roundTrip), float64(p.Transfers), 0.01)
}

func TestOpNames(t *testing.T) {
	for _, op := range []Op{Read, Write, ReadWrite} {
		got, err := ParseOp(op.String())
		require.NoError(t, err)
		assert.Equal(t, op, got)
	}
	_, err := ParseOp("erase")
	require.ErrorContains(t, err, `op "erase": expected read, write or readwrite`)
}
