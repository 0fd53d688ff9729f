package scenarios_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic/lb"
	"github.com/dsnsim/dsnsim/asic/nat"
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/scenarios/load"
	"github.com/dsnsim/dsnsim/scenarios/services"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/units"
)

func translators(t *testing.T, list string) services.Chain {
	t.Helper()
	s, err := load.Bytes("x.yaml", []byte("version: 1\nservices: "+list+"\ntraffic: [{sizes: imix, load: 30%}]\n"), nil)
	require.NoError(t, err)
	return s.Services
}

// What a scenario leaves out of nat and lb has the defaults of the packages; what it says is what they get.
func TestTranslatorsOfAScenario(t *testing.T) {
	s := translators(t, `[{nat: {inside: 10.0.0.0/8, pool: 198.51.100.0/28}}, {lb: {vips: [{address: 203.0.113.10, port: 80, backends: [10.1.0.1]}]}}]`)
	n := s[0].NAT.Spec()
	assert.Equal(t, nat.Spec{Inside: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, Pool: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/28")},
		Ports: table.PortRange{Lo: 1024, Hi: 65535}, Timeouts: policy.DefaultTimeouts()}, n)
	assert.EqualValues(t, nat.DefaultSessions, s[0].NAT.Sessions)
	b := s[1].LB.Spec()
	assert.Equal(t, lb.Spec{Table: 65537, Timeouts: policy.DefaultTimeouts(), VIPs: []lb.VIP{{Addrs: netip.MustParsePrefix("203.0.113.10/32"),
		Port: 80, Proto: header.ProtoTCP, Backends: []lb.Backend{{Addr: netip.MustParseAddr("10.1.0.1"), Weight: 1}}}}}, b)
	assert.EqualValues(t, lb.DefaultFlows, s[1].LB.Flows)

	s = translators(t, `[{nat: {inside: [10.0.0.0/8, 192.168.0.1], pool: [198.51.100.1], ports: 5000-5999, static: {198.51.100.5: 172.16.0.5},
	  pooling: arbitrary, sessions: 5k, timeouts: {tcp: 1s, udp: 2s, icmp: 3s}}},
	  {lb: {table: 251, flows: 7, timeouts: {udp: 2ms}, vips: [{address: 203.0.113.0/24, proto: udp,
	  backends: [10.1.0.1:53, {address: 10.1.0.2:5353, weight: 3, drain: 2ms}]}]}}]`)
	n = s[0].NAT.Spec()
	assert.Len(t, n.Inside, 2)
	assert.Equal(t, []nat.Static{{Outside: netip.MustParseAddr("198.51.100.5"), Inside: netip.MustParseAddr("172.16.0.5")}}, n.Static)
	assert.True(t, n.Arbitrary)
	assert.Equal(t, table.PortRange{Lo: 5000, Hi: 5999}, n.Ports)
	assert.Equal(t, [3]units.Duration{units.Second, 2 * units.Second, 3 * units.Second}, [3]units.Duration{n.Timeouts.TCP, n.Timeouts.UDP, n.Timeouts.ICMP})
	assert.EqualValues(t, 5000, s[0].NAT.Sessions)
	b = s[1].LB.Spec()
	assert.Equal(t, []lb.Backend{{Addr: netip.MustParseAddr("10.1.0.1"), Port: 53, Weight: 1},
		{Addr: netip.MustParseAddr("10.1.0.2"), Port: 5353, Weight: 3, Drain: 2 * units.Millisecond}}, b.VIPs[0].Backends)
	assert.EqualValues(t, header.ProtoUDP, b.VIPs[0].Proto)
	assert.Equal(t, 2*units.Millisecond, b.Timeouts.UDP)
	assert.Equal(t, 2, s[1].LB.Backends())

	s = translators(t, `[{nat: {static: {198.51.100.5: 172.16.0.5}}}, {lb: {vips: 100}}]`)
	assert.Len(t, s[1].LB.VIPs, 100)
	assert.Equal(t, 800, s[1].LB.Backends())
	assert.NoError(t, lb.Check(s[1].LB.Spec()))
}
