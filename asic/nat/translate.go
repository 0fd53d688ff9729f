package nat

import (
	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Packet is what NAT must know of a packet beside its headers.
type Packet struct {
	Size units.Bytes
	// Begins says that the packet can begin a session; what has no ports and an ICMP error cannot. About says that it is such an
	// error: it goes with its session and does not keep it alive (RFC 5508, REQ-6).
	Begins, About bool
	// Admit asks whether there is room to enter a session; nil says yes.
	Admit func() bool
}

// Wire gives a packet the address and port with which it arrives. A simulated packet that answers another carries
// what its receiver will see. From outside, the reverse of a session carries the inside address: the far end, which answers
// what it saw, addressed it to the binding. From inside, what comes from a bound address of the pool: the VM, which answers
// what it saw, sent it from its own. So with static pairs. All other packets are left as they are.
func (n *NAT) Wire(at units.Time, u *table.Tuple, outbound bool) {
	n.pass(at)
	n.found = false
	switch {
	case u.V6:
	case outbound:
		n.wireOutbound(u)
	default:
		n.wireInbound(u)
	}
}

func (n *NAT) wireInbound(u *table.Tuple) {
	dst := uint32(u.Dst.Lo)
	if _, static := n.inside[dst]; !static && within(n.pool, dst) { // a tenant with an address of its own keeps its network
		u.Network = outsideNetwork
	}
	if !n.crosses(dst, uint32(u.Src.Lo)) {
		return
	}
	if out, ok := n.outside[dst]; ok {
		u.Dst.Lo = uint64(out)
		return
	}
	if hit := n.sessions.Lookup(u); hit.Hit {
		b := &n.bindings[n.sessions.Data(hit.Ref)]
		u.Dst.Lo, u.DstPort, u.Network = uint64(b.outside), b.outsidePort, outsideNetwork
		n.wired, n.ref, n.found = *u, hit.Ref, true
	}
}

func (n *NAT) wireOutbound(u *table.Tuple) {
	src := uint32(u.Src.Lo)
	if n.isInside(uint32(u.Dst.Lo)) {
		return
	}
	if in, ok := n.inside[src]; ok {
		u.Src.Lo = uint64(in)
	} else if b := n.bound(u.VRF, src, u.SrcPort, u.Proto); b >= 0 && n.bindings[b].network == u.Network {
		u.Src.Lo, u.SrcPort = uint64(n.bindings[b].inside), n.bindings[b].insidePort
	}
}

// bound returns the number of the binding to an address and port of the pool, or -1.
func (n *NAT) bound(vrf uint16, addr uint32, port uint16, proto uint8) int64 {
	class, ported := classOf(proto)
	if !ported || !within(n.pool, addr) {
		return -1
	}
	key := keyOf(outsideEnd, vrf, outsideNetwork, addr, port, class)
	if hit := n.index.Lookup(&key); hit.Hit {
		return int64(hit.Value)
	}
	return -1
}

// Inbound translates the headers of a packet from outside, as it is on the wire. entry is the number of its session, for
// Known.
func (n *NAT) Inbound(at units.Time, u *table.Tuple, p Packet) (outcome Outcome, entry uint32) {
	n.pass(at)
	dst, src := uint32(u.Dst.Lo), uint32(u.Src.Lo)
	if u.V6 {
		return Untouched, 0
	}
	in, static := n.inside[dst]
	switch {
	case !static && !within(n.pool, dst):
		if n.crosses(dst, src) {
			return NoBinding, 0
		}
		return Untouched, 0
	case n.isInside(src): // it should have been turned round inside
		return NoBinding, 0
	case static:
		u.Dst.Lo = uint64(in)
		return Mapped, 0
	case n.found && *u == n.wired:
		n.found = false
		return n.known(at, u, n.ref, p)
	}
	i := n.bound(u.VRF, dst, u.DstPort, u.Proto)
	if i < 0 {
		return NoBinding, 0
	}
	b := &n.bindings[i]
	inner := *u
	inner.Dst.Lo, inner.DstPort, inner.Network = uint64(b.inside), b.insidePort, b.network
	if session := n.sessions.Lookup(&inner); session.Hit {
		return n.known(at, u, session.Ref, p)
	}
	*u = inner
	return Known, sessionless | uint32(i)
}

// sessionless marks the number of a binding where there is no session.
const sessionless = 1 << 31

// known translates a packet from outside by its session.
func (n *NAT) known(at units.Time, u *table.Tuple, ref table.FlowRef, p Packet) (Outcome, uint32) {
	b := &n.bindings[n.sessions.Data(ref)]
	u.Dst.Lo, u.DstPort, u.Network = uint64(b.inside), b.insidePort, b.network
	if !p.About {
		n.sessions.Count(ref, table.Reply, p.Size, at)
	}
	return Known, uint32(ref)
}

// Outbound translates the headers of a packet from the inside. entry is the number of its session, for Known and Begun.
func (n *NAT) Outbound(at units.Time, u *table.Tuple, p Packet) (outcome Outcome, entry uint32) {
	n.pass(at)
	src := uint32(u.Src.Lo)
	if u.V6 || !n.crosses(src, uint32(u.Dst.Lo)) {
		return Untouched, 0
	}
	if out, ok := n.outside[src]; ok {
		u.Src.Lo = uint64(out)
		return Mapped, 0
	}
	outcome = Known
	hit := n.sessions.Lookup(u)
	if !hit.Hit {
		if !p.Begins {
			return NoBinding, 0
		}
		if hit.Ref, outcome = n.begin(at, u, p); outcome != Begun {
			return outcome, 0
		}
	}
	if !p.About {
		n.sessions.Count(hit.Ref, table.Original, p.Size, at)
	}
	b := &n.bindings[n.sessions.Data(hit.Ref)]
	u.Src.Lo, u.SrcPort, u.Network = uint64(b.outside), b.outsidePort, outsideNetwork
	return outcome, uint32(hit.Ref)
}

// begin makes a session, with the binding of its inside endpoint or a new one.
func (n *NAT) begin(at units.Time, u *table.Tuple, p Packet) (ref table.FlowRef, outcome Outcome) {
	class, ok := classOf(u.Proto)
	switch {
	case !ok:
		return 0, NoPort
	case u.Answer: // the reply to a query that came by no binding
		return 0, NoBinding
	}
	key := keyOf(insideEnd, u.VRF, u.Network, uint32(u.Src.Lo), u.SrcPort, class)
	hit := n.index.Lookup(&key)
	i := hit.Value
	if !hit.Hit {
		if i, outcome = n.bind(&key, u, class); outcome != Begun {
			return 0, outcome
		}
	}
	n.bindings[i].sessions++
	if p.Admit != nil && !p.Admit() {
		n.leave(i)
		return 0, Full
	}
	made := n.sessions.Enter(u, at)
	if made.Outcome != table.Inserted {
		n.leave(i)
		return 0, Full
	}
	n.sessions.SetData(made.Ref, i)
	if !hit.Hit && !at.Before(n.spec.From) && at.Before(n.spec.To) {
		n.counts.New++
	}
	return made.Ref, Begun
}

// bind makes a binding without a session for the source of a packet, whose key in the index is given.
func (n *NAT) bind(inside *table.Key, u *table.Tuple, class uint8) (i uint32, outcome Outcome) {
	addr, port, ok := n.ports.take(u.VRF, u.Network, uint32(u.Src.Lo), class)
	if !ok {
		return 0, NoPort
	}
	b := binding{network: u.Network, inside: uint32(u.Src.Lo), insidePort: u.SrcPort, outside: addr, outsidePort: port, vrf: u.VRF, class: class}
	if n.free != 0 {
		i = n.free - 1
		n.free = n.bindings[i].inside
		n.bindings[i] = b
	} else {
		i = uint32(len(n.bindings))
		n.bindings = append(n.bindings, b)
	}
	n.live++
	outside := keyOf(outsideEnd, b.vrf, outsideNetwork, b.outside, b.outsidePort, class)
	if outcome, _ := n.index.Insert(inside, i); outcome != table.Inserted {
		n.drop(i)
		return 0, Full
	}
	if outcome, _ := n.index.Insert(&outside, i); outcome != table.Inserted {
		n.drop(i)
		return 0, Full
	}
	return i, Begun
}

// leave ends a session of binding i, and the binding with the last one.
func (n *NAT) leave(i uint32) {
	if n.bindings[i].sessions--; n.bindings[i].sessions == 0 {
		n.drop(i)
	}
}

// drop removes binding i, as far as it has been entered.
func (n *NAT) drop(i uint32) {
	b := &n.bindings[i]
	for _, key := range [2]table.Key{keyOf(insideEnd, b.vrf, b.network, b.inside, b.insidePort, b.class),
		keyOf(outsideEnd, b.vrf, outsideNetwork, b.outside, b.outsidePort, b.class)} {
		n.index.Delete(&key)
	}
	n.ports.give(b.vrf, b.outside, b.outsidePort, b.class)
	*b = binding{inside: n.free}
	n.free = i + 1
	n.live--
}
