package demand

import (
	"math"

	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Incast makes a class of servers that answer one of their number all at once, again and again, as those of a partitioned
// search do.
type Incast struct {
	// To is the number of the server that they send to.
	To int `yaml:"to" strict:"min=0"`
	// Senders is how many of the other servers send, the first by number; 0 for all.
	Senders int `yaml:"senders" strict:"min=0"`
	// Burst is what each sends at once, in bytes of frames with FCS: whole frames, the last may go beyond it. Every is the time from burst
	// to burst.
	Burst units.Bytes    `yaml:"burst"`
	Every units.Duration `yaml:"every"`
	// Spread is the range in which the senders' starts differ, anew for each burst; with 0 all start at once.
	Spread units.Duration `yaml:"spread"`
}

// UnmarshalStrict decodes and checks what a class of its own can.
func (c *Incast) UnmarshalStrict(n *strict.Node) {
	type plain Incast
	if !n.Decode((*plain)(c)) {
		return
	}
	switch {
	case c.Burst <= 0:
		n.At("burst").Errorf("expected what each sender sends at once, such as burst: 64kB, got %s", c.Burst)
	case c.Every <= 0:
		n.At("every").Errorf("expected a time from burst to burst, such as every: 1ms, got %s", c.Every)
	case c.Spread < 0 || c.Spread >= c.Every:
		n.At("spread").Errorf("expected a time shorter than that from burst to burst, %s, got %s", c.Every, c.Spread)
	}
}

// SendsTo reports whether a server is one of the senders.
func (c *Incast) SendsTo(server int) bool {
	rank := server
	if server > c.To {
		rank--
	}
	return server != c.To && (c.Senders == 0 || rank < c.Senders)
}

// Under returns the incast with bursts that make a load, counted like all traffic's, of the given sizes; nil for nil.
func (c *Incast) Under(load units.Rate, sizes Sizes) *Incast {
	if c == nil {
		return nil
	}
	scaled, mean := *c, sizes.mean()
	scaled.Burst = max(1, units.Bytes(float64(load)*c.Every.Seconds()/8*mean/(mean+traffic.Overhead)))
	return &scaled
}

// mean returns the mean frame.
func (s Sizes) mean() float64 {
	bytes, weights := 0.0, 0.0
	for _, w := range s {
		bytes += float64(w.Size) * float64(w.Weight)
		weights += float64(w.Weight)
	}
	return bytes / weights
}

// incast makes a class of bursts to one server.
func (t *Traffic) incast(n *strict.Node) {
	for _, key := range []string{"pcap", "syn_flood", "load", "arrivals", "direction", "pattern", "servers"} {
		if n.Has(key) {
			n.At(key).Errorf("%s does not go with incast, whose bursts are its load", key)
		}
	}
	if !n.Has("sizes") {
		t.Sizes = Sizes{{traffic.MaxStandard, 1}}
	}
	t.fillIncast()
}

// fillIncast sets what follows from the bursts. The load is one sender's.
func (t *Traffic) fillIncast() {
	c := t.Incast
	t.Pattern = Pattern{EastWest: units.Whole, Set: true}
	t.Load = Load{Rate: 1, Set: true}
	if mean := t.Sizes.mean(); c.Every > 0 && c.Burst > 0 && mean > 0 {
		frames := math.Ceil(float64(c.Burst) / mean)
		t.Load.Rate = max(1, units.Rate(frames*8*(mean+traffic.Overhead)/c.Every.Seconds()))
	}
}
