package pcie

import "github.com/dsnsim/dsnsim/sim/units"

// wire is one direction of a link: a FIFO server by Lindley's recursion. Departures are computed from the bytes sent
// since the wire was last idle, so that rounding to picoseconds does not add up.
type wire struct {
	rate      units.Rate
	since     units.Time // start of the present busy period
	sent      units.Bytes
	free      units.Time
	owed      units.Bytes // DLLPs that wait for the wire
	owedSince units.Time
}

// owe adds n bytes of DLLPs that want to go out from instant at on. They use idle time, or delay the next TLP.
func (w *wire) owe(at units.Time, n units.Bytes) {
	if w.owed == 0 {
		w.owedSince = at
	}
	w.owed += n
}

// pause keeps the wire idle for d after what was sent so far.
func (w *wire) pause(d units.Duration) { w.start(w.free.Add(d)) }

// send puts n bytes on the wire that arrive at instant at, followed by gap bytes of silence, and returns the instant at
// which the last of the n has left. Instants may not decrease from call to call by more than the wire is busy.
func (w *wire) send(at units.Time, n, gap units.Bytes) units.Time {
	if idle := at.Sub(units.Later(w.free, w.owedSince)); idle > 0 && w.owed > 0 {
		w.owed -= min(w.owed, w.rate.BytesIn(idle))
	}
	if at.After(w.free) {
		w.start(at)
	}
	w.sent += w.owed + n
	w.owed = 0
	end := w.since.Add(w.rate.TimeToSend(w.sent))
	w.sent += gap
	w.free = w.since.Add(w.rate.TimeToSend(w.sent))
	return end
}

// backlog returns the bytes that at instant at have still to go out.
func (w *wire) backlog(at units.Time) units.Bytes {
	if !w.free.After(at) {
		return 0
	}
	return w.rate.BytesIn(w.free.Sub(at))
}

func (w *wire) start(at units.Time) {
	w.since, w.free, w.sent = at, at, 0
}
