package station

import "github.com/dsnsim/dsnsim/sim/units"

// Window is the part of a run that statistics cover, and the spans that it and what comes before are cut into.
type Window struct {
	From, To units.Time
	// Every is the length of a span, from the start of the run; 0 for none.
	Every units.Duration
}

// Spans returns how many whole and begun spans there are until the window's end.
func (w *Window) Spans() int {
	if w.Every == 0 {
		return 0
	}
	return int((w.To.Ps() + int64(w.Every) - 1) / int64(w.Every))
}

// Ledger counts the visits of a measured window. A Server keeps one; users of a shared Server may keep one each. Visits
// are noted in the order of their arrival, and count where they arrive.
type Ledger struct {
	sum  ServerStats // of the whole run so far; MaxWait since the window began
	last Latest
	// next is the first boundary that no arrival has reached: the window's ends, or the end of a span.
	next   units.Time
	window Window
	begin  ServerStats    // at the window's start
	end    ServerStats    // at its end
	begun  bool           // the window's start has been passed
	ended  bool           // its end as well
	busy   units.Duration // server time in use within the window
	marks  []Served       // at the end of each span
}

// Served counts what was served since the start of the run.
type Served struct {
	Visits, Bytes int64
	Time          units.Duration // the servers' time that the visits held
}

// Latest is the latest visit of a resource, measured or not.
type Latest struct {
	Visit int64 // counted from 1
	Bytes int64
	Busy  units.Duration
}

// NewLedger returns one that counts everything until Measure sets a window.
func NewLedger() Ledger {
	return Ledger{next: units.Forever, window: Window{To: units.Forever}, begun: true}
}

// Measure sets the window that the statistics cover. It is called before the first visit.
func (l *Ledger) Measure(w Window) {
	l.window, l.begun = w, false
	l.next = l.boundary(units.At(-1))
	l.marks = make([]Served, 0, w.Spans())
}

// boundary returns the first boundary after an instant.
func (l *Ledger) boundary(after units.Time) units.Time {
	next := units.Forever
	for _, b := range []units.Time{l.window.From, l.window.To} {
		if b.After(after) && b.Before(next) {
			next = b
		}
	}
	if end := l.spanEnd(); end.Before(next) {
		next = end
	}
	return next
}

// spanEnd returns the end of the first span that is not marked.
func (l *Ledger) spanEnd() units.Time {
	if l.window.Every == 0 || len(l.marks) >= l.window.Spans() {
		return units.Forever
	}
	return units.At(l.window.Every * units.Duration(len(l.marks)+1))
}

// pass notes the counts at the boundaries up to an instant.
func (l *Ledger) pass(at units.Time) {
	for l.next != units.Forever && !l.next.After(at) {
		now := l.next
		if now == l.window.From {
			l.begin, l.begun, l.sum.MaxWait = l.sum, true, 0
		}
		if now == l.window.To {
			l.end, l.ended = l.sum, true
		}
		if now == l.spanEnd() {
			l.marks = append(l.marks, l.served())
		}
		l.next = l.boundary(now)
	}
}

func (l *Ledger) served() Served { return Served{l.sum.Visits, l.sum.Bytes, l.sum.Service} }

// Spans returns what was served by the end of each span. It is called after the run, or for the spans that have ended.
func (l *Ledger) Spans(until units.Time) []Served {
	l.pass(until)
	return l.marks
}

// Stats returns the counts of the measured window so far.
func (l *Ledger) Stats() ServerStats {
	s := l.sum
	switch {
	case l.ended:
		s = l.end
	case !l.begun:
		s = l.begin
	}
	b := &l.begin
	return ServerStats{Visits: s.Visits - b.Visits, Drops: s.Drops - b.Drops, Bytes: s.Bytes - b.Bytes, Busy: l.busy,
		Service: s.Service - b.Service, Wait: s.Wait - b.Wait, MaxWait: s.MaxWait}
}

// Account reports the ledger as the usage of one resource with a number of servers.
func (l *Ledger) Account(name string, servers int, reason uint8) Usage {
	return Usage{Name: name, Servers: servers, DropReason: reason, ServerStats: l.Stats(), Last: l.last, ledger: l}
}

// Spans returns what the resource had served by the end of each span, for the spans that have ended at an instant.
func (u *Usage) Spans(until units.Time) []Served {
	if u.ledger == nil {
		return nil
	}
	return u.ledger.Spans(until)
}

// Forget lets go of what Marks needs: the resource itself.
func (u *Usage) Forget() { u.ledger = nil }

// Latest returns the latest visit.
func (l *Ledger) Latest() Latest { return l.last }

// Within reports whether an instant is in the measured window.
func (l *Ledger) Within(at units.Time) bool {
	return !at.Before(l.window.From) && at.Before(l.window.To)
}

// Note counts a visit that arrived at one instant and held a server from start until free.
func (l *Ledger) Note(at, start, free units.Time) {
	if !at.Before(l.next) {
		l.pass(at)
	}
	held, wait := free.Sub(start), start.Sub(at)
	l.sum.Visits++
	l.sum.Service += held
	l.sum.Wait += wait
	if wait > l.sum.MaxWait {
		l.sum.MaxWait = wait
	}
	l.last = Latest{Visit: l.sum.Visits, Busy: held}
	if b := units.Earlier(free, l.window.To).Sub(units.Later(start, l.window.From)); b > 0 {
		l.busy += b
	}
}

// NoteStart is Note for visits that are not noted in the order of their service: they are noted in the order of their
// start, and count there.
func (l *Ledger) NoteStart(at, start, free units.Time) {
	if !start.Before(l.next) {
		l.pass(start)
	}
	l.Note(at, start, free)
}

// NoteBytes counts the bytes of the visit that Note has just counted.
func (l *Ledger) NoteBytes(n uint32) {
	l.last.Bytes = int64(n)
	l.sum.Bytes += int64(n)
}

// Refuse counts a visit that found no room.
func (l *Ledger) Refuse(at units.Time) {
	if !at.Before(l.next) {
		l.pass(at)
	}
	l.sum.Drops++
}
