package run

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/internal/frames"
	"github.com/dsnsim/dsnsim/scenarios/tap"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/header"
)

// behindNAT has one chip with one outside address, whose first port goes to the first binding, and a firewall inside.
const behindNAT = "services: [{nat: {inside: 10.0.0.0/8, pool: 192.0.2.1, ports: 1024-2047}}, " +
	"{firewall: {rules: [{action: permit, src: 10.0.0.0/8}], default: deny, stateful: true}}]"

// seenOn runs a story and returns the IP frames on an interface of the DSN of nic, without Ethernet padding.
func seenOn(t *testing.T, text string) map[string][][]byte {
	t.Helper()
	s, dir := scenario(t, text), t.TempDir()
	taps := tap.NewSet(1000)
	_, _, err := Scenario(context.Background(), s, Options{Jobs: 1, TraceSeq: -1, Taps: taps})
	require.NoError(t, err)
	require.NoError(t, taps.Write(dir, tap.About{Scenario: s.Name, Profile: s.DSN.Profile, Tunnels: s.Stack()}))
	all := map[string][][]byte{}
	for _, name := range []string{"net", "vm", "drops"} {
		c, err := capture.ReadInterface(filepath.Join(dir, "nic.pcapng"), name)
		if err != nil {
			continue // nothing was seen there
		}
		for _, r := range c.Records {
			if h := header.Parse(r.Data); h.Version == 4 {
				all[name] = append(all[name], r.Data[:h.L3()+header.IPv4(r.Data[h.L3():]).TotalLen()])
			}
		}
	}
	return all
}

// flowEnds are the ends of the packets that are sent outbound, inside and outside NAT.
type flowEnds struct {
	addr string
	id   uint16
}

// What a VM sends, its own end of it, and errors about it, are on the wire as if the VM had the address and port of its binding, to
// the byte, with all checksums right; and errors that come in are in front of the VM as if there were no NAT. So with errors from
// the other end and from a router, and with those that a VM sends about what it got.
func TestErrorsBehindNATToTheByte(t *testing.T) {
	const server, router = "203.0.113.1", "198.51.100.254"
	inside, outside := flowEnds{"10.0.0.1", 5000}, flowEnds{"192.0.2.1", 1024}
	protocols := map[string]struct{ forth, back func(e flowEnds) []byte }{
		"tcp": {func(e flowEnds) []byte { return frames.TCP(e.addr, e.id, server, 80, header.TCPSyn) },
			func(e flowEnds) []byte { return frames.TCP(server, 80, e.addr, e.id, header.TCPSyn|header.TCPAck) }},
		"udp": {func(e flowEnds) []byte { return frames.UDP(e.addr, e.id, server, 53) },
			func(e flowEnds) []byte { return frames.UDP(server, 53, e.addr, e.id) }},
		"echo": {func(e flowEnds) []byte { return frames.ICMP(e.addr, server, 8, e.id, []byte("ping")) },
			func(e flowEnds) []byte { return frames.ICMP(server, e.addr, 0, e.id, []byte("ping")) }},
		"timestamp": {func(e flowEnds) []byte { return frames.ICMP(e.addr, server, 13, e.id, make([]byte, 12)) },
			func(e flowEnds) []byte { return frames.ICMP(server, e.addr, 14, e.id, make([]byte, 12)) }},
	}
	for name, p := range protocols {
		// talk is the conversation as it is seen where the VM's end is e.
		talk := func(e flowEnds) (list []told) {
			list = []told{sends(p.forth(e)), gets(p.back(e))}
			for _, kind := range errorTypes["v4"] {
				for _, quote := range []int{28, 1000} {
					list = append(list, gets(frames.Error(p.forth(e), kind, server, e.addr, quote)),
						gets(frames.Error(p.forth(e), kind, router, e.addr, quote)),
						sends(frames.Error(p.back(e), kind, e.addr, server, quote)))
				}
			}
			return list
		}
		var want = map[string][][]byte{}
		for i, f := range talk(inside) {
			want["vm"], want["net"] = append(want["vm"], f.frame), append(want["net"], talk(outside)[i].frame)
		}
		// A capture inside, and one in which what comes in is as it is outside.
		mixed := talk(inside)
		for i, f := range talk(outside) {
			if !f.outbound {
				mixed[i] = f
			}
		}
		for _, frames := range [][]told{talk(inside), mixed} {
			got := seenOn(t, story(t, behindNAT, frames...))
			assert.Empty(t, got["drops"], name)
			for at, list := range want {
				require.Len(t, got[at], len(list), "%s on %s", name, at)
				for i := range list {
					require.Equal(t, list[i], got[at][i], "%s on %s: packet %d", name, at, i)
				}
			}
		}
	}
}

// Fragments of an error are of the error: all pass, with the address of the router that sent it.
func TestErrorsInFragments(t *testing.T) {
	const router = "198.51.100.254"
	pieces := func(e flowEnds) [][]byte {
		whole := frames.Error(append(frames.UDP(e.addr, e.id, "203.0.113.1", 53), make([]byte, 80)...), 3, router, e.addr, 1000)
		const first = 80 // of the message
		payload := whole[header.EthernetLen+header.IPv4MinLen:]
		var list [][]byte
		for offset := 0; offset < len(payload); offset += first {
			frame := frames.IP(router, e.addr, header.ProtoICMP, payload[offset:min(offset+first, len(payload))])
			h, flags := header.IPv4(frame[header.EthernetLen:]), uint16(0)
			if offset+first < len(payload) {
				flags = header.IPv4MoreFragments
			}
			h.SetID(77)
			h.SetFragment(flags, offset)
			h.SetChecksum(h.ComputeChecksum())
			list = append(list, frame)
		}
		return list
	}
	inside, outside := flowEnds{"10.0.0.1", 5000}, flowEnds{"192.0.2.1", 1024}
	frames := []told{sends(frames.UDP(inside.addr, inside.id, "203.0.113.1", 53))}
	for _, p := range pieces(inside) {
		frames = append(frames, gets(p))
	}
	require.Greater(t, len(frames), 2)
	assert.Zero(t, drops(t, story(t, guarded, frames...), "nic", "policy"))
	got := seenOn(t, story(t, behindNAT, frames...))
	assert.Empty(t, got["drops"])
	assert.Equal(t, pieces(inside), got["vm"][1:])
	assert.Equal(t, pieces(outside), got["net"][1:])
}
