package run

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/internal/frames"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/sim/header"
)

// A flow of one tenant opens a firewall for nobody in the network of another, whatever tells the networks apart: the VM, tags,
// both; it does for the answers to it, in every placement. A tag with nothing but a priority tells none apart.
func TestTenantsDoNotShareFlows(t *testing.T) {
	query, answer := frames.UDP("10.0.0.1", 5000, "203.0.113.1", 53), frames.UDP("203.0.113.1", 53, "10.0.0.1", 5000)
	for name, c := range map[string]struct {
		frames []told
		drops  int
	}{
		"one network":    {[]told{sends(query), gets(answer)}, 0},
		"one VM":         {[]told{sends(query).of(1), gets(answer).of(1)}, 0},
		"two VMs":        {[]told{sends(query).of(0), gets(answer).of(1), gets(answer).of(0)}, 1},
		"no VM is VM 0":  {[]told{sends(query), gets(answer).of(1), gets(answer).of(0)}, 1},
		"one VLAN":       {[]told{sends(query).tagged(7), gets(answer).tagged(7)}, 0},
		"two VLANs":      {[]told{sends(query).tagged(7), gets(answer).tagged(8), gets(answer)}, 2},
		"stacked":        {[]told{sends(query).tagged(7, 9), gets(answer).tagged(7), gets(answer).tagged(9, 7), gets(answer).tagged(7, 9)}, 2},
		"priority":       {[]told{sends(query).tagged(0), gets(answer)}, 0},
		"VLANs of VMs":   {[]told{sends(query).tagged(7).of(0), gets(answer).tagged(7).of(1), gets(answer).tagged(7).of(0)}, 1},
		"stacked, inner": {[]told{sends(query).tagged(0, 7), gets(answer).tagged(7)}, 0},
	} {
		text := story(t, guarded, c.frames...)
		for _, placement := range scenarios.AllPlacements() {
			assert.Equal(t, c.drops, drops(t, text, placement, "policy"), "%s, %s", name, placement)
		}
	}
}

// The network that an overlay names is the VM's of that number: what comes in it belongs to what that VM sends, and to nobody else's.
func TestOverlaysNameTenants(t *testing.T) {
	query, answer := frames.UDP("10.0.0.1", 5000, "203.0.113.1", 53), frames.UDP("203.0.113.1", 53, "10.0.0.1", 5000)
	for _, service := range []string{"vxlan", "geneve", "gre"} {
		text := strings.Replace(guarded, "[", "["+service+", ", 1)
		s := scenario(t, story(t, text, sends(query)))
		stack := s.Stack()
		in := func(network uint32, frame []byte) told {
			outer := make([]byte, header.EthernetLen, 200)
			header.Ethernet(outer).SetEtherType(header.EtherTypeIPv4)
			whole, err := stack.Encapsulate(outer, frame, tunnel.Carrier{Ends: tunnel.Ends{Src: [4]byte{172, 16, 0, 1}, Dst: [4]byte{172, 17, 0, 0}},
				Tenant: stack.FirstTenant + network})
			require.NoError(t, err)
			return told{frame: whole, vf: -1, wired: true}
		}
		for name, c := range map[string]struct {
			frames []told
			drops  int
		}{
			"VM 1":        {[]told{sends(query).of(1), in(1, answer)}, 0},
			"no VM":       {[]told{sends(query), in(0, answer)}, 0},
			"another":     {[]told{sends(query).of(1), in(0, answer), in(1<<23, answer), in(1<<32-1, answer)}, 3},
			"its VLAN":    {[]told{sends(query).of(1).tagged(9), in(1, frames.Tagged(answer, 9))}, 0},
			"no VLAN":     {[]told{sends(query).of(1).tagged(9), in(1, answer)}, 1},
			"its error":   {[]told{sends(query).of(1), in(1, frames.Error(query, 3, "198.51.100.254", "10.0.0.1", 28))}, 0},
			"other error": {[]told{sends(query).of(1), in(0, frames.Error(query, 3, "198.51.100.254", "10.0.0.1", 28))}, 1},
		} {
			for _, placement := range []string{"nic", "software", "tor"} {
				assert.Equal(t, c.drops, drops(t, story(t, text, c.frames...), placement, "policy"), "%s, %s, %s", service, name, placement)
			}
		}
	}
}

// Tenants with the same address and port have a binding each, and what comes to a binding is for its tenant, whoever brings it.
func TestTenantsDoNotShareBindings(t *testing.T) {
	nat := "services: [{nat: {inside: 10.0.0.0/8, pool: 192.0.2.1, ports: 1024-1033}}, " +
		"{firewall: {rules: [{action: permit, src: 10.0.0.0/8}], default: deny, stateful: true}}]"
	query, answer := frames.UDP("10.0.0.1", 5000, "203.0.113.1", 53), frames.UDP("203.0.113.1", 53, "10.0.0.1", 5000)
	for name, c := range map[string]struct {
		frames   []told
		bindings float64
		drops    map[string]float64
	}{
		"one":       {[]told{sends(query), sends(query), gets(answer)}, 1, nil},
		"two VMs":   {[]told{sends(query).of(0), sends(query).of(1), gets(answer).of(1), gets(answer).of(0)}, 2, nil},
		"stranger":  {[]told{sends(query).of(0), gets(answer).of(1)}, 1, map[string]float64{"drops.nat_no_binding": 1}},
		"two VLANs": {[]told{sends(query).tagged(7), sends(query).tagged(8), gets(answer).tagged(8), gets(answer).tagged(7)}, 2, nil},
		// Where one chip has all ports, the first binding has the first.
		"by port": {[]told{sends(query).of(1), gets(frames.UDP("203.0.113.1", 53, "192.0.2.1", 1024)).of(0)}, 1, nil},
	} {
		text := story(t, nat, c.frames...)
		for _, placement := range scenarios.AllPlacements() {
			if name == "by port" && placement != "nic" {
				continue
			}
			m := metrics(t, text, "placements=["+placement+"]")
			assert.Equal(t, c.bindings, m["nat.bindings"], "%s, %s", name, placement)
			for _, reason := range []string{"drops.nat_no_binding", "drops.nat_no_port", "drops.policy"} {
				assert.Equal(t, c.drops[reason], m[reason], "%s, %s: %s", name, placement, reason)
			}
		}
	}
}

// A load balancer tells the connections of tenants apart.
func TestTenantsDoNotShareConnections(t *testing.T) {
	lb := "services: [{lb: {vips: [{address: 192.0.2.10, port: 80, proto: tcp, backends: [10.1.0.1, 10.1.0.2]}]}}]"
	syn := frames.TCP("203.0.113.1", 4000, "192.0.2.10", 80, header.TCPSyn)
	for vf, flows := range map[int]float64{0: 1, 1: 2} {
		m := metrics(t, story(t, lb, gets(syn).of(0), gets(syn).of(vf)))
		assert.Equal(t, flows, m["lb.flows"])
	}
}
