package placement

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim"
)

// pins lists what the ways' choices of a chip are pinned to.
func pins(hops []sim.Hop) (list []uint16) {
	for _, h := range hops {
		if h.Op == sim.OpSelect && h.N > 1 {
			list = append(list, h.Pinned)
		}
	}
	return list
}

// Both directions of a server go to one chip, and so do packets between servers of one chip; those between servers of two
// chips pass both. By default the flow's hash chooses, once.
func TestServersArePinnedToChips(t *testing.T) {
	for _, name := range []string{"tor", "appliance"} {
		p, _ := Find(name)
		for _, spread := range []string{"flow", "port", "server"} {
			r := rack(t, &journal{}, scenario(t, full, "rack.servers=7", "dsn.spread="+spread, "dsn.count={tor: 3, appliance: 3}"), calm(t))
			var chips []uint16
			for server := range 7 {
				in, out := r.Build(p, server)
				require.Len(t, pins(in.Hops), 1)
				require.Equal(t, pins(in.Hops), pins(out.Hops), "%s %s server %d", name, spread, server)
				chips = append(chips, pins(in.Hops)[0])
			}
			switch spread {
			case "flow":
				assert.Equal(t, []uint16{0, 0, 0, 0, 0, 0, 0}, chips)
			case "server":
				assert.Equal(t, []uint16{1, 2, 3, 1, 2, 3, 1}, chips)
			}
			for from := range 7 {
				for to := range 7 {
					want := []uint16{chips[from]}
					if chips[to] != chips[from] {
						want = append(want, chips[to])
					}
					assert.Equal(t, want, pins(r.Across(p, from, to).Hops), "%s %s from %d to %d", name, spread, from, to)
				}
			}
		}
	}
}

// A hash of port numbers is not even, but it uses all chips when there are many more ports.
func TestPortsAreHashed(t *testing.T) {
	s := scenario(t, full, "rack.servers=48", "dsn.spread=port")
	tor, _ := Find("tor")
	count := map[int]int{}
	for _, chip := range tor.homes(s) {
		count[chip]++
	}
	assert.Len(t, count, 4)
	busiest := 0
	for _, n := range count {
		busiest = max(busiest, n)
	}
	assert.Greater(t, busiest, 12, "an even share of 48 servers")
	assert.Equal(t, busiest, tor.Serves(s))
}

// A chip holds the entries of the servers that are pinned to it: so many as the fullest has, since chips are alike.
func TestPinnedChipsHoldLess(t *testing.T) {
	for _, c := range []struct {
		spread string
		chips  int
		want   int64
	}{{"flow", 8, 24}, {"server", 8, 3}, {"server", 5, 5}, {"server", 1, 24}, {"server", 48, 1}} {
		sets := []string{"rack.servers=24", "rack.server.vms=4", "dsn.spread=" + c.spread, fmt.Sprintf("dsn.count={tor: %d, appliance: %d}", c.chips, c.chips)}
		for _, name := range []string{"tor", "appliance", "nic"} {
			servers := c.want
			if name == "nic" {
				servers = 1
			}
			chain, err := chainOf(t, name, calm(t), full, sets...)
			require.NoError(t, err)
			assert.Equal(t, service.Sizes{Tenants: 4 * servers, Rules: 4000 * servers, Routes: 4000 * servers, Tunnels: 8 * servers,
				Flows: 1500 * servers}, chain.Sizes, "%s %+v", name, c)
		}
	}
}

// Rules of 24 servers are too many for a chip that may get any flow, and few enough for one that has two servers.
func TestPinningMakesAChipFit(t *testing.T) {
	p, err := profile.Load("tofino-like")
	require.NoError(t, err)
	services, sets := []string{"vxlan", "firewall", "route"}, []string{"rack.servers=24", "rack.server.vms=4", "dsn.count.tor=12"}
	_, err = chainOf(t, "tor", p, services, sets...)
	require.ErrorContains(t, err, "table acl: 96k ternary rules")
	chain, err := chainOf(t, "tor", p, services, append(sets, "dsn.spread=server")...)
	require.NoError(t, err)
	assert.EqualValues(t, 8000, chain.Sizes.Rules)
	_, err = chainOf(t, "tor", p, services, append(sets, "dsn.spread=server", "dsn.count.tor=4")...)
	require.ErrorContains(t, err, "table acl: 24k ternary rules", "six servers are too many again")
}

// Nobody in front of a load balancer knows the server of a packet.
func TestPinningCannotSeeThroughAVIP(t *testing.T) {
	services := []string{"{lb: {vips: [{address: 203.0.113.10, port: 80, backends: [10.1.0.1:8080]}]}}"}
	_, err := chainOf(t, "tor", calm(t), services, "dsn.spread=port")
	require.ErrorContains(t, err, "use spread: flow")
	_, err = chainOf(t, "tor", calm(t), services)
	require.NoError(t, err)
	_, err = chainOf(t, "nic", calm(t), services, "dsn.spread=port")
	require.NoError(t, err)
}
