package state

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// fill writes the numbers of a part into the state.
func (e *Evidence) fill(s *result.State, f finding) {
	s.Class, s.Direction = f.Class, f.Direction
	s.Offered, s.Carried = f.Offered, f.Carried
	s.QueueLoss, s.Growth = f.lost, f.kept
	if n := len(f.Backlog); n > 0 {
		s.BacklogBegin, s.BacklogEnd = f.Backlog[0], f.Backlog[n-1]
	}
	if f.station != nil {
		s.Station, s.StationLoad = f.station.Name, max(f.station.Load, f.station.Busy)
	}
}

// learner makes the station that enters flows the one that limits.
func (e *Evidence) learner(s *result.State) {
	if e.crowded() {
		return // the table is too small, however fast it fills
	}
	for i := range e.Stations {
		if c := &e.Stations[i]; slow(c.Name) && (!slow(s.Station) || c.Load > s.StationLoad) {
			s.Station, s.StationLoad = c.Name, max(c.Load, c.Busy)
		}
	}
}

// slow reports whether a station enters flows, so that tables that fill burden it.
func slow(station string) bool {
	return strings.HasSuffix(station, ".learner") || strings.HasSuffix(station, ".arm") || strings.HasSuffix(station, ".upcall")
}

// sentence says what was found.
func (e *Evidence) sentence(s *result.State, f *finding) string {
	switch s.State {
	case result.Overloaded:
		return e.sayOverloaded(s, f)
	case result.Cold:
		return fmt.Sprintf("tables were still filling: %s of the packets met no entry of their flow, and only %s begin one. use a longer run.warmup",
			percent(e.FirstPackets), percent(e.FirstExpected))
	case result.TooShort:
		return e.sayTooShort(f)
	case result.Incomplete:
		return fmt.Sprintf("interrupted: %d of %d replications are done", e.Finished, e.Wanted)
	}
	if s.QueueLoss > 0 {
		return fmt.Sprintf("no queue grows, but %s of %s are lost in bursts that find a full queue at %s", percent(s.QueueLoss), part(s), s.Station)
	}
	return "what is offered is carried or refused by rules, and no queue grows"
}

func (e *Evidence) sayOverloaded(s *result.State, f *finding) string {
	if f.Part == nil || !e.overloaded(f) {
		if e.crowded() {
			return fmt.Sprintf("more flows are open than a table holds: %s of those that want an entry find it full, and %s of the packets meet no entry "+
				"(services.firewall.flows)", percent(e.Crowded), percent(e.FirstPackets))
		}
		return fmt.Sprintf("more flows begin than %s can enter: %s of those that want an entry get none", s.Station, percent(e.Refused))
	}
	var what []string
	if f.lost > 0 {
		what = append(what, percent(f.lost)+" lost in full queues")
	}
	if grown := s.BacklogEnd - s.BacklogBegin; f.kept > littleKept && grown > 0 {
		what = append(what, fmt.Sprintf("%s %s more wait at the end", count(grown), f.what()))
	}
	text := fmt.Sprintf("%s: %s offered, %s carried", part(s), gbps(s.Offered), gbps(s.Carried))
	if f.Refused.Gbps > muchLost*s.Offered.Gbps {
		text = fmt.Sprintf("%s: beside %s that rules or policers refuse, %s offered, %s carried", part(s), gbps(f.Refused), gbps(s.Offered), gbps(s.Carried))
	}
	if len(what) > 0 {
		text += " (" + strings.Join(what, ", ") + ")"
	}
	switch {
	case s.Station == "":
	case s.StationLoad > 1.005:
		text += fmt.Sprintf("; %s gets %s what it can do", s.Station, times(s.StationLoad))
	case s.StationLoad >= busyLoad:
		text += fmt.Sprintf("; %s limits, %s busy", s.Station, percent(min(1, s.StationLoad)))
	case f.lost > muchLost && !f.stands():
		text += fmt.Sprintf("; %s is full when bursts come, though only %s busy in the mean", s.Station, percent(s.StationLoad))
	default:
		text += fmt.Sprintf("; %s limits though it is only %s busy: by a rate (max_rate) or by what it waits for", s.Station, percent(s.StationLoad))
	}
	return text
}

func (e *Evidence) sayTooShort(f *finding) string {
	switch {
	case e.Idle:
		return fmt.Sprintf("no packet was sent in the measured window of %s: nothing was measured; use a longer run.duration or more load", e.Window)
	case e.beyond():
		return fmt.Sprintf("a packet is on its way for %s at least, but the measured window is only %s, and begins %s after the run did: use a longer run.duration and run.warmup",
			micros(e.longest()), e.Window, e.Warmup)
	}
	return fmt.Sprintf("queues still took up %s of what is offered (%s), though nothing is overloaded: use a longer run.duration and run.warmup", percent(f.kept), strings.TrimSpace(f.Class+" "+f.Direction))
}

// longest returns the shortest way of the part with the longest.
func (e *Evidence) longest() (ns float64) {
	for i := range e.Parts {
		ns = max(ns, e.Parts[i].LeastNs)
	}
	return ns
}

// micros writes nanoseconds as people read them in reports.
func micros(ns float64) string { return strconv.FormatFloat(ns/1000, 'f', 1, 64) + "us" }

// stands reports whether a queue is there all the time: what limits is slow, and not only too small for bursts.
func (p *Part) stands() bool {
	if len(p.Backlog) == 0 {
		return false
	}
	sum := 0.0
	for _, b := range p.Backlog {
		sum += b
	}
	return slices.Min(p.Backlog) > sum/float64(len(p.Backlog))/2
}

// what names what the part is of.
func (p *Part) what() string {
	if p.Messages {
		return "messages"
	}
	return "packets"
}

// part names the packets that a state's numbers are of.
func part(s *result.State) string { return strings.TrimSpace(s.Class + " " + s.Direction) }

func gbps(l result.Load) string {
	if l.Gbps >= 100 {
		return count(l.Gbps) + " Gbps"
	}
	return strconv.FormatFloat(l.Gbps, 'g', 3, 64) + " Gbps"
}

// times writes how often what a station can do comes to it.
func times(load float64) string {
	if load < 2 {
		return percent(load) + " of"
	}
	return strconv.FormatFloat(load, 'f', 1, 64) + " times"
}

// percent writes a share with digits that tell it from none and from all.
func percent(share float64) string {
	v := 100 * share
	switch {
	case v >= 100:
		return strconv.FormatFloat(math.Round(v), 'f', 0, 64) + "%"
	case v >= 1:
		return strconv.FormatFloat(v, 'f', 1, 64) + "%"
	}
	return strconv.FormatFloat(v, 'g', 2, 64) + "%"
}

func count(n float64) string { return strconv.FormatFloat(math.Round(n), 'f', 0, 64) }
