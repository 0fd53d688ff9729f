package lb

import (
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Outcome says what became of a packet.
type Outcome uint8

// The outcomes. The last two refuse the packet, and leave its headers alone.
const (
	// Untouched: of no flow to a VIP.
	Untouched Outcome = iota
	// Known: of a flow that has its backend, and Begun: the first of one.
	Known
	Begun
	// NoBackend: to a VIP without a backend that takes it, or of no flow and unable to begin one.
	NoBackend
	// Full: the table of flows, or who enters them, has no room.
	Full
)

// Packet is what a Balancer must know of a packet beside its headers.
type Packet struct {
	Size units.Bytes
	// Begins says that the packet can begin a flow; what has no ports and an ICMP error cannot. About says that it is such an
	// error: it goes with its flow and does not keep it alive.
	Begins, About bool
	// Admit asks whether there is room to enter a flow; nil says yes.
	Admit func() bool
}

// Balancer is the state of one member: a chip, or a core that shares one.
type Balancer struct {
	plan *Plan
	// flows are by the headers outside, client and VIP; their data is the backend. inside are the same flows by the
	// headers that the backend sees; their data is the flow.
	flows, inside *policy.Aging
	counts        Counts
	closed        bool
}

// Counts is what a Balancer did in the measured window.
type Counts struct {
	New    int64 // flows that got a backend
	Active int64 // flows at the window's end
}

// New returns a Balancer with room for a number of flows. The error says what is out of range.
func New(p *Plan, flows int) (*Balancer, error) {
	b := &Balancer{plan: p}
	var err error
	if b.flows, err = policy.NewAging(flows, 0, p.spec.Timeouts); err != nil {
		return nil, err
	}
	b.inside, err = policy.NewAging(flows, 0, p.spec.Timeouts)
	return b, err
}

// Wire gives a packet the headers with which it arrives. A simulated packet of a flow carries what its receiver
// will see. From a VM, the answer of a flow carries the VIP: the backend, which answers what it saw, sends it from its own
// address. From outside, a packet that carries the backend was sent to the VIP. All other packets are left as they are.
func (b *Balancer) Wire(at units.Time, u *table.Tuple, outbound bool) {
	b.pass(at)
	switch {
	case u.V6:
	case !outbound:
		if hit := b.inside.Lookup(u); hit.Hit && hit.Dir == table.Original {
			client := b.flows.Flow(table.FlowRef(b.inside.Data(hit.Ref))).Tuple
			u.Dst, u.DstPort = client.Dst, client.DstPort
		}
	case b.plan.find(uint32(u.Src.Lo), u.SrcPort, u.Proto) != nil:
		if hit := b.flows.Lookup(u); hit.Hit {
			to := &b.plan.backends[b.flows.Data(hit.Ref)]
			u.Src.Lo, u.SrcPort = uint64(to.addr), to.keep(u.SrcPort)
		}
	}
}

// keep returns the port of a backend, or the VIP's where that is kept.
func (e *end) keep(port uint16) uint16 {
	if e.port == 0 {
		return port
	}
	return e.port
}

// Inbound sends a packet from outside to its backend. entry is the number of its flow, for Known and Begun.
func (b *Balancer) Inbound(at units.Time, u *table.Tuple, p Packet) (outcome Outcome, entry uint32) {
	b.pass(at)
	if u.V6 {
		return Untouched, 0
	}
	s := b.plan.find(uint32(u.Dst.Lo), u.DstPort, u.Proto)
	if s == nil {
		return Untouched, 0
	}
	outcome = Known
	hit := b.flows.Lookup(u)
	if hit.Hit && p.Begins && b.flows.Ended(hit.Ref, u) { // the client uses its port again: for a new connection
		b.forget(hit.Ref)
		hit.Hit = false
	}
	if !hit.Hit {
		if !p.Begins {
			return NoBackend, 0
		}
		if hit.Ref, outcome = b.begin(at, s, u, p); outcome != Begun {
			return outcome, 0
		}
	}
	b.count(at, hit.Ref, table.Original, u, p)
	*u = b.toBackend(u, b.flows.Data(hit.Ref))
	return outcome, uint32(hit.Ref)
}

// toBackend returns the headers of a client's packet, addressed to a backend.
func (b *Balancer) toBackend(u *table.Tuple, backend uint32) table.Tuple {
	to, v := &b.plan.backends[backend], *u
	v.Dst.Lo, v.DstPort = uint64(to.addr), to.keep(u.DstPort)
	return v
}

// Outbound gives a packet of a backend its VIP as source. entry is the number of its flow, for Known.
func (b *Balancer) Outbound(at units.Time, u *table.Tuple, p Packet) (outcome Outcome, entry uint32) {
	b.pass(at)
	if u.V6 {
		return Untouched, 0
	}
	hit := b.inside.Lookup(u)
	if !hit.Hit || hit.Dir != table.Reply {
		return Untouched, 0
	}
	ref := table.FlowRef(b.inside.Data(hit.Ref))
	b.count(at, ref, table.Reply, u, p)
	client := b.flows.Flow(ref).Tuple
	u.Src, u.SrcPort = client.Dst, client.DstPort
	return Known, uint32(ref)
}

// count marks a flow as seen, and notes the end of its connection.
func (b *Balancer) count(at units.Time, ref table.FlowRef, d table.Direction, u *table.Tuple, p Packet) {
	if p.About {
		return
	}
	b.flows.Count(ref, d, p.Size, at)
	b.flows.Follow(ref, u)
}

// forget ends a flow.
func (b *Balancer) forget(ref table.FlowRef) {
	one := b.flows.Flow(ref)
	b.flows.Delete(ref)
	b.end([]table.Flow{one})
}

// begin makes a flow for a client's packet.
func (b *Balancer) begin(at units.Time, s *service, u *table.Tuple, p Packet) (ref table.FlowRef, outcome Outcome) {
	backend, ok := b.choose(at, s, u)
	switch {
	case !ok:
		return 0, NoBackend
	case p.Admit != nil && !p.Admit():
		return 0, Full
	}
	made := b.flows.Enter(u, at)
	if made.Outcome != table.Inserted {
		return 0, Full
	}
	b.flows.SetData(made.Ref, backend)
	seen := b.toBackend(u, backend)
	behind := b.inside.Enter(&seen, at)
	if behind.Outcome != table.Inserted {
		b.flows.Delete(made.Ref)
		return 0, Full
	}
	b.inside.SetData(behind.Ref, uint32(made.Ref))
	if !at.Before(b.plan.spec.From) && at.Before(b.plan.spec.To) {
		b.counts.New++
	}
	return made.Ref, Begun
}

// place returns the place that a client's packet hashes to, in a table of a given size.
func place(u *table.Tuple, size int) int {
	h := rng.Mix(rng.Mix(u.Src.Lo<<32|u.Dst.Lo) ^ (uint64(u.SrcPort)<<24 | uint64(u.DstPort)<<8 | uint64(u.Proto)))
	return int(h % uint64(size))
}

// choose returns the backend of a new flow, from its place in the table. Where the backend already has a flow with the
// same client and port by another VIP, it could not tell them apart, and the next place with another backend is taken,
// for mostTries times.
func (b *Balancer) choose(at units.Time, s *service, u *table.Tuple) (backend uint32, ok bool) {
	e := len(s.epochs) - 1
	for s.epochs[e].from.After(at) {
		e--
	}
	places := s.epochs[e].table
	first, tried, tries := place(u, len(places)), int16(none), 0
	for i := range len(places) {
		n := places[(first+i)%len(places)]
		if n == none {
			return 0, false
		}
		if n == tried {
			continue
		}
		tried = n
		backend = uint32(s.first) + uint32(n)
		seen := b.toBackend(u, backend)
		if !b.inside.Lookup(&seen).Hit {
			return backend, true
		}
		if tries++; tries == mostTries {
			break
		}
	}
	return 0, false
}

// mostTries bounds the search of choose. assumed: a client that uses more backends is an attack.
const mostTries = 16

// pass lets the time pass: flows end, and the measured window does.
func (b *Balancer) pass(at units.Time) {
	if !b.closed && !at.Before(b.plan.spec.To) {
		b.close()
	}
	b.end(b.flows.Pass(at))
}

func (b *Balancer) close() {
	b.end(b.flows.End(b.plan.spec.To))
	n, _ := b.flows.Len()
	b.counts.Active, b.closed = int64(n), true
}

// end forgets flows on the inside too.
func (b *Balancer) end(flows []table.Flow) {
	for i := range flows {
		seen := b.toBackend(&flows[i].Tuple, flows[i].Data)
		b.inside.Delete(b.inside.Lookup(&seen).Ref)
	}
}

// Begin forgets what was counted of the flows that were there before the run.
func (b *Balancer) Begin() { b.counts = Counts{} }

// Counts closes the measured window, if no packet after it did, and returns what was counted.
func (b *Balancer) Counts() Counts {
	if !b.closed {
		b.close()
	}
	return b.counts
}
