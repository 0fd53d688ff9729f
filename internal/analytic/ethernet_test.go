package analytic

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dsnsim/dsnsim/sim/units"
)

// The rates in packets/s are those of any data sheet that quotes line rate.
func TestPacketRates(t *testing.T) {
	for _, c := range []struct {
		link  units.Rate
		frame units.Bytes
		want  float64
	}{
		{100 * units.Gbps, 400, 29_761_905},
		{100 * units.Gbps, 64, 148_809_524},
		{10 * units.Gbps, 64, 14_880_952},
		{units.Gbps, 64, 1_488_095},
		{10 * units.Gbps, 1518, 812_744},
		{25 * units.Gbps, 64, 37_202_381},
	} {
		assert.InDelta(t, c.want, PacketRate(c.link, c.frame), 0.5, "%d B", c.frame)
	}
	assert.InDelta(t, PacketRate(units.Gbps, 64), PacketRate(units.Gbps, 40), 0, "a short frame is padded")
}

func TestEthernetTimes(t *testing.T) {
	assert.Equal(t, 120*units.Nanosecond, Serialisation(100*units.Gbps, 1500))
	assert.Equal(t, 6720*units.Picosecond, FrameInterval(100*units.Gbps, 64))
	assert.Equal(t, units.Duration(33_600), FrameInterval(100*units.Gbps, 400))
	assert.Equal(t, units.Bytes(84), WireSize(1))
	assert.Equal(t, units.Bytes(1538), WireSize(1518))
	for frame := units.Bytes(64); frame < 9000; frame += 61 {
		interval := FrameInterval(25*units.Gbps, frame).Seconds()
		assert.InEpsilon(t, 1/PacketRate(25*units.Gbps, frame), interval, 1e-4)
	}
}
