package run

import "github.com/dsnsim/dsnsim/asic/keying"

// keys is the set-up of ipsec's tunnels, where they do not have keys from the start.
type keys struct{ job *job }

func newKeys(j *job) part { return &keys{j} }

// handshakes are those of a replication.
type handshakes keying.Counts

func (k *keys) measure() measurement {
	if c, ok := k.job.rack.Handshakes(); ok {
		return (*handshakes)(&c)
	}
	return nil
}

// metrics adds what the set-up of tunnels took.
func (c *handshakes) metrics(m map[string]float64, r *rowData) {
	m["crypto.handshakes_per_second"] = float64(c.Done) / r.window.Seconds()
	if c.Done > 0 {
		m["crypto.setup_latency.mean"] = c.Total.Ns() / float64(c.Done)
		m["crypto.setup_latency.max"] = c.Max.Ns()
	}
}
