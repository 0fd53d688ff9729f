package input

import (
	"fmt"

	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/datagram"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/traffic"
)

// flagsOf returns the 16 bits that hold data offset and flags of each record with a TCP header, else 0. A fragment has those
// of its datagram.
func flagsOf(c *capture.Capture, joined *datagram.Joined) []uint16 {
	list := make([]uint16, len(c.Records))
	for i := range c.Records {
		first, ok := joined.First(i)
		if !ok {
			continue
		}
		data := c.Records[first].Data
		h := header.Parse(data)
		const offset, end = 12, 14
		if at := int(h.L4); h.Key.Proto == header.ProtoTCP && at > 0 && len(data) >= at+end {
			list[i] = uint16(data[at+offset])<<8 | uint16(data[at+offset+1])
		}
	}
	return list
}

// Verdicts are what a Policy says of the packets of a source: the same wherever the packet is asked about, so they are
// worked out once for each flow, or for each record where rules look at TCP flags.
type Verdicts struct {
	Policy   *policy.Policy
	refused  []uint32 // by flow or by record
	byRecord bool
	steer    [2][]uint32 // by direction and session, or for made-up packets flow, where all packets of a flow must meet
	Spec     *steps.Spec
	flows    *policy.Flows                   // of a capture, where services keep state
	Made     func(flow uint32) traffic.Tuple // of a mix of sizes
	Flags    uint16                          // of its packets
}

// unknown marks flows without a verdict yet. It is no set of reasons.
const unknown = 1<<32 - 1

// ruleTrace asks about all packets of a capture.
func ruleTrace(p *policy.Policy, t *Input, spec *steps.Spec) *Verdicts {
	r := &Verdicts{Policy: p, Spec: spec, flows: t.Tracked, byRecord: p.LooksAtFlags()}
	tuples := t.Trace.Tuples()
	if r.byRecord {
		flows := t.Trace.FlowOfRecords()
		for record := range flows {
			r.refused = append(r.refused, p.Refuse(&tuples[flows[record]], t.Flags[record]))
		}
	}
	for i := range tuples {
		if !r.byRecord {
			r.refused = append(r.refused, p.Refuse(&tuples[i], 0))
		}
	}
	if spec.Steers() {
		for n := range t.Tracked.Sessions().Len() {
			one := t.Tracked.Sessions().At(uint32(n))
			for dir := range r.steer {
				r.steer[dir] = append(r.steer[dir], spec.Steer(one, Direction(dir) == Outbound))
			}
		}
	}
	return r
}

// Rule fills in what the packet is refused for, and where it is steered to.
func (r *Verdicts) Rule(p *packet.Packet, dir Direction) {
	for r.Made != nil && int(p.Flow) >= len(r.refused) {
		r.refused = append(r.refused, unknown)
		if r.Spec.Steers() {
			r.steer[dir] = append(r.steer[dir], 0)
		}
	}
	i := int(p.Flow)
	if r.byRecord {
		i = int(p.Record)
	}
	if r.refused[i] == unknown {
		r.ask(p.Flow, dir)
	}
	p.Refused = r.refused[i]
	switch {
	case !r.Spec.Steers():
	case r.Made == nil:
		p.Hash = r.steer[dir][r.flows.Sessions().Of(int(p.Record))]
	default:
		p.Hash = r.steer[dir][p.Flow]
	}
}

// ask works out the verdict on a synthetic flow.
func (r *Verdicts) ask(flow uint32, dir Direction) {
	t := r.Made(flow)
	r.refused[flow] = r.Policy.Refuse(&t, r.Flags)
	switch {
	case r.Spec.Rewrites():
		one := policy.Session{Kind: header.Packet, Tuple: policy.TupleOf(&t)}
		r.steer[dir][flow] = r.Spec.Steer(&one, dir == Outbound)
	case r.Spec.Steers():
		r.steer[dir][flow] = policy.Steer(&t)
	}
}

// FlagsOfMix returns the TCP flags of made-up packets, data offset included.
func FlagsOfMix(t *Input) uint16 {
	if t.SYNFlood > 0 {
		return policy.SYNFlags
	}
	return policy.DataFlags
}

// Notes tells which packets of a capture firewall and route do not judge like the others.
func (r *Verdicts) Notes(t *Input) (list []string) {
	if r == nil {
		return nil
	}
	seen := t.Trace.Readings()
	for _, c := range []struct {
		n    int
		what string
	}{
		{seen[header.NotAnIPPacket], "are not IP; firewall and route let them pass"},
		{seen[header.Contradicts], "have headers that contradict themselves or the frame; a firewall lets them pass only where no rule could deny them (firewall.unparsed), and counts the others as malformed"},
		{seen[header.Hidden], "have their IP header behind a third VLAN tag, MPLS, PPPoE or the like, or where the capture is cut; a firewall lets them pass only where no rule could deny them (firewall.unparsed)"},
		{seen[header.NoPorts] + seen[header.NoProtocol], "have no ports, since the capture is cut; a firewall lets them pass only where no rule could deny them (firewall.unparsed)"},
	} {
		if c.n > 0 {
			list = append(list, fmt.Sprintf("%s: %d of the %d packets of the capture %s", t.Name, c.n, t.Trace.Packets(), c.what))
		}
	}
	return append(list, fragmentNotes(t)...)
}

// fragmentNotes tells what became of the fragments of a capture.
func fragmentNotes(t *Input) []string {
	j := t.Joined
	if j == nil {
		return nil
	}
	text := fmt.Sprintf("%s: %d records of the capture are fragments; the ports of the first of a datagram are those of all", t.Name, j.Fragments)
	sep := "; the ports of some cannot be told, so that services that need them drop them as fragment: "
	for cause, n := range j.Lost {
		if n > 0 {
			text += fmt.Sprintf("%s%d %s", sep, n, datagram.Cause(cause))
			sep = ", "
		}
	}
	return []string{text}
}
