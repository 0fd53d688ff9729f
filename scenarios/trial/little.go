package trial

import (
	"errors"
	"fmt"

	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

// ErrLittle is the tool's own bug: the number of packets on their way is not what their latencies make of it.
var ErrLittle = errors.New("a fault by the law of Little")

// within returns the part of a span of time that is in the measured window, in ps.
func (r *Recorder) within(from, to units.Time) uint64 {
	from, to = units.Later(from, r.From), units.Earlier(to, r.To)
	return uint64(max(0, to.Sub(from)))
}

// countStay notes how long a packet that no histogram has was on its way within the window: one that was sent before it, or dropped, or
// is of a part's own source. Copies are not their source's doing.
func (r *Recorder) countStay(p *packet.Packet, at units.Time) {
	if p.Copy != 0 {
		return
	}
	source := p.Source()
	for len(r.Stays) <= source {
		r.Stays = append(r.Stays, 0)
	}
	r.Stays[source] += r.within(p.Sent, at)
}

// trimStay takes off what a packet that a histogram has was on its way behind the window.
func (r *Recorder) trimStay(source int, at units.Time) {
	if at.Before(r.To) {
		return
	}
	for len(r.Stays) <= source {
		r.Stays = append(r.Stays, 0)
	}
	r.Stays[source] -= uint64(at.Sub(r.To))
}

// little checks L = lambda W, both sides times the length of the window: the integral over the window of the number of packets on
// their way, which the engine adds up as they come and leave, is the sum of the latencies that are reported, and of the times of the
// packets that no latency is reported of. At the ends of the window, the packets on their way count with the part that lies in it. All are
// whole picoseconds, so the two are equal and not just close; modulo 2^64 ps, since a sum may be larger.
func (s *Simulation) little() error {
	e := s.Engine
	came := make([]uint64, len(s.Rec.Counters))
	stayed := make([]uint64, len(s.Rec.Counters))
	for i, t := range s.Rec.Counters {
		stayed[i] = t.Latency.Total()
	}
	for source := range e.Sources() {
		integral, stay := e.Occupancy(source), uint64(0)
		if source < len(s.Rec.Stays) {
			stay = s.Rec.Stays[source]
		}
		if source < len(s.Rec.CountersOf) {
			came[s.Rec.CountersOf[source]] += integral
			stayed[s.Rec.CountersOf[source]] += stay
		} else if integral != stay {
			return s.notLittle(fmt.Sprintf("source %d, of a part", source), integral, stay)
		}
	}
	for i := range came {
		if came[i] == stayed[i] {
			continue
		}
		name := "packets of no class"
		if class, dir := ClassAndDirection(i); class < len(s.Inputs) {
			name = s.Inputs[class].Name + " " + dir.String()
		}
		return s.notLittle(name, came[i], stayed[i])
	}
	return nil
}

// notLittle tells both sides as mean numbers of packets.
func (s *Simulation) notLittle(what string, integral, stay uint64) error {
	window := float64(s.Rec.To.Sub(s.Rec.From))
	return fmt.Errorf("%s, replication %d: %w: %s: %.6f packets on their way in the mean, but rate times mean time is %.6f (%d ps apart over the window)",
		s.Placement.Name, s.Replication, ErrLittle, what, float64(integral)/window, float64(stay)/window, int64(integral-stay))
}
