package policy

import (
	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/traffic"
)

// Flows are the headers of listed flows, in the form that the tables take.
type Flows struct {
	tuples []table.Tuple
	isIP   []bool
	flags  []uint16 // by record of the capture, or nil
	// sessions are those of the capture, where services rewrite headers.
	sessions *Sessions
}

// NewFlows converts the headers of a capture's flows. Any number of sources share the result.
func NewFlows(tuples []traffic.Tuple) *Flows {
	f := &Flows{tuples: make([]table.Tuple, len(tuples)), isIP: make([]bool, len(tuples))}
	for i := range tuples {
		if f.isIP[i] = tuples[i].IP; tuples[i].IP {
			f.tuples[i] = TupleOf(&tuples[i])
		}
	}
	return f
}

// Of numbers the flows' tenants in a list. Their network is the given one, unless they came out of an overlay that names it.
func (f *Flows) Of(network uint32, tuples []traffic.Tuple, tenants *Tenants) *Flows {
	for i := range tuples {
		f.tuples[i].Network = tenants.Number(NewTenant(network+tuples[i].Network, tuples[i].VLAN))
	}
	return f
}

// WithFlags adds what each record of the capture has in the 16 bits of the TCP header that hold data offset and flags.
func (f *Flows) WithFlags(byRecord []uint16) *Flows {
	f.flags = byRecord
	return f
}

// WithSessions adds the sessions of the capture.
func (f *Flows) WithSessions(s *Sessions) *Flows {
	f.sessions = s
	return f
}

// tenant returns the number of a flow's.
func (f *Flows) tenant(flow uint32) uint32 {
	if int(flow) >= len(f.tuples) {
		return 0
	}
	return f.tuples[flow].Network
}

// Sessions returns the capture's sessions, nil where no service rewrites headers.
func (f *Flows) Sessions() *Sessions { return f.sessions }

// Sources tells the headers of every flow of every source of packets. The sources are added in their order.
type Sources struct{ list []sourceFlows }

type sourceFlows struct {
	vrf      uint16
	outbound bool
	flows    *Flows // nil where made tells
	made     func(flow uint32) traffic.Tuple
	flags    uint16 // of every packet, where made tells
	tenant   uint32 // of every packet, where made tells
}

// AddTrace adds a source whose flows are listed. vrf is the server's number; outbound packets come from its VMs.
func (s *Sources) AddTrace(vrf uint16, outbound bool, flows *Flows) {
	s.list = append(s.list, sourceFlows{vrf: vrf, outbound: outbound, flows: flows})
}

// AddSynthetic adds a source whose flows can be worked out from their numbers. Its packets are data under way.
func (s *Sources) AddSynthetic(vrf uint16, outbound bool, made func(flow uint32) traffic.Tuple) {
	s.list = append(s.list, sourceFlows{vrf: vrf, outbound: outbound, made: made, flags: DataFlags})
}

// AddSYNs is AddSynthetic for a source that sends nothing but SYNs.
func (s *Sources) AddSYNs(vrf uint16, outbound bool, made func(flow uint32) traffic.Tuple) {
	s.list = append(s.list, sourceFlows{vrf: vrf, outbound: outbound, made: made, flags: SYNFlags})
}

// InNetwork sets the number of the tenant whose packets the source that was added last makes up.
func (s *Sources) InNetwork(tenant uint32) { s.list[len(s.list)-1].tenant = tenant }

// network returns the VRF of the server whose services have the packet.
func (f *sourceFlows) network(p *packet.Packet) uint16 {
	if p.Received {
		return p.To
	}
	return f.vrf
}

// Outbound reports whether a packet comes from a VM, as far as services see: on the receiver's half of the way it comes from
// the network.
func (s *Sources) Outbound(p *packet.Packet) bool {
	return s.list[p.Source()].outbound && !p.Received
}

// Tuple returns the headers of a packet, with its TCP flags, its server as VRF and its tenant as network, and false for what is
// not IP.
func (s *Sources) Tuple(p *packet.Packet) (u table.Tuple, ip bool) {
	f := &s.list[p.Source()]
	if f.flows != nil {
		u, ip = f.flows.tuples[p.Flow], f.flows.isIP[p.Flow]
		if u.Flags = DataFlags; f.flows.flags != nil && p.Record >= 0 {
			u.Flags = f.flows.flags[p.Record]
		}
	} else if t := f.made(p.Flow); t.IP {
		u, ip = TupleOf(&t), true
		u.Flags, u.Network = f.flags, f.tenant
	}
	if p.Parsed == packet.PortsUnseen {
		u.SrcPort, u.DstPort = 0, 0
	}
	u.VRF = f.network(p)
	return u, ip
}

// Session fills in what services see of a packet's headers; one must be zero. It returns a number that all packets of its source
// have that are alike in that.
func (s *Sources) Session(p *packet.Packet, one *Session) (number uint32) {
	f := &s.list[p.Source()]
	switch {
	case f.flows == nil:
		if t := f.made(p.Flow); t.IP {
			number, one.Kind, one.Tuple = p.Flow, header.Packet, TupleOf(&t)
			one.Tuple.Flags, one.Tuple.Network = f.flags, f.tenant
		}
	case f.flows.sessions == nil || p.Record < 0: // a capture whose flows are known, but not its records
		if number = p.Flow; f.flows.isIP[p.Flow] {
			one.Kind = header.Packet
			one.Tuple, _ = s.Tuple(p)
		}
	default:
		number = f.flows.sessions.Of(int(p.Record))
		*one = *f.flows.sessions.At(number)
		one.Tuple.Network = f.flows.tenant(p.Flow)
	}
	one.Tuple.VRF = f.network(p)
	one.Own.VRF, one.Own.Network = one.Tuple.VRF, one.Tuple.Network
	return number
}
