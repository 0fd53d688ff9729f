package devices

import (
	"github.com/dsnsim/dsnsim/asic/keying"
	"github.com/dsnsim/dsnsim/scenarios/trial"
)

// keys is the set-up of ipsec's tunnels, where they do not have keys from the start.
type keys struct{ run *trial.Simulation }

func NewKeys(run *trial.Simulation) trial.Part { return &keys{run} }

// handshakes are the handshakes of a replication.
type handshakes keying.Counts

func (k *keys) Measure() trial.Measurement {
	if c, ok := k.run.Rack.Handshakes(); ok {
		return (*handshakes)(&c)
	}
	return nil
}

// Metrics adds what the set-up of tunnels took.
func (c *handshakes) Metrics(m map[string]float64, r *trial.RowData) {
	m["crypto.handshakes_per_second"] = float64(c.Done) / r.Window.Seconds()
	if c.Done > 0 {
		m["crypto.setup_latency.mean"] = c.Total.Ns() / float64(c.Done)
		m["crypto.setup_latency.max"] = c.Max.Ns()
	}
}
