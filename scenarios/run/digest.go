package run

import (
	"errors"
	"fmt"

	"github.com/dsnsim/dsnsim/sim/traffic"
)

// ErrStreams is the tool's own bug: placements that were offered different packets.
var ErrStreams = errors.New("placements were offered different packets")

// sameStreams complains unless every placement was offered the same packets in each replication.
func sameStreams(list []*plan) error {
	first := map[int]*outcome{} // by replication
	for _, p := range list {
		for r, o := range p.outcomes {
			switch {
			case o == nil:
				continue
			case first[r] == nil:
				first[r] = o
				continue
			}
			for i := range o.sources {
				if a, b := first[r].sources[i].digest, o.sources[i].digest; a != b {
					return fmt.Errorf("%w: source %d of replication %d, %s %016x, %s %016x", ErrStreams, i, r, first[r].placement, a, o.placement, b)
				}
			}
		}
	}
	return nil
}

// stream is the digest of the sources of one class and direction.
func (o *outcome) stream(tally int) digest {
	var d digest
	for i := range o.sources {
		if o.sources[i].tally == tally {
			d = digest(mix64(uint64(d) ^ uint64(o.sources[i].digest)))
		}
	}
	return d
}

// digest is a hash of what a source sent so far: of each packet when, how long, of which flow, and which record of the capture.
// Placements are compared on the same packets, and equal digests say that they were.
type digest uint64

// add adds the next packet.
func (d *digest) add(p *traffic.Packet) {
	h := uint64(*d) ^ uint64(p.At.Ps())
	h = mix64(h) ^ (uint64(p.Frame)<<32 | uint64(p.Flow))
	*d = digest(mix64(h ^ uint64(uint32(p.Record))<<7))
}

// mix64 is a bijection that changes half of all bits with any one.
// source: the finaliser of SplitMix64, in the public domain
func mix64(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
