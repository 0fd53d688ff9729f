package scenarios_test

import (
	"net/netip"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/scenarios/chain"
	"github.com/dsnsim/dsnsim/scenarios/demand"
	"github.com/dsnsim/dsnsim/scenarios/load"
	"github.com/dsnsim/dsnsim/scenarios/services"
	"github.com/dsnsim/dsnsim/sim/units"
)

func chainOf(t *testing.T, text string) services.Chain {
	t.Helper()
	return loaded(t, minimal+"services: "+text+"\n").Services
}

// Each form of rules and routes, and what is left out.
func TestPolicyForms(t *testing.T) {
	s := chainOf(t, "[{firewall: {rules: [{action: permit, proto: udp, dport: 53}, {action: deny, src: 10.0.0.0/8}], default: deny}}, {route: {routes: 5k}}]")
	assert.Equal(t, units.Count(2), s[0].Rules)
	assert.Len(t, s[0].RuleList, 2)
	assert.True(t, s[0].DenyByDefault)
	assert.Equal(t, chain.Service{Name: "route", Kind: &chain.Route, Routes: 5000, Position: s[1].Position}, s[1])

	s = chainOf(t, "[{firewall: {rules: sub/my.rules, action: deny}}, {route: {routes: /abs/list.gz, default: false}}]")
	assert.Equal(t, filepath.Join("dir", "sub", "my.rules"), s[0].RuleFile)
	assert.True(t, s[0].FileDenies)
	assert.Zero(t, s[0].Rules)
	assert.Equal(t, "/abs/list.gz", s[1].RouteFile)
	assert.True(t, s[1].NoDefaultRoute)

	s = loaded(t, minimal, "services=[{firewall: {rules: sub/my.rules, action: permit}}]").Services
	assert.Equal(t, "sub/my.rules", s[0].RuleFile, "an override's path is relative to the working directory")
	assert.False(t, s[0].FileDenies)
}

// A rule of one family is one entry, a rule without addresses one for each; what it leaves out matches anything.
func TestRuleTables(t *testing.T) {
	s := chainOf(t, "[{firewall: {rules: [{action: deny, src: 10.0.0.0/8, dst: 192.0.2.1, proto: tcp, sport: 1-1023, dport: 80}, "+
		"{action: permit, proto: 50}, {action: deny, dst: 2001:db8::/32}]}}]")
	list := s[0].RuleList
	assert.Equal(t, []policy.Rule{{Deny: true, Rule: table.Rule{Proto: 6, ProtoMask: 0xff,
		Src: table.PrefixOf(netip.MustParsePrefix("10.0.0.0/8")), Dst: table.PrefixOf(netip.MustParsePrefix("192.0.2.1/32")),
		SrcPort: table.PortRange{Lo: 1, Hi: 1023}, DstPort: table.PortRange{Lo: 80, Hi: 80}}}}, list[0].Tables())
	esp := table.Rule{Proto: 50, ProtoMask: 0xff, SrcPort: table.AnyPort(), DstPort: table.AnyPort()}
	esp6 := esp
	esp6.V6 = true
	assert.Equal(t, []policy.Rule{{Rule: esp}, {Rule: esp6}}, list[1].Tables())
	require.Len(t, list[2].Tables(), 1)
	assert.True(t, list[2].Tables()[0].V6)
	assert.Zero(t, list[2].Tables()[0].ProtoMask)
}

// The options of a full table and of handshakes, and a flood: a class of its own.
func TestFloodForms(t *testing.T) {
	s := chainOf(t, "[{firewall: {stateful: true, when_full: evict, embryonic_limit: 2k, sweep: 3ms, timeouts: {embryonic: 1s, closing: 2s}}}]")
	assert.True(t, s[0].EvictWhenFull)
	assert.EqualValues(t, 2000, s[0].EmbryonicLimit)
	assert.Equal(t, 3*units.Millisecond, s[0].Sweep)
	assert.Equal(t, units.Second, s[0].Tracking().Embryonic)
	assert.Equal(t, 2*units.Second, s[0].Tracking().Closing)
	assert.False(t, chainOf(t, "[{firewall: {stateful: true, when_full: reject}}]")[0].EvictWhenFull)

	f, err := load.Bytes("x.yaml", []byte("version: 1\nname: x\ntraffic: [{name: bad, syn_flood: 2Mpps, direction: both}]\n"), nil)
	require.NoError(t, err)
	c := f.Traffic[0]
	assert.Equal(t, demand.Load{Packets: 2_000_000, Set: true}, c.Load)
	assert.Equal(t, demand.Sizes{{Size: 64, Weight: 1}}, c.Sizes)
	assert.Equal(t, demand.Flows{Concurrent: 1, Size: 1}, c.Flows)
	assert.Equal(t, "poisson", c.Pacing())
}

// Timeouts that are left out are the defaults; all are in the range that the tracker takes.
func TestTimeouts(t *testing.T) {
	s := chainOf(t, "[{firewall: {stateful: true, flows: 1k, timeouts: {tcp: 432000s, udp: 1us}}}]")
	want := policy.DefaultTimeouts()
	want.TCP, want.UDP = 5*86400*units.Second, units.Microsecond
	assert.Equal(t, want, s[0].Tracking())
	_, err := policy.NewTracker(policy.Spec{Flows: int(s[0].FlowEntries), Timeouts: s[0].Tracking()})
	require.NoError(t, err)
}
