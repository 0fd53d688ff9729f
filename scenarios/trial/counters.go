package trial

import (
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Counters are what became of the packets of one class and direction. Packets sent in the measured window are followed to
// their end, however late; throughput counts what arrives in the window, whenever it was sent.
type Counters struct {
	stats.Meter
	Arrived        stats.Count
	Latency, chain *stats.Histogram // nil where they are forgotten
	// least is the shortest time on the way of all packets of the run, those before the window too, when no queue had grown yet; any
	// says that there is one.
	Least       units.Duration
	Any         bool
	Jitter      stats.Jitter
	Marked      uint64 // of those delivered
	tooDeep     uint64 // sent packets whose headers a chip's parser does not reach
	Sent, Ended Timeline
}

func NewCounters() *Counters {
	return &Counters{Latency: stats.NewHistogram(), chain: stats.NewHistogram()}
}

// newCountersOf is newTally for packets of a window.
func newCountersOf(from, to units.Time) *Counters {
	t := NewCounters()
	t.Sent, t.Ended = NewTimeline(from, to), NewTimeline(from, to)
	return t
}

// forget lets go of the histograms, once their quantiles are known.
func (t *Counters) forget() {
	t.Latency, t.chain = nil, nil
}

// took notes how long a packet was on its way.
func (t *Counters) took(way units.Duration) {
	if !t.Any || way < t.Least {
		t.Least, t.Any = way, true
	}
}

// merge adds the tally of other packets.
func (t *Counters) merge(o *Counters) {
	t.Meter.Merge(&o.Meter)
	t.Arrived.Merge(o.Arrived)
	t.Latency.Merge(o.Latency)
	t.chain.Merge(o.chain)
	t.Jitter.Merge(o.Jitter)
	t.Marked += o.Marked
	t.tooDeep += o.tooDeep
	t.Sent.merge(&o.Sent)
	t.Ended.merge(&o.Ended)
	if o.Any {
		t.took(o.Least)
	}
}

// Recorder sorts what the engine reports into counters.
type Recorder struct {
	From, To   units.Time
	Counters   []*Counters
	CountersOf []int32 // by source
	jitters    []*stats.FlowJitter
	ServerOf   []int // by source of traffic
	// onEnd, when set, is told what became of each packet and copy: a drop reason or -1. Tests use it.
	onEnd     func(p *packet.Packet, reason int)
	Listeners []listener // by source; nil where nobody listens
	Watchers  []watcher
	Copies    owner // of packets, nil where nobody makes any
	Others    owner // of the packets of sources without a tally, which come behind all others
	// stays is by source how long packets were on their way within the window, as far as no latency says so.
	Stays []uint64
	// transient, when set, is told of each packet's latency, measured or not.
	transient *stats.Transient
}

// AddSource says into which tally the packets of the next source go, and how many of its flows are followed for jitter.
func (r *Recorder) AddSource(counters, flows int) {
	r.CountersOf = append(r.CountersOf, int32(counters))
	r.jitters = append(r.jitters, stats.NewFlowJitter(flows))
}

// close completes the tallies after the run.
func (r *Recorder) close() {
	for i, j := range r.jitters {
		r.Counters[r.CountersOf[i]].Jitter.Merge(j.Result())
	}
}

// Measured reports whether a packet counts: it was sent in the window.
func (r *Recorder) Measured(p *packet.Packet) bool {
	return !p.Sent.Before(r.From) && p.Sent.Before(r.To)
}

// offered is told of each packet as it is sent.
func (r *Recorder) offered(p *packet.Packet) {
	if !p.Sent.Before(r.To) {
		return
	}
	t := r.Counters[r.CountersOf[p.Source()]]
	t.Sent.Add(p.Sent)
	if r.Measured(p) {
		t.Offered.Add(units.Bytes(p.Bytes[packet.Plain]))
		if p.Parsed != packet.Seen && p.Parsed != packet.PuntedPiece {
			t.tooDeep++
		}
	}
}

// Delivered is sim.Recorder.
func (r *Recorder) Delivered(p *packet.Packet, at units.Time) {
	if r.onEnd != nil {
		r.onEnd(p, -1)
	}
	if r.transient != nil && p.Copy == 0 {
		r.transient.Record(p.Sent, at.Sub(p.Sent))
	}
	source := p.Source()
	if source >= len(r.CountersOf) {
		r.countStay(p, at)
		r.Others.Ended(p, at, true)
		return
	}
	if p.Copy != 0 {
		r.Copies.Ended(p, at, true)
		return
	}
	for _, w := range r.Watchers {
		w.Watch(p, at, -1)
	}
	if source < len(r.Listeners) && r.Listeners[source] != nil {
		r.Listeners[source].Heard(source, p, at)
	}
	t := r.Counters[r.CountersOf[source]]
	t.Ended.Add(at)
	t.took(at.Sub(p.Sent))
	frame := units.Bytes(p.Bytes[packet.Plain])
	if !at.Before(r.From) && at.Before(r.To) {
		t.Arrived.Add(frame)
	}
	if !r.Measured(p) {
		r.countStay(p, at)
		return
	}
	t.Meter.Delivered.Add(frame)
	if p.CE {
		t.Marked++
	}
	r.trimStay(source, at)
	t.Latency.Record(at.Sub(p.Sent))
	t.chain.Record(p.ChainTime)
	r.jitters[source].Record(p.Flow, p.Seq(), p.Sent, at)
}

// Dropped is sim.Recorder.
func (r *Recorder) Dropped(p *packet.Packet, at units.Time, reason uint8) {
	if r.onEnd != nil {
		r.onEnd(p, int(reason))
	}
	r.countStay(p, at)
	if p.Source() >= len(r.CountersOf) {
		r.Others.Ended(p, at, false)
		return
	}
	if p.Copy != 0 {
		r.Copies.Ended(p, at, false)
		return
	}
	for _, w := range r.Watchers {
		w.Watch(p, at, int(reason))
	}
	t := r.Counters[r.CountersOf[p.Source()]]
	t.Ended.Add(at)
	if r.Measured(p) {
		t.Meter.Dropped[reason].Add(units.Bytes(p.Bytes[packet.Plain]))
	}
}
