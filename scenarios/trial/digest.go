package trial

import (
	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/traffic"
)

// Stream is the digest of the sources of one class and direction.
func (o *Outcome) Stream(counters int) Digest {
	var d Digest
	for i := range o.Sources {
		if o.Sources[i].Index == counters {
			d = Digest(rng.Mix(uint64(d) ^ uint64(o.Sources[i].Digest)))
		}
	}
	return d
}

// Digest is a hash of what a source sent so far: of each packet when, how long, of which flow, and which record of the capture.
// Placements are compared on the same packets, and equal digests say that they were.
type Digest uint64

// Add adds the next packet.
func (d *Digest) Add(p *traffic.Packet) {
	h := uint64(*d) ^ uint64(p.At.Ps())
	h = rng.Mix(h) ^ (uint64(p.Frame)<<32 | uint64(p.Flow))
	*d = Digest(rng.Mix(h ^ uint64(uint32(p.Record))<<7))
}
