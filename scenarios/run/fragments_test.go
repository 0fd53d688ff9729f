package run

import (
	"encoding/binary"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/internal/frames"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/sim/header"
)

// pieces cuts the packet of an untagged frame into fragments whose parts are so long, a multiple of 8, but for the last.
func pieces(frame []byte, id uint16, part int) (list [][]byte) {
	s := header.Parse(frame)
	segment := frame[s.L4:]
	for at := 0; at < len(segment); at += part {
		end := min(at+part, len(segment))
		more := end < len(segment)
		if s.Version == 6 {
			h := header.IPv6Fragment(make([]byte, header.IPv6FragmentLen))
			h.Set(s.Key.Proto, at, more, uint32(id))
			list = append(list, frames.IP(s.Key.SrcAddr().String(), s.Key.DstAddr().String(), header.ProtoFragment, append(h, segment[at:end]...)))
			continue
		}
		one := frames.IP(s.Key.SrcAddr().String(), s.Key.DstAddr().String(), s.Key.Proto, segment[at:end])
		ip, flags := header.IPv4(one[header.EthernetLen:]), uint16(0)
		if more {
			flags = header.IPv4MoreFragments
		}
		ip.SetID(id)
		ip.SetFragment(flags, at)
		ip.SetChecksum(0)
		ip.SetChecksum(ip.ComputeChecksum())
		list = append(list, one)
	}
	return list
}

// refusals adds up what services have dropped in a story.
func refusals(t testing.TB, text, placement string) int {
	m, sum := metrics(t, text, "placements=["+placement+"]"), 0.0
	for _, reason := range []string{"policy", "no_route", "nat_no_binding", "nat_no_port", "lb_no_backend", "fragment", "malformed"} {
		sum += m["drops."+reason]
	}
	return int(sum)
}

// fragmented are chains, with what a VM sends and gets, whole.
var fragmented = map[string]struct {
	rest   string
	frames []told
	lost   int // of whole packets
}{
	"deny a port": {"services: [{firewall: {rules: [{action: deny, proto: udp, dport: 53}], default: permit, stateful: false}}]",
		[]told{gets(frames.UDP("203.0.113.1", 5000, "10.0.0.1", 53)), gets(frames.UDP("203.0.113.1", 5000, "10.0.0.1", 4501)),
			gets(frames.UDP("2001:db8::1", 5000, "fd00::1", 53)), gets(frames.UDP("2001:db8::1", 5000, "fd00::1", 4501))}, 2},
	"permit a port": {"services: [{firewall: {rules: [{action: permit, proto: udp, dport: 53}], default: deny, stateful: false}}, route]",
		[]told{gets(frames.UDP("203.0.113.1", 5000, "10.0.0.1", 53)), gets(frames.UDP("203.0.113.1", 5000, "10.0.0.1", 4501)),
			gets(frames.UDP("2001:db8::1", 5000, "fd00::1", 53)), gets(frames.UDP("2001:db8::1", 5000, "fd00::1", 4501))}, 2},
	"answers of a flow": {guarded, []told{sends(frames.UDP("10.0.0.1", 5000, "203.0.113.1", 53)), gets(frames.UDP("203.0.113.1", 53, "10.0.0.1", 5000)),
		gets(frames.UDP("203.0.113.1", 54, "10.0.0.1", 5000)), sends(frames.UDP("fd00::1", 5000, "2001:db8::1", 53)), gets(frames.UDP("2001:db8::1", 53, "fd00::1", 5000))}, 1},
	"nat": {"services: [{nat: {inside: 10.0.0.0/8, pool: 192.0.2.1}}]",
		[]told{sends(frames.UDP("10.0.0.1", 5000, "203.0.113.1", 53)), gets(frames.UDP("203.0.113.1", 53, "10.0.0.1", 5000)), gets(frames.UDP("203.0.113.1", 53, "10.0.0.1", 6000))}, 1},
	"lb": {"services: [{lb: {vips: [{address: 192.0.2.10, port: 53, proto: udp, backends: [10.1.0.1:53]}]}}, " +
		"{firewall: {rules: [{action: deny, dst: 192.0.2.10/32}, {action: deny, proto: udp, sport: 7}], default: permit, stateful: false}}]",
		[]told{gets(frames.UDP("203.0.113.1", 4000, "192.0.2.10", 53)), gets(frames.UDP("203.0.113.1", 4000, "192.0.2.10", 54)), gets(frames.UDP("203.0.113.1", 7, "192.0.2.10", 53))}, 2},
}

// Fragments of a datagram fare as the whole one does, in every chain and placement, in whatever order of those that the table
// can hold.
func TestFragmentsFareAsTheirDatagram(t *testing.T) {
	for name, c := range fragmented {
		var whole, cut, back []told
		for i, f := range c.frames {
			whole = append(whole, f)
			list := pieces(f.frame, uint16(i), 16)
			require.Len(t, list, 2)
			for k := range list {
				cut = append(cut, told{outbound: f.outbound, frame: list[k], vf: -1})
				back = append(back, told{outbound: f.outbound, frame: list[len(list)-1-k], vf: -1})
			}
		}
		for _, placement := range scenarios.AllPlacements() {
			require.Equal(t, c.lost, refusals(t, story(t, c.rest, whole...), placement), "%s, %s, whole", name, placement)
			for order, told := range map[string][]told{"in order": cut, "backwards": back} {
				assert.Equal(t, 2*c.lost, refusals(t, story(t, c.rest, told...), placement), "%s, %s, %s", name, placement, order)
			}
		}
	}
}

// The same of any number of fragments that the table holds, of several datagrams mixed, by rules that know ports.
func TestFragmentsInAnyOrder(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var cut []told
		want := 0
		for i := range rapid.IntRange(1, 3).Draw(r, "datagrams") {
			port := rapid.SampledFrom([]uint16{53, 80}).Draw(r, "port")
			frame := frames.UDP("203.0.113.1", 5000, "10.0.0.1", port)
			if rapid.Bool().Draw(r, "v6") {
				frame = frames.UDP("2001:db8::1", 5000, "fd00::1", port)
			}
			list := rapid.Permutation(pieces(frame, uint16(i), rapid.SampledFrom([]int{8, 16, 24}).Draw(r, "part"))).Draw(r, "order")
			if port == 53 {
				want += len(list)
			}
			for _, f := range list {
				cut = append(cut, gets(f))
			}
		}
		order := rapid.Permutation(cut).Draw(r, "mixed")
		assert.Equal(r, want, refusals(t, story(t, fragmented["deny a port"].rest, order...), "nic"))
	})
}

// hidden are packets that a firewall cannot read whole; each is of UDP port 53 of 10.0.0.1 or fd00::1 where it is read.
func hidden() map[string][]byte {
	good := frames.UDP("203.0.113.1", 5000, "10.0.0.1", 53)
	change := func(f func(ip []byte)) []byte {
		frame := slices.Clone(good)
		f(frame[header.EthernetLen:])
		return frame
	}
	options := make([]byte, 0, 100)
	for i := range 5 {
		options = append(options, map[bool]byte{true: header.ProtoUDP, false: header.ProtoDstOpts}[i == 4], 0, 1, 4, 0, 0, 0, 0)
	}
	v6 := frames.UDP("2001:db8::1", 5000, "fd00::1", 53)
	s := header.Parse(v6)
	tiny := pieces(frames.TCP("203.0.113.1", 5000, "10.0.0.1", 53, header.TCPSyn), 9, 8)
	return map[string][]byte{
		"header of 12 B":    change(func(ip []byte) { ip[0] = 0x43 }),
		"beyond the frame":  change(func(ip []byte) { binary.BigEndian.PutUint16(ip[2:], 1000) }),
		"UDP beyond":        change(func(ip []byte) { binary.BigEndian.PutUint16(ip[24:], 500) }),
		"ends in UDP":       change(func(ip []byte) { binary.BigEndian.PutUint16(ip[2:], 22) }),
		"IPv4 of version 7": change(func(ip []byte) { ip[0] = 0x75 }),
		"three tags":        frames.Tagged(good, 1, 2, 3),
		"five options":      frames.IP("2001:db8::1", "fd00::1", header.ProtoDstOpts, append(options, v6[s.L4:]...)),
		"ports in no piece": pieces(good, 9, 8)[1],
		"tiny first piece":  tiny[0],
		"second piece of 8": tiny[1],
	}
}

// What cannot be read does not slip past rules, in any placement: neither past a default that denies, nor past a rule that denies
// a port; with unparsed: pass it does, and with deny it does not even where nothing else denies.
func TestFirewallFailsClosed(t *testing.T) {
	firewall := func(options string) string { return "services: [{firewall: {" + options + "}}]" }
	for _, placement := range scenarios.AllPlacements() {
		for name, frame := range hidden() {
			for _, c := range []struct {
				options string
				lost    int
			}{
				{"rules: [{action: permit, proto: udp, dport: 80}], default: deny, stateful: false", 1},
				{"rules: [{action: permit, proto: udp, dport: 80}], default: deny, stateful: true", 1},
				{"rules: [{action: deny, dport: 53, proto: udp}, {action: deny, dport: 53, proto: tcp}], default: permit, stateful: false", 1},
				{"default: permit, stateful: false", 0},
			} {
				assert.Equal(t, c.lost, refusals(t, story(t, firewall(c.options), gets(frame)), placement), "%s: %s, %s", placement, name, c.options)
			}
		}
	}
	const open = "rules: [{action: permit, proto: udp, dport: 80}], default: deny, stateful: false"
	frame := hidden()["header of 12 B"]
	assert.Zero(t, refusals(t, story(t, firewall(open+", unparsed: pass"), gets(frame)), "nic"))
	assert.Equal(t, 1, drops(t, story(t, firewall("default: permit, stateful: false, unparsed: deny"), gets(frame)), "nic", "malformed"))
	assert.Equal(t, 1, drops(t, story(t, "services: [{nat: {inside: 10.0.0.0/8, pool: 192.0.2.1}}]", gets(frame)), "nic", "malformed"))
	arp := make([]byte, 60)
	header.Ethernet(arp).SetEtherType(header.EtherTypeARP)
	assert.Zero(t, refusals(t, story(t, firewall(open), gets(arp)), "nic"), "without ARP there would be no traffic")
}

// Where a general core joins fragments they take its time, and only they.
func TestFragmentsAtACore(t *testing.T) {
	list := pieces(frames.UDP("203.0.113.1", 5000, "10.0.0.1", 80), 1, 16)
	text := story(t, "services: [{firewall: {rules: [{action: deny, proto: udp, dport: 53}], default: permit, stateful: false}}]", gets(list[0]), gets(list[1]))
	table, core := metrics(t, text), metrics(t, text, "dsn.parser.fragments=punt")
	assert.InDelta(t, table["latency.max"]+1500, core["latency.max"], 20)
	assert.InDelta(t, table["latency.min"], core["latency.min"], 1, "ARP")
	assert.Zero(t, core["parser.too_deep"])
}
