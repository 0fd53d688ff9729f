package traffic

import (
	"errors"
	"math/bits"
	"math/rand/v2"

	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Bursts lays packets out in bursts: those of one burst are all due at its beginning.
type Bursts struct {
	// Bytes is how many bytes of frames, FCS included, a burst has: the packet that reaches it is the last. Every is the time from
	// burst to burst, Spread the range in which each one's beginning is drawn, shorter than Every.
	Bytes         units.Bytes
	Every, Spread units.Duration
}

// bursts is where a source is in its bursts.
type bursts struct {
	Bursts
	draw *rand.PCG
	// period is when the burst's period began, due when the burst is, in ps; left is how many bytes it has still to send.
	period, due, left int64
}

// bursts returns the pacing of the configuration, nil without any.
func (c *Config) bursts() (*bursts, error) {
	switch b := c.Bursts; {
	case b == nil:
		return nil, nil
	case b.Bytes <= 0 || b.Every <= 0:
		return nil, errors.New("a burst has a size and a period above 0")
	case b.Spread < 0 || b.Spread >= b.Every:
		return nil, errors.New("bursts spread by less than their period")
	}
	b := &bursts{Bursts: *c.Bursts, draw: rng.NewSource(c.Seed, c.Replication, c.Name+"/bursts")}
	b.begin(c.Start.Ps())
	return b, nil
}

// begin begins the burst of a period.
func (b *bursts) begin(period int64) {
	late, _ := bits.Mul64(b.draw.Uint64(), uint64(b.Spread))
	b.period, b.due, b.left = period, period+int64(late), int64(b.Bytes)
}

// next returns when a packet of a length is due.
func (b *bursts) next(frame uint32) int64 {
	if b.left <= 0 {
		b.begin(b.period + int64(b.Every))
	}
	b.left -= int64(frame)
	return b.due
}
