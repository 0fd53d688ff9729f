package run

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dsnsim/dsnsim/internal/frames"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/sim/header"
)

// The ends of the stories: a VM and a server outside, a router on the way, of each family.
var peersOf = map[string]struct{ vm, server, router string }{
	"v4": {"10.0.0.1", "203.0.113.1", "198.51.100.254"},
	"v6": {"fd00::1", "2001:db8::1", "2001:db8:ffff::1"},
}

// errorTypes are the ICMP errors of each family: unreachable (also "fragmentation needed"), time exceeded, parameter problem, and
// packet too big.
var errorTypes = map[string][]uint8{"v4": {3, 11, 12}, "v6": {1, 2, 3, 4}}

// firstOf returns a packet of each protocol that a flow can begin with.
func firstOf(family string) map[string][]byte {
	e := peersOf[family]
	echo := map[string]uint8{"v4": header.ICMPEchoRequest, "v6": header.ICMPv6EchoRequest}[family]
	ports := []byte{0x13, 0x88, 0, 80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	list := map[string][]byte{
		"tcp":  frames.TCP(e.vm, 5000, e.server, 80, header.TCPSyn),
		"udp":  frames.UDP(e.vm, 5000, e.server, 53),
		"echo": frames.ICMP(e.vm, e.server, echo, 77, nil),
		"sctp": frames.IP(e.vm, e.server, header.ProtoSCTP, ports),
		"esp":  frames.IP(e.vm, e.server, header.ProtoESP, ports),
		"gre":  frames.IP(e.vm, e.server, header.ProtoGRE, []byte{0, 0, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8}),
	}
	if family == "v4" {
		list["timestamp"] = frames.ICMP(e.vm, e.server, 13, 77, make([]byte, 12))
	}
	return list
}

// An ICMP error about a tracked flow passes, whatever the protocol, from the other end or from a router on the way, in every
// placement; about a flow that nobody began it does not.
func TestErrorsAboutFlowsPass(t *testing.T) {
	for family, e := range peersOf {
		var all, unknown []told
		for _, frame := range firstOf(family) {
			all = append(all, sends(frame))
			for _, kind := range errorTypes[family] {
				for _, from := range []string{e.server, e.router} {
					one := gets(frames.Error(frame, kind, from, e.vm, 1000))
					all, unknown = append(all, one), append(unknown, one)
				}
			}
		}
		known, strange := story(t, guarded, all...), story(t, guarded, unknown...)
		for _, placement := range scenarios.AllPlacements() {
			assert.Zero(t, drops(t, known, placement, "policy"), "%s, %s", family, placement)
			assert.Equal(t, len(unknown), drops(t, strange, placement, "policy"), "%s, %s: about nothing", family, placement)
		}
	}
}

// Errors that are not about a packet of the flow that came from where they go meet the rules: forged ones, errors about errors, about
// another tenant's flow, with too little of the packet, and messages that are no errors.
func TestOtherErrorsMeetTheRules(t *testing.T) {
	for family, e := range peersOf {
		flow := firstOf(family)["udp"]
		answer := frames.UDP(e.server, 53, e.vm, 5000)
		kind, length := errorTypes[family][0], map[string]int{"v4": header.IPv4MinLen, "v6": header.IPv6Len}[family]
		redirect := map[string]uint8{"v4": 5, "v6": 137}[family]
		for name, wrong := range map[string]told{
			"the wrong way round":  gets(frames.Error(answer, kind, e.router, e.vm, 1000)),
			"to the other end":     gets(frames.Error(answer, kind, e.router, e.server, 1000)),
			"to somebody else":     gets(frames.Error(flow, kind, e.router, e.router, 1000)),
			"another port":         gets(frames.Error(frames.UDP(e.vm, 5001, e.server, 53), kind, e.router, e.vm, 1000)),
			"another protocol":     gets(frames.Error(frames.TCP(e.vm, 5000, e.server, 53, header.TCPAck), kind, e.router, e.vm, 1000)),
			"about an error":       gets(frames.Error(frames.Error(answer, kind, e.vm, e.router, 1000), kind, e.router, e.vm, 1000)),
			"cut before the ports": gets(frames.Error(flow, kind, e.router, e.vm, length+3)),
			"another VM's":         gets(frames.Error(flow, kind, e.router, e.vm, 1000)).of(1),
			"another VLAN's":       gets(frames.Error(flow, kind, e.router, e.vm, 1000)).tagged(5),
			"a redirect":           gets(frames.Error(flow, redirect, e.router, e.vm, 1000)),
		} {
			text := story(t, guarded, sends(flow), wrong, gets(answer))
			assert.Equal(t, 1, drops(t, text, "nic", "policy"), "%s: %s", family, name)
		}
	}
}

// An error opens nothing: what is quoted does not begin a flow, and a flow that errors alone belong to ends in time.
func TestErrorsKeepNothingAlive(t *testing.T) {
	e := peersOf["v4"]
	flow, answer := firstOf("v4")["udp"], frames.UDP(e.server, 53, e.vm, 5000)
	short := "services: [{firewall: {rules: [{action: permit, src: 10.0.0.0/8}], default: deny, stateful: true, timeouts: {udp: 100us}}}]"
	fault := gets(frames.Error(flow, 3, e.router, e.vm, 1000))
	assert.Equal(t, 1, drops(t, story(t, short, sends(flow), fault, fault, gets(answer)), "nic", "policy"))
	assert.Zero(t, drops(t, story(t, short, sends(flow), gets(answer), gets(answer), gets(answer)), "nic", "policy"))
	out := sends(frames.Error(answer, 3, e.vm, e.server, 1000)) // the rules permit it
	assert.Equal(t, 1, drops(t, story(t, guarded, out, gets(answer)), "nic", "policy"))
}

// The answers to a query pass, and nothing else of the same identifier: no request of the other end, no answer of another type, of
// another identifier, or of another end. 0 is an identifier like others.
func TestOnlyAnswersRideOnQueries(t *testing.T) {
	for family, e := range peersOf {
		request, reply := uint8(header.ICMPEchoRequest), uint8(header.ICMPEchoReply)
		if family == "v6" {
			request, reply = header.ICMPv6EchoRequest, header.ICMPv6EchoReply
		}
		for _, id := range []uint16{0, 7, 0x0800} {
			asked := sends(frames.ICMP(e.vm, e.server, request, id, nil))
			answer := gets(frames.ICMP(e.server, e.vm, reply, id, nil))
			assert.Zero(t, drops(t, story(t, guarded, asked, answer), "nic", "policy"))
			for name, wrong := range map[string]told{
				"its own request":    gets(frames.ICMP(e.server, e.vm, request, id, nil)),
				"another identifier": gets(frames.ICMP(e.server, e.vm, reply, id+1, nil)),
				"another end":        gets(frames.ICMP(e.router, e.vm, reply, id, nil)),
				"timestamp reply":    gets(frames.ICMP(e.server, e.vm, 14, id, nil)),
				"a request of 0":     gets(frames.ICMP(e.server, e.vm, request, 0, nil)),
			} {
				assert.Equal(t, 1, drops(t, story(t, guarded, asked, wrong, answer), "nic", "policy"), "%s %d: %s", family, id, name)
			}
		}
		// An answer begins nothing, so no request rides on it.
		unasked := sends(frames.ICMP(e.vm, e.server, reply, 7, nil))
		assert.Equal(t, 1, drops(t, story(t, guarded, unasked, gets(frames.ICMP(e.server, e.vm, request, 7, nil))), "nic", "policy"))
	}
	asked := sends(frames.ICMP("10.0.0.1", "203.0.113.1", 13, 7, nil))
	assert.Zero(t, drops(t, story(t, guarded, asked, gets(frames.ICMP("203.0.113.1", "10.0.0.1", 14, 7, nil))), "nic", "policy"))
	assert.Equal(t, 1, drops(t, story(t, guarded, asked, gets(frames.ICMP("203.0.113.1", "10.0.0.1", 0, 7, nil))), "nic", "policy"))
}

// A SYN asks for a connection of its own where the one before is closing, reset or open: from outside it meets the rules. Other
// packets of the connection pass until its time is over; no connection begins with its end or with an answer.
func TestConnectionsAreAskedFor(t *testing.T) {
	const syn, ack, fin, rst = header.TCPSyn, header.TCPAck, header.TCPFin, header.TCPRst
	for family, e := range peersOf {
		out := func(flags uint8) told { return sends(frames.TCP(e.vm, 5000, e.server, 80, flags)) }
		in := func(flags uint8) told { return gets(frames.TCP(e.server, 80, e.vm, 5000, flags)) }
		open := []told{out(syn), in(syn | ack), out(ack)}
		with := func(more ...told) []told { return append(append([]told(nil), open...), more...) }
		for name, c := range map[string]struct {
			frames []told
			drops  int
		}{
			"both have closed":      {with(out(fin|ack), in(fin|ack), out(ack), in(syn)), 1},
			"one has closed":        {with(in(fin|ack), in(syn)), 1},
			"reset from inside":     {with(out(rst), in(syn)), 1},
			"reset from outside":    {with(in(rst|ack), in(syn)), 1},
			"the last packets":      {with(out(fin|ack), in(ack), in(fin|ack), out(ack), in(fin|ack)), 0},
			"again from inside":     {with(out(rst), out(syn), in(syn|ack), out(ack), in(ack)), 0},
			"again, then outside":   {with(out(rst), out(syn), in(syn|ack), out(ack), in(syn)), 1},
			"open":                  {with(in(syn)), 1},
			"both open it at once":  {[]told{out(syn), in(syn), out(syn | ack), in(ack)}, 0},
			"begins with a reset":   {[]told{out(rst), in(syn), in(ack)}, 2},
			"begins with its end":   {[]told{out(fin | ack), in(ack), in(syn)}, 2},
			"begins with an answer": {[]told{out(syn | ack), in(syn)}, 1},
			"met in its middle":     {[]told{out(ack), in(ack), in(syn)}, 1},
			"nobody asked":          {[]told{in(syn), in(syn | ack), in(ack), in(rst)}, 4},
		} {
			text := story(t, guarded, c.frames...)
			for _, placement := range []string{"nic", "software", "appliance"} {
				assert.Equal(t, c.drops, drops(t, text, placement, "policy"), "%s %s, %s", family, name, placement)
			}
		}
	}
}
