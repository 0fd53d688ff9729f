package placement

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/internal/named"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/load"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// full is the chain of the quickstart.
var full = []string{"ipsec", "vxlan", "firewall", "route"}

// scenario returns a rack at 25 Gbps with an uplink of 100 Gbps, changed by overrides.
func scenario(t *testing.T, services []string, sets ...string) *scenarios.Scenario {
	t.Helper()
	text := fmt.Sprintf(`version: 1
rack:
  server: {virtualization: kvm, cores: 32, pcie: {gen: 4, lanes: 16}, nic: {rate: 25Gbps}}
  uplink: 100Gbps
  cables: {server_tor: 3m, tor_spine: 100m, tor_appliance: 5m}
services: [%s]
traffic: [{sizes: 1500B, load: 1%%}]
`, strings.Join(services, ", "))
	s, err := load.Bytes("test.yaml", []byte(text), sets)
	require.NoError(t, err)
	return s
}

// calm returns the reference profile without stalls, and with drivers that look at their rings all the time.
func calm(t *testing.T) *profile.Profile {
	t.Helper()
	p, err := profile.Load("reference-100g")
	require.NoError(t, err)
	p.Host.Stall.MeanInterval.Value, p.Host.Poll.Value = 0, 0
	return p
}

// rack returns an empty rack.
func rack(t *testing.T, rec sim.Recorder, s *scenarios.Scenario, p *profile.Profile) *Rack {
	t.Helper()
	var names []string
	for _, v := range s.Services {
		names = append(names, v.Name)
	}
	chain, err := asic.Compile(named.Chain(names...), p, service.DefaultSizes(1, 8))
	require.NoError(t, err)
	r, err := NewRack(sim.NewEngine(rec), s, p, chain)
	require.NoError(t, err)
	return r
}

// ways returns those of server 0 in a placement.
func ways(t *testing.T, name string, r *Rack) (inbound, outbound *PathBuilder) {
	t.Helper()
	p, ok := Find(name)
	require.True(t, ok, name)
	return r.Build(p, 0)
}

// frames is a source of equal frames of one flow, far apart.
type frames struct {
	n     int
	sent  int
	bytes [2]uint32
}

// apart is the time between two frames: long enough that the way is empty again.
const apart = units.Millisecond

// header is how many bytes of headers the frames have: Ethernet, IPv4 and TCP.
const header = 14 + 20 + 20

func (f *frames) Next(p *packet.Packet) bool {
	if f.sent == f.n {
		return false
	}
	p.Sent = units.At(apart * units.Duration(f.sent))
	p.Bytes, p.Header, p.Record = f.bytes, header, -1
	f.sent++
	return true
}

// journal keeps when packets were delivered.
type journal struct{ sent, at []units.Time }

func (j *journal) Delivered(p *packet.Packet, at units.Time) {
	j.sent, j.at = append(j.sent, p.Sent), append(j.at, at)
}
func (j *journal) Dropped(*packet.Packet, units.Time, uint8) {}

// walked is the second of two equal frames through an empty way: its latency and its trace.
type walked struct {
	sim.Trace
	latency units.Duration
}

// walk sends two frames along one way of a placement. The second finds every cache warm.
func walk(t *testing.T, name, direction string, s *scenarios.Scenario, p *profile.Profile, frame uint32) walked {
	t.Helper()
	j := &journal{}
	r := rack(t, j, s, p)
	r.TraceSeq = 1
	way, out := ways(t, name, r)
	if direction == "outbound" {
		way = out
	}
	var names []string
	for _, v := range s.Services {
		names = append(names, v.Name)
	}
	r.AddPath(sim.Path{Name: direction, Hops: way.Hops})
	r.AddSource(&frames{n: 2, bytes: [2]uint32{frame, named.Tunnelled(names, frame)}})
	r.Prepare([][]int{{0}}, station.Window{To: units.Forever})
	require.NoError(t, r.Run(context.Background()))
	require.Len(t, j.at, 2, "both frames arrive")
	require.Len(t, r.Traces(), 1)
	return walked{r.Traces()[0], j.at[1].Sub(j.sent[1])}
}
