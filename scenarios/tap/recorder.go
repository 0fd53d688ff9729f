package tap

import (
	"cmp"
	"slices"

	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

// point is where a packet was seen, and its interface in the file.
type point uint8

// The points, in the order of the interfaces.
const (
	atNet point = iota
	atVM
	atDrops
)

// form is what a packet consists of.
type form uint8

// The forms: the tenant's frame; that in the overlay once ESP is off; all tunnels of the chain.
const (
	tenant form = iota
	decrypted
	tunnelled
)

// event is a packet seen.
type event struct {
	at, sent units.Time
	// chainIn is when the DSN got the packet, chainTime how long it had it: until it passed it on, or so far.
	chainIn   units.Time
	chainTime units.Duration
	key       uint64
	bytes     [2]uint32 // by packet.Form, with FCS
	flow      uint32
	hash      uint32
	sa        uint32
	record    int32
	source    int32
	point     point
	form      form
	// step orders what one packet does at one instant: 0 enters, 1 leaves, 2 is dropped; its copies follow.
	step uint8
	// copy is the number of a copy, which has the packet's key; 0 for the packet itself. mark is the packet's.
	copy    uint8
	mark    uint8
	ce      bool // a traffic manager marked it
	net     bool // it has the headers of the network's side, where services rewrite them
	reason  uint8
	station string
}

// before is the order of events in a file. It does not depend on the order in which the engine tells of them.
func before(a, b event) int {
	return cmp.Or(cmp.Compare(a.at.Ps(), b.at.Ps()), cmp.Compare(a.key, b.key), cmp.Compare(a.copy, b.copy), cmp.Compare(a.step, b.step))
}

// Source is what a Recorder must know of a source of packets.
type Source struct {
	Server   int
	Outbound bool
	// Path is the number of its path in the engine.
	Path int
	// FirstSA is its first security association; SAs of one server and direction are numbered from it, one for each VM
	// or tunnel.
	FirstSA uint32
	// Records is the capture that it replays; nil for made-up packets.
	Records []capture.Record
	// OnWire says that the capture holds the packets in the tunnels of the chain, if that has any.
	OnWire bool
	// Inside has the tenants' frames of such a capture, by record, where its tunnels were really opened; nil for those that
	// were refused.
	Inside [][]byte
	// Shared says that all servers share the DSN.
	Shared bool
	// Unseen says that captures leave its packets out.
	Unseen bool

	chips uint64 // that all servers share; 0 where each server has a DSN of its own
	// pinned is one more than the chip that all its packets go to, 0 where each flow has a chip of its own.
	pinned uint16
	forms  []form // of a packet that is lost, by hop
	net    []bool // whether it has the headers of the network's side, by hop
}

// Recorder keeps the first packets that pass one DSN: the first server's, or the first chip where servers share
// them, or the first source's where servers are pinned to chips. It is sim.Tap, and holds memory for twice its limit of packets at most, about 100 B each.
type Recorder struct {
	// Mirrors are the chain's, in its order. They must be known before the run.
	Mirrors []Mirror

	placement string
	limit     int
	engine    *sim.Engine
	sources   []Source
	events    []event
	rewritten map[uint64]rewriting // by key, where services rewrite headers
	seen      uint64
	// cutoff is an instant that no kept packet is after, once the limit is reached.
	cutoff units.Time
	device string // the first station inside the DSN
	done   bool
}

// AddSource tells of the engine's next source.
func (r *Recorder) AddSource(s Source) { r.sources = append(r.sources, s) }

// Watch taps an engine that is prepared and has all its sources.
func (r *Recorder) Watch(e *sim.Engine) {
	r.engine = e
	r.cutoff = units.Forever
	for i := range r.sources {
		r.follow(&r.sources[i])
	}
	e.Tap = r
}

// follow works out what a packet of a source is at each hop of its path, and whether servers share the DSN there.
func (r *Recorder) follow(s *Source) {
	now, inside := tunnelled, false
	if s.Outbound {
		now = tenant
	}
	hops := r.engine.Hops(s.Path)
	s.forms, s.net = make([]form, len(hops)), make([]bool, len(hops))
	passed := false
	for i := range hops {
		h := &hops[i]
		served := now
		switch {
		case h.Op == sim.OpEnterChain:
			inside = true
		case h.Op == sim.OpLeaveChain:
			inside, passed = false, true
		case h.Op == sim.OpSelect && s.Shared && !inside && !passed:
			s.chips, s.pinned = uint64(h.N), h.Pinned
		case h.Op == sim.OpVisit || h.Op == sim.OpQueue:
			now = [...]form{packet.Plain: tenant, packet.Tunnelled: tunnelled}[h.Form]
			served = now
			// A parser that reads more than the tenant's headers has the last tunnel still before it.
			if inside && now == tenant && !s.Outbound && h.Reads == sim.HeadersOnly && h.Bytes > 0 {
				served = decrypted
			}
		}
		if inside && r.device == "" && h.Op.Serves() {
			r.device = r.engine.NameAt(h, 0)
		}
		s.forms[i], s.net[i] = served, passed == s.Outbound
	}
}

// Done says that the run has come to its end, so that the packets are complete.
func (r *Recorder) Done() {
	r.done = true
	r.trim()
	r.engine = nil
}

func (r *Recorder) Passed(p *packet.Packet, at units.Time, op sim.Op) {
	if p.Source() >= len(r.sources) || r.sources[p.Source()].Unseen {
		return // of an attack, or from VM to VM
	}
	s := &r.sources[p.Source()]
	// Inbound enters at the network's side and leaves at the VM's; outbound the other way round.
	e := event{at: at, point: atVM, form: tenant}
	if (op == sim.OpEnterChain) != s.Outbound {
		e.point, e.form, e.net = atNet, tunnelled, true
	}
	if op == sim.OpLeaveChain {
		e.step = 1
	}
	if p.Copy != 0 {
		e.point, e.form = atNet, r.Mirrors[p.Copy-1].form()
	}
	r.keep(p, s, e)
}

func (r *Recorder) Dropped(p *packet.Packet, at units.Time, hop int, reason uint8) {
	if p.Source() >= len(r.sources) || r.sources[p.Source()].Unseen {
		return // of an attack, or from VM to VM
	}
	s := &r.sources[p.Source()]
	e := event{at: at, point: atDrops, step: 2, reason: reason, net: s.net[hop]}
	if p.Copy != 0 {
		e.form = r.Mirrors[p.Copy-1].form()
	} else {
		e.form = s.forms[hop]
	}
	e.station = r.engine.Place(p)
	r.keep(p, s, e)
}

// keep keeps an event of a packet of the DSN that is tapped, as long as it is among the first.
func (r *Recorder) keep(p *packet.Packet, s *Source, e event) {
	if !r.tapped(p, s) {
		return
	}
	r.seen++
	if e.at.After(r.cutoff) {
		return
	}
	e.sent, e.key, e.bytes = p.Sent, p.OriginalKey(), p.Bytes
	e.copy, e.mark, e.ce = p.Copy, p.Mark, p.CE
	e.chainIn, e.chainTime = p.ChainIn, p.ChainTime
	if e.chainTime == 0 {
		e.chainTime = e.at.Sub(p.ChainIn)
	}
	e.flow, e.hash, e.sa, e.record, e.source = p.Flow, p.Hash, p.SA, p.Record, int32(p.Source())
	r.events = append(r.events, e)
	if len(r.events) >= 2*r.limit {
		r.trim()
	}
}

// tapped reports whether a packet is of the DSN that is tapped.
func (r *Recorder) tapped(p *packet.Packet, s *Source) bool {
	switch {
	case s.Unseen || s.chips == 0 && s.Server != 0:
		return false
	case s.pinned != 0:
		return s.pinned == r.sources[0].pinned
	}
	return uint64(p.Hash)*s.chips>>32 == 0
}

// trim puts the events in order and lets go of those past the limit.
func (r *Recorder) trim() {
	slices.SortFunc(r.events, before)
	if len(r.events) >= r.limit {
		clear(r.events[r.limit:])
		r.events = r.events[:r.limit]
		r.cutoff = r.events[r.limit-1].at
	}
	r.forget()
}
