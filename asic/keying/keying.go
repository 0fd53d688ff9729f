// Package keying sets up security associations: which tunnel has one at an instant, when a handshake has to be made for it,
// and until when its packets wait. Whoever makes the handshakes, an engine of the chip or a core of the host, is told of
// them in time order.
package keying

import "github.com/dsnsim/dsnsim/sim/units"

// Spec says when associations are set up.
type Spec struct {
	// Tunnels is how many a server has. Each needs one handshake for its two associations, one in each direction.
	Tunnels uint32
	// AtStart makes the handshakes of all tunnels begin when the run does; else the first packet of a tunnel begins one.
	AtStart bool
	// Rekey is how long after a handshake the next one begins, 0 for never. The keys of a handshake are good for a tenth
	// longer: packets that find the new ones late wait for them. source: life_time is rekey_time and 10% unless it is set
	// otherwise (strongSwan, swanctl.conf; recalled).
	Rekey units.Duration
}

// Tunnel returns the number of an association's tunnel over all servers. Associations are numbered by server, direction and
// tunnel.
func (s *Spec) Tunnel(sa uint32) uint32 { return sa/s.Tunnels/2*s.Tunnels + sa%s.Tunnels }

// Life returns how long the keys of a handshake are good for, 0 for ever.
func (s *Spec) Life() units.Duration { return s.Rekey + s.Rekey/10 }

// Table is the tunnels of one device. Its methods are called in time order.
type Table struct {
	spec    *Spec
	tunnels map[uint32]*state
	due     []rekeying // in time order: every tunnel takes the same time from one to the next
	started bool
}

// state is a tunnel whose handshake has been requested.
type state struct {
	ready units.Time // when its keys are there
	next  units.Time // when those of the handshake after that are, the zero time while none was asked for
}

type rekeying struct {
	at     units.Time
	tunnel uint32
}

// New returns the table of a device that has made no handshake yet.
func New(spec *Spec) *Table { return &Table{spec: spec, tunnels: map[uint32]*state{}} }

// Handshakes requests all handshakes due by an instant, among them those that a number of tunnels need at the start.
// request is called for each in time order and returns when its keys are there, which is never before the keys of one that
// was requested earlier.
func (t *Table) Handshakes(at units.Time, first, n uint32, request func(at units.Time, tunnel uint32) (ready units.Time)) {
	if t.spec.AtStart && !t.started {
		t.Start(first, n, request)
	}
	for len(t.due) > 0 && !t.due[0].at.After(at) {
		d := t.due[0]
		t.due = t.due[1:]
		s := t.tunnels[d.tunnel]
		if s.next != (units.Time{}) { // there since a time like Rekey, though no packet came
			s.ready = s.next
		}
		s.next = request(d.at, d.tunnel)
		t.plan(d.tunnel, s.next)
	}
}

// Start asks for the handshakes of some tunnels at the start. A device whose tunnels are not numbered one after the other
// calls it for each row of them before it calls Handshakes, whose request it takes.
func (t *Table) Start(first, n uint32, request func(at units.Time, tunnel uint32) (ready units.Time)) {
	t.started = true
	for i := range n {
		t.begin(first+i, request(units.Time{}, first+i))
	}
}

// Begin notes a handshake that a packet requested, whose keys are there at an instant.
func (t *Table) Begin(tunnel uint32, ready units.Time) { t.begin(tunnel, ready) }

func (t *Table) begin(tunnel uint32, ready units.Time) {
	t.tunnels[tunnel] = &state{ready: ready}
	t.plan(tunnel, ready)
}

func (t *Table) plan(tunnel uint32, ready units.Time) {
	if t.spec.Rekey > 0 {
		t.due = append(t.due, rekeying{ready.Add(t.spec.Rekey), tunnel})
	}
}

// Ready returns from when on a packet of a tunnel that comes at an instant has keys: that instant, or a later one. It
// returns false where no handshake was requested yet.
func (t *Table) Ready(at units.Time, tunnel uint32) (units.Time, bool) {
	s := t.tunnels[tunnel]
	if s == nil {
		return units.Time{}, false
	}
	if s.next != (units.Time{}) && !s.next.After(at) {
		s.ready, s.next = s.next, units.Time{}
	}
	switch {
	case at.Before(s.ready):
		return s.ready, true
	case t.spec.Rekey > 0 && s.next != (units.Time{}) && at.After(s.ready.Add(t.spec.Life())):
		return s.next, true
	}
	return at, true
}

// Counts are the handshakes that were complete in a window.
type Counts struct {
	Done int64
	// Total and Max are of the times from the request of a handshake until its keys were there.
	Total, Max units.Duration
}

// Note counts a handshake that was complete at an instant if that is in the window.
func (c *Counts) Note(from, to, asked, ready units.Time) {
	if ready.Before(from) || !ready.Before(to) {
		return
	}
	c.Done++
	c.Total += ready.Sub(asked)
	c.Max = max(c.Max, ready.Sub(asked))
}

// Add adds the handshakes of another device.
func (c *Counts) Add(o Counts) {
	c.Done += o.Done
	c.Total += o.Total
	c.Max = max(c.Max, o.Max)
}
