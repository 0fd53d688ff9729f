package placement

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim"
)

// chainOf compiles a placement's chain for 1,500 flows a server.
func chainOf(t *testing.T, name string, p *profile.Profile, services []string, sets ...string) (*asic.Chain, error) {
	t.Helper()
	pl, ok := Find(name)
	require.True(t, ok)
	return pl.Chain(scenario(t, services, sets...), p, Contents{Flows: 1500})
}

// A chip in a server holds that server's entries, one in a shared box those of all servers.
func TestChipsHoldTheEntriesOfTheServersTheyServe(t *testing.T) {
	rack := []string{"rack.servers=24", "rack.server.vms=4"}
	for name, servers := range map[string]int64{"nic": 1, "bump-in-the-wire": 1, "tor": 24, "appliance": 24} {
		c, err := chainOf(t, name, calm(t), full, rack...)
		require.NoError(t, err, name)
		assert.Equal(t, service.Sizes{Tenants: 4 * servers, Rules: 4000 * servers, Routes: 4000 * servers, Tunnels: 8 * servers,
			Flows: 1500 * servers}, c.Sizes, "%s by default", name)
		c, err = chainOf(t, name, calm(t), []string{"{ipsec: {tunnels: 3}}", "vxlan", "{firewall: {rules: 70, stateful: false}}",
			"{route: {routes: 50}}"}, rack...)
		require.NoError(t, err, name)
		assert.Equal(t, service.Sizes{Tenants: 4 * servers, Rules: 70 * servers, Routes: 50 * servers, Tunnels: 6 * servers,
			Flows: 1500 * servers, Stateless: true}, c.Sizes, "%s as asked", name)
		assert.False(t, c.FlowTable)
	}
	c, err := chainOf(t, "software", calm(t), full, rack...)
	require.NoError(t, err)
	assert.Nil(t, c)
}

// Rules and routes of lists and files are the same for all servers; a firewall that follows connections has room for as
// many as it may follow, on each chip.
func TestListsAndTrackedFlows(t *testing.T) {
	s := scenario(t, []string{"{firewall: {rules: [{action: deny}], stateful: true, flows: 5000}}", "{route: {routes: 7}}"}, "rack.servers=24")
	for _, name := range []string{"nic", "tor"} {
		pl, _ := Find(name)
		c, err := pl.Chain(s, calm(t), Contents{Flows: 1500, Rules: 40, Routes: 90})
		require.NoError(t, err)
		assert.EqualValues(t, 40, c.Sizes.Rules, name)
		assert.EqualValues(t, 90, c.Sizes.Routes, name)
		assert.True(t, c.Sizes.SharedRules)
		assert.True(t, c.Sizes.SharedRoutes)
		assert.EqualValues(t, 5000, c.Sizes.Flows, name)
	}
	pl, _ := Find("tor")
	c, err := pl.Chain(scenario(t, []string{"{firewall: {stateful: true}}"}), calm(t), Contents{Flows: 1500})
	require.NoError(t, err)
	assert.EqualValues(t, policy.DefaultFlows, c.Sizes.Flows)
}

// Rules that a NIC's chip holds are too many for one that serves the rack, where no memory is behind it.
func TestSharedChipsRunOutFirst(t *testing.T) {
	p, err := profile.Load("tofino-like")
	require.NoError(t, err)
	services := []string{"vxlan", "firewall", "route"}
	for _, name := range []string{"nic", "bump-in-the-wire"} {
		_, err = chainOf(t, name, p, services, "rack.servers=24", "rack.server.vms=4")
		require.NoError(t, err, name)
	}
	for _, name := range []string{"tor", "appliance"} {
		_, err = chainOf(t, name, p, services, "rack.servers=24", "rack.server.vms=4")
		require.EqualError(t, err, "table acl: 96k ternary rules of 308 bit need 1,316 TCAM blocks, the 12 stages have 288; "+
			"reduce rules or use a profile with more", name)
	}
}

// The trace's name for the stages is that of the map.
func TestTheTraceNamesTheStages(t *testing.T) {
	for _, c := range []struct {
		services []string
		want     string
	}{
		{full, "match-action, 8 of 12 stages"},
		{[]string{"ipsec", "vxlan", "{firewall: {rules: 100}}", "{route: {routes: 100}}"}, "match-action, 6 of 12 stages"},
		{[]string{"route"}, "match-action, 3 of 12 stages"},
		{[]string{"{route: {routes: 100}}"}, "match-action, 2 of 12 stages"},
	} {
		chain, err := chainOf(t, "nic", calm(t), c.services)
		require.NoError(t, err)
		r, err := NewRack(sim.NewEngine(&journal{}), scenario(t, c.services), calm(t), chain)
		require.NoError(t, err)
		in, _ := ways(t, "nic", r)
		var names []string
		for _, h := range in.Hops {
			names = append(names, r.NameAt(&h, 0))
		}
		assert.Contains(t, names, c.want)
		used := 0
		for _, s := range chain.Map.Stages {
			used += min(1, len(s.Parts))
		}
		assert.Len(t, chain.Stages, used)
	}
}
