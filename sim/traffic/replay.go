package traffic

import (
	"errors"
	"math/big"
	"slices"
	"sort"

	"github.com/dsnsim/dsnsim/sim/rng"
)

// ReplayConfig describes a source that sends the packets of a capture. Without a Load its Pacing is Recorded, or
// Constant as the value not set.
type ReplayConfig struct {
	Config
	// Loop begins the capture again when it ends, a mean gap after its last packet where gaps are recorded ones. A capture whose
	// packets have all the same time is sent once as recorded: there is no gap.
	// A looped replay of a Load begins at its first record in replication 0 and at a random one in the others, so that
	// replications differ.
	Loop bool
	// Only are the records that are sent, nil for all. The others take their time in the load as if another source sent them: the
	// sources of the two sides of a capture, which have one name, keep step.
	Only []bool
}

// Replay is a source that sends the packets of a capture.
type Replay struct {
	trace   *Trace
	classes []class // of trace.frames
	next    int     // in trace.pieces
	loop    bool
	passes  int64
	pacer   pacer
	wire    wire
	// schedule replaces the pacer where gaps are recorded ones; gapPs is the mean gap where they are not.
	schedule *schedule
	gapPs    int64
	only     []bool // by record, nil for all
}

// NewReplay returns the source, or an error that names the value that is impossible. It does not change the trace.
func NewReplay(c ReplayConfig, t *Trace) (*Replay, error) {
	r, err := newReplay(c, t)
	if err != nil {
		return nil, c.fail(err)
	}
	return r, nil
}

func newReplay(c ReplayConfig, t *Trace) (*Replay, error) {
	if err := c.checkLineRate(); err != nil {
		return nil, err
	}
	r := &Replay{trace: t, loop: c.Loop, wire: wire{rate: uint64(c.LineRate)}, only: c.Only}
	var err error
	if c.Load == (Load{}) {
		r.schedule, err = asRecorded(c, t)
		r.loop = c.Loop && t.spanNs() > 0
	} else {
		err = r.pace(c, t)
	}
	if err != nil {
		return nil, err
	}
	if r.only != nil && !slices.Contains(r.only, true) {
		r.next, r.loop = len(t.pieces), false // or it would look for one for ever
	}
	for _, frame := range t.frames {
		r.classes = append(r.classes, c.Load.class(frame, c.LineRate))
	}
	return r, nil
}

// pace lays the load out in time and chooses where the replay begins.
func (r *Replay) pace(c ReplayConfig, t *Trace) (err error) {
	packets, bytes := t.sample()
	if err := c.Load.check(c.LineRate, packets, bytes); err != nil {
		return err
	}
	first := 0
	if c.Loop && c.Replication > 0 {
		first = rng.New(c.Seed, c.Replication, c.Name+"/start").IntN(len(t.timesNs))
		r.next = sort.Search(len(t.pieces), func(i int) bool { return int(t.pieces[i].record) >= first })
	}
	if c.Pacing == Recorded {
		r.schedule, err = scaled(t, c.Load, c.Start.Ps(), first)
	} else {
		r.pacer, err = c.pacer(packets, bytes)
		pass, _ := new(big.Rat).SetFrac(c.Load.total(packets, bytes), big.NewInt(c.Load.perSecond)).Float64()
		r.gapPs = int64(pass / float64(len(t.pieces)) * float64(psPerSecond))
	}
	return err
}

// asRecorded returns the schedule of a replay without a load.
func asRecorded(c ReplayConfig, t *Trace) (*schedule, error) {
	if c.Pacing == Poisson {
		return nil, errors.New("pacing poisson needs a load")
	}
	return unscaled(t, c.Start.Ps()), nil
}

// Next returns the next packet, and false after the last one of a replay that is not looped.
func (r *Replay) Next() (Packet, bool) {
	for {
		if r.next == len(r.trace.pieces) {
			if !r.loop {
				return Packet{}, false
			}
			r.again()
		}
		p := &r.trace.pieces[r.next]
		r.next++
		c := &r.classes[p.size]
		var due int64
		if r.schedule != nil {
			due = r.schedule.due(p.record)
		} else {
			due = r.pacer.next(c)
		}
		if r.sends(p) {
			return Packet{At: r.wire.send(due, c), Frame: c.frame, Record: p.record, FlowID: p.FlowID}, true
		}
	}
}

// sends reports whether a piece is one of this source.
func (r *Replay) sends(p *piece) bool { return r.only == nil || r.only[p.record] }

// again begins the next pass of the capture.
func (r *Replay) again() {
	r.next = 0
	r.passes++
	if r.schedule != nil {
		r.schedule.again()
	}
}

// Stats returns what has been sent so far, and what was found in the capture.
func (r *Replay) Stats() Stats {
	s := r.wire.summary()
	s.OutOfOrder, s.ClockSteps, s.Resegmented, s.Laps = r.trace.outOfOrder, r.trace.clockSteps, r.trace.resegmented, r.passes
	return s
}
