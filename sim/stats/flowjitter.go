package stats

import "github.com/dsnsim/dsnsim/sim/units"

// DefaultFlows is the number of flows that a FlowJitter tracks unless told otherwise: 32 MB when all of them come.
const DefaultFlows = 1 << 20

// FlowJitter follows the packets of each flow as they arrive, for jitter and reordering. Flows do not influence each
// other, so the result does not depend on how they interleave. Flow numbers are dense, from 0, and belong to one
// source: two sources need two of them.
type FlowJitter struct {
	flows []flowState
	limit int
	// totals is complete except for smooth, which needs the last state of every flow.
	totals Jitter
}

// flowState is 32 bytes, two to a cache line.
type flowState struct {
	// nextExp is one more than the highest sequence number so far, and 0 before the first packet.
	nextExp uint64
	// transit is the latency of the latest packet.
	transit units.Duration
	// smooth is 16 times the smoothed jitter, in ps.
	smooth int64
	// pairs counts the packets after the first.
	pairs uint64
}

// NewFlowJitter returns a tracker of the flows 0 to limit-1. Its memory grows with the highest flow number seen, to at
// most 32 bytes a flow. Packets of higher flows are counted as untracked.
func NewFlowJitter(limit int) *FlowJitter { return &FlowJitter{limit: limit} }

// Record adds a packet in the order of arrival. seq is the sender's sequence number: it grows along the flow but may
// skip numbers, so one counter for all the flows of a source will do. Latencies of a flow may differ by up to 6 days.
func (f *FlowJitter) Record(flow uint32, seq uint64, sent, received units.Time) {
	if int(flow) >= len(f.flows) && !f.grow(int(flow)) {
		f.totals.Untracked++
		return
	}
	s, transit := &f.flows[flow], received.Sub(sent)
	if s.nextExp != 0 {
		d := transit - s.transit
		if d < 0 {
			d = -d
		}
		s.pairs++
		s.smooth += int64(d) - (s.smooth+8)>>4
		f.totals.Pairs++
		f.totals.variation.add(uint64(d))
	}
	s.transit = transit
	f.totals.Tracked++
	if seq < s.nextExp {
		f.totals.Reordered++
		return
	}
	s.nextExp = seq + 1
}

// grow makes room for a flow, and for as many again to keep growing cheap. It reports whether the limit allows it.
func (f *FlowJitter) grow(flow int) bool {
	if flow >= f.limit {
		return false
	}
	flows := make([]flowState, min(f.limit, max(2*len(f.flows), flow+1, 64)))
	copy(flows, f.flows)
	f.flows = flows
	return true
}

// Result returns what was measured so far. Its cost grows with the number of flows.
func (f *FlowJitter) Result() Jitter {
	r := f.totals
	for i := range f.flows {
		r.smooth.addProduct(uint64(f.flows[i].smooth), f.flows[i].pairs)
	}
	return r
}

// Jitter is the jitter and reordering of packets of many flows. The zero value has no packets.
type Jitter struct {
	// Tracked and Untracked count the received packets. Only the tracked ones enter any other figure.
	Tracked, Untracked uint64
	// Pairs counts the packets that have a predecessor in their flow.
	Pairs uint64
	// Reordered counts the packets that arrived after one of their flow with a higher sequence number.
	Reordered uint64

	variation sum // of |D(i) - D(i-1)| over all pairs, in ps
	smooth    sum // of 16 J * pairs over all flows, in ps
}

// Merge adds the figures of other flows, or of other runs, in any order.
func (j *Jitter) Merge(o Jitter) {
	j.Tracked += o.Tracked
	j.Untracked += o.Untracked
	j.Pairs += o.Pairs
	j.Reordered += o.Reordered
	j.variation.merge(o.variation)
	j.smooth.merge(o.smooth)
}

// IPDV returns the mean of |D(i) - D(i-1)| to the nearest picosecond, where D is the latency and i and i-1 are packets
// of one flow that arrived one after the other (RFC 3393 with that selection; lost packets are skipped, reordered ones
// are not). It is 0 when no flow had two packets.
func (j *Jitter) IPDV() units.Duration { return units.Duration(j.variation.mean(j.Pairs)) }

// RFC3550 returns the interarrival jitter J of RFC 3550 (6.4.1, in the integer form of A.8 that keeps 4 fractional
// bits), to the nearest picosecond: the J that each flow ends with, in the mean over the flows. A flow counts
// in proportion to its number of packets after the first, that is of updates of its J, so that a flow of one packet,
// which has no jitter, does not dilute the mean. J starts at 0 and gets within a tenth of its level after 36 packets:
// flows shorter than that read low, in this figure as in an RTCP report.
func (j *Jitter) RFC3550() units.Duration { return units.Duration(j.smooth.mean(16 * j.Pairs)) }

// ReorderRatio returns the reordered share of the tracked packets, from 0 to 1, by the definition of a reordered packet
// in RFC 4737: its sequence number is below the next expected one, which is one above the highest so far. A lost
// packet reorders nothing.
func (j *Jitter) ReorderRatio() float64 { return ratio(j.Reordered, j.Tracked) }

// ratio returns part/whole, and 0 of nothing.
func ratio(part, whole uint64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}
