package trial

import (
	"github.com/dsnsim/dsnsim/scenarios/state"
	"github.com/dsnsim/dsnsim/sim/units"
)

// spans is in how many equal parts the measured window is cut to see whether queues grow.
const spans = 64

// Timeline counts instants by part of the measured window; those before it come first. Instants come nearly in order, so the part of
// the last one is kept.
type Timeline struct {
	from, to  units.Time
	every     units.Duration
	low, high units.Time // the part of the last instant
	last      int
	counts    [spans + 1]uint64
}

func NewTimeline(from, to units.Time) Timeline {
	return Timeline{from: from, to: to, every: max(1, (to.Sub(from)+spans-1)/spans)}
}

// Add counts an instant; one after the window does not count.
func (t *Timeline) Add(at units.Time) {
	if at.Before(t.low) || !at.Before(t.high) {
		t.seek(at)
	}
	if t.last <= spans {
		t.counts[t.last]++
	}
}

// seek finds the part of an instant.
func (t *Timeline) seek(at units.Time) {
	switch {
	case at.Before(t.from):
		t.low, t.high, t.last = units.Time{}, t.from, 0
	case !at.Before(t.to):
		t.low, t.high, t.last = t.to, units.Forever, spans+1
	default:
		n := at.Sub(t.from) / t.every
		t.low = t.from.Add(n * t.every)
		t.high, t.last = units.Earlier(t.low.Add(t.every), t.to), int(n)+1
	}
}

// merge adds the instants of another timeline of the same window.
func (t *Timeline) merge(o *Timeline) {
	for i := range t.counts {
		t.counts[i] += o.counts[i]
	}
}

// Backlog returns how many packets are on their way at the ends of the parts: sent before, and not yet arrived or dropped.
func Backlog(sent, ended *Timeline) []float64 {
	list := make([]float64, 0, spans+1)
	n := int64(0)
	for i := range sent.counts {
		n += int64(sent.counts[i]) - int64(ended.counts[i])
		list = append(list, float64(n))
	}
	return list
}

// AddBacklog adds what one of n replications had on its way.
func AddBacklog(p *state.Part, sent, ended *Timeline, n float64) {
	for i, b := range Backlog(sent, ended) {
		if len(p.Backlog) <= i {
			p.Backlog = append(p.Backlog, 0)
		}
		p.Backlog[i] += b / n
	}
}
