package pcie

import (
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
		// The closed form takes aligned transfers. One of n bytes at a random place crosses 4 KiB with a probability of
		// n/4096 at most, and then takes one more header. Where a write and a read's request share the way away, that
		// is 2 x 24 B of n: 48/4096 = 1.17% in all, and a little more by the chance of where 10,000 places fall.
		share := gbps(p.Bandwidth) / gbps(p.ClosedForm)
		require.Greater(t, share, 1-0.0122, "places at random")
		require.Less(t, share, 1.001, "places at random")
		c.Window = stride(n) // one place, aligned
		p, err = Run(c)
		require.NoError(t, err)
		require.InEpsilon(t, gbps(p.ClosedForm), gbps(p.Bandwidth), 0.005, "aligned places")
	})
}

// Each size from 1 to 4096 B once, on the link of the measurements.
func TestSaturationIsTheClosedFormForEverySize(t *testing.T) {
	l := measuredLink(t)
	for _, op := range []Op{Read, Write, ReadWrite} {
		t.Run(op.String(), func(t *testing.T) {
			t.Parallel()
			for n := units.Bytes(1 + int64(op)); n <= 4096; n += 3 { // the three subtests share the sizes
				c := saturated(l, op, n)
				transfers, span := saturate(c)
				got := float64(transfers) * float64(n) * 8 / float64(span) * 1000
				if op == ReadWrite {
					got /= 2
				}
				require.InEpsilon(t, gbps(ClosedForm(l, op, n)), got, 0.01, "%d B", n)
			}
		})
	}
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
