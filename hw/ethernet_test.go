package hw

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/internal/analytic"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

func reference(t *testing.T) *profile.Profile {
	t.Helper()
	p, err := profile.Load("reference-100g")
	require.NoError(t, err)
	return p
}

// A frame is through after 8 B of preamble and itself; the next may follow 12 B later. The closed forms of
// internal/analytic share no code with the port.
func TestEthernetPortSendsAtLineRate(t *testing.T) {
	for _, rate := range []units.Rate{10 * units.Gbps, 25 * units.Gbps, 100 * units.Gbps, 400 * units.Gbps} {
		for _, frame := range []uint32{64, 65, 400, 1500, 1518, 9018} {
			s := station.NewFIFO(EthernetPort("port", rate, 0, stats.DropTorQueue))
			first, ok := s.Visit(units.At(units.Microsecond), frame, 0)
			require.True(t, ok)
			assert.Equal(t, rate.TimeToSend(8+units.Bytes(frame)), first.Out.Sub(first.Start))
			second, ok := s.Visit(units.At(units.Microsecond), frame, 0)
			require.True(t, ok)
			// Preamble with frame, and gap, are each rounded up to a picosecond.
			assert.InDelta(t, int64(analytic.FrameInterval(rate, units.Bytes(frame))), int64(second.Start.Sub(first.Start)), 1)
			assert.GreaterOrEqual(t, second.Start.Sub(first.Start), analytic.FrameInterval(rate, units.Bytes(frame)))
		}
	}
	s := station.NewFIFO(EthernetPort("port", 100*units.Gbps, 0, stats.DropTorQueue))
	v, _ := s.Visit(units.At(0), 1500, 0)
	assert.Equal(t, units.Duration(120_640), v.Out.Sub(v.Start), "1508 B at 80 ps")
}

// A port of 10 kB takes the frame that it sends and ten of 1000 B that wait; not an eleventh.
func TestEthernetPortDropsWhenItsBufferIsFull(t *testing.T) {
	s := station.NewFIFO(EthernetPort("port", units.Gbps, 10_000, stats.DropTorQueue))
	for i := range 14 {
		_, ok := s.Visit(units.At(0), 1000, 0)
		assert.Equal(t, i < 11, ok, "frame %d", i)
	}
	assert.EqualValues(t, 3, s.Usage().Drops)
	assert.EqualValues(t, stats.DropTorQueue, s.Usage().DropReason)
}

func TestCablePropagation(t *testing.T) {
	c := &reference(t).Cable
	assert.Equal(t, 500*units.Nanosecond, Cable(c, 100*units.Metre), "fibre, 5 ns a metre")
	assert.Equal(t, 23*units.Nanosecond, Cable(c, 5*units.Metre), "the longest copper, 4.6 ns a metre")
	assert.Equal(t, units.Duration(25_005), Cable(c, 5*units.Metre+1), "a millimetre more is fibre")
	assert.Zero(t, Cable(c, 0))
	assert.Equal(t, 500*units.Microsecond, Cable(c, 100_000*units.Metre), "the longest that a scenario may ask for")
	assert.Contains(t, CableName(c, "x", 5*units.Metre), "copper")
	assert.Contains(t, CableName(c, "x", 5*units.Metre+1), "fibre")
}

func TestPHYCountsBothEndsAndTheFEC(t *testing.T) {
	p := reference(t)
	for _, e := range p.Ethernet {
		got, err := PHY(p, e.Rate)
		require.NoError(t, err)
		assert.Equal(t, e.PhyTx.Value+e.PhyRx.Value+e.FECRx.Value, got, e.Rate)
	}
	_, err := PHY(p, 99*units.Gbps)
	require.ErrorContains(t, err, "profile reference-100g has no Ethernet figures for 99Gbps")
}
