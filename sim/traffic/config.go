package traffic

import (
	"fmt"
	"math/big"

	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Config is what all sources have in common.
type Config struct {
	// Name, Seed and Replication select the random streams; sources of a run have different names.
	Name        string
	Seed        uint64
	Replication int
	// LineRate is the rate of the link that the source sends on. A packet waits until the one before it has left.
	LineRate units.Rate
	// Load is what the source sends, at most what the line carries on average. The zero Load of a replay keeps the
	// recorded times.
	Load Load
	// Pacing lays the load out in time.
	Pacing Pacing
	// Bursts, when not nil, lays the packets of a synthetic source out instead of Pacing. The load follows from the bursts.
	Bursts *Bursts
	// Modulation, when not nil, makes the load of a synthetic source go up and down around its mean.
	Modulation *Modulation
	// Start is when the source begins: the first packet is due then, under Poisson pacing one gap later.
	Start units.Time
	// End, when not 0, is when nobody asks for packets any more: one that is due later may have any time from then on.
	End units.Time
}

// MaxRate is the fastest line: eight times the 1.6 Tbit/s of IEEE P802.3dj, so that it is no limit in practice.
const MaxRate = 12_800 * units.Gbps

// checkLineRate refuses a rate at which no wire runs.
func (c *Config) checkLineRate() error {
	if c.LineRate <= 0 || c.LineRate > MaxRate {
		return fmt.Errorf("line rate is %s, want above 0 and up to %s", c.LineRate, MaxRate)
	}
	return nil
}

// pacer returns the constant or Poisson pacing of the load, once the load is one that the line carries.
func (c *Config) pacer(packets, bytes *big.Int) (pacer, error) {
	switch c.Pacing {
	case Constant:
		return constant(c.Load, c.Start.Ps()), nil
	case Poisson:
		mean, _ := new(big.Rat).SetFrac(c.Load.total(packets, bytes), packets).Float64()
		return poisson(c.Load, c.Start.Ps(), mean, rng.New(c.Seed, c.Replication, c.Name+"/gaps")), nil
	}
	return pacer{}, fmt.Errorf("pacing is %s, want constant or poisson", c.Pacing)
}

// fail adds the name of the source to an error.
func (c *Config) fail(err error) error { return fmt.Errorf("traffic %s: %w", c.Name, err) }
