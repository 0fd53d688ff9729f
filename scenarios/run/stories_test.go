package run

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/internal/frames"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/header"
)

// told is a frame of a story: who sends it when is said by its place.
type told struct {
	outbound bool
	frame    []byte
	vf       int  // of the entry of the traffic that has it, -1 for none that names one
	wired    bool // it is in the chain's tunnels, which are opened
}

func sends(frame []byte) told            { return told{true, frame, -1, false} }
func gets(frame []byte) told             { return told{false, frame, -1, false} }
func (o told) of(vf int) told            { o.vf = vf; return o }
func (o told) tagged(ids ...uint16) told { o.frame = frames.Tagged(o.frame, ids...); return o }

// story returns a scenario of one server with two VMs in which frames come one by one, 50 us apart, in the given order. rest has
// services and what else the scenario needs.
func story(t testing.TB, rest string, frames ...told) string {
	t.Helper()
	type entry struct {
		outbound bool
		vf       int
		wired    bool
	}
	dir, lists, order := t.TempDir(), map[entry][]capture.Record{}, []entry{}
	for i, f := range frames {
		e := entry{f.outbound, f.vf, f.wired}
		if lists[e] == nil { // times count from the first record, so all captures begin with one that nobody judges
			arp := make([]byte, 60)
			header.Ethernet(arp).SetEtherType(header.EtherTypeARP)
			lists[e], order = []capture.Record{{Wire: len(arp), Data: arp}}, append(order, e)
		}
		lists[e] = append(lists[e], capture.Record{TimeNs: int64(i+1) * 50_000, Wire: len(f.frame), Data: f.frame})
	}
	var text strings.Builder
	fmt.Fprintf(&text, "version: 1\nrack: {servers: 1, server: {vms: 2, nic: {rate: 100Gbps}}, uplink: 100Gbps}\n%s\ntraffic:\n", rest)
	for i, e := range order {
		path := filepath.Join(dir, fmt.Sprintf("%d.pcap", i))
		file, err := os.Create(path)
		require.NoError(t, err)
		w, err := capture.NewWriter(file)
		require.NoError(t, err)
		for _, r := range lists[e] {
			require.NoError(t, w.Write(r))
		}
		require.NoError(t, file.Close())
		direction, vf := "inbound", ""
		if e.outbound {
			direction = "outbound"
		}
		if e.vf >= 0 {
			vf = fmt.Sprintf(", vf: %d", e.vf)
		}
		if e.wired {
			vf += ", on_wire: true, decapsulate: true"
		}
		fmt.Fprintf(&text, "  - {name: e%d, pcap: %q, direction: %s, loop: false, arrivals: recorded%s}\n", i, path, direction, vf)
	}
	fmt.Fprintf(&text, "run: {duration: %dus, warmup: 0s, cold: true}\nplacements: [nic]\n", 50*len(frames)+200)
	return text.String()
}

// guarded is a firewall that lets in only what belongs to a flow that began inside.
const guarded = "services: [{firewall: {rules: [{action: permit, src: 10.0.0.0/8}, {action: permit, src: 'fd00::/16'}], default: deny, stateful: true}}, route]"

// drops returns how many packets of a story are lost for a reason, in a placement.
func drops(t testing.TB, text, placement, reason string) int {
	t.Helper()
	m := metrics(t, text, "placements=["+placement+"]")
	return int(m["drops."+reason])
}
