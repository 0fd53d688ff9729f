package placement

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/hw/power"
	"github.com/dsnsim/dsnsim/hw/prices"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Each service more costs two cables, two PHYs, a frame's time on each of the two links less the one that the switch saves by
// cutting through, the switch, and its box's parser, stages and deparser; in the appliance it costs a few stages at most.
func TestWhatAServiceMoreTakes(t *testing.T) {
	p := calm(t)
	for _, frame := range []uint32{64, 400, 1500} {
		chains := [][]string{{"route"}, {"firewall", "route"}, {"firewall", "route", "{policer: {cir: 10Gbps, cbs: 64kB}}"}}
		for n := 1; n < len(chains); n++ {
			for _, direction := range []string{"inbound", "outbound"} {
				more := func(name string) int64 {
					return int64(walk(t, name, direction, scenario(t, chains[n]), p, frame).latency -
						walk(t, name, direction, scenario(t, chains[n-1]), p, frame).latency)
				}
				added := chains[n][0]
				if n == 2 {
					added = "policer"
				}
				want := &sum{p: p}
				want.box(added, int64(frame), int64(frame), func(stages int64) { want.pass(54, 54, stages) })
				// The chip waits for its clock's next edge, which comes elsewhere in its period.
				assert.InDelta(t, want.at, more("discrete"), 1000, "%s %s %d B", added, direction, frame)
				assert.Less(t, more("appliance"), int64(100*units.Nanosecond), "%s %s %d B", added, direction, frame)
				assert.Greater(t, more("discrete"), int64(900*units.Nanosecond), "%s %s %d B", added, direction, frame)
			}
		}
	}
}

// Two crossings a service, whatever they are and however many chips a box has; two ports a chip; a chassis and a bill for each
// box.
func TestCrossingsAndPortsOfBoxes(t *testing.T) {
	for n := 1; n <= len(full); n++ {
		for _, chips := range []int{1, 3} {
			s := scenario(t, full[:n], fmt.Sprintf("dsn.count.discrete=%d", chips))
			r := rack(t, &journal{}, s, calm(t))
			in, out := ways(t, "discrete", r)
			assert.Equal(t, 2*n, in.Trombone())
			assert.Equal(t, 2*n, out.Trombone())
			assert.Equal(t, 2*n*chips, r.ExtraPorts)
			assert.Equal(t, n*chips, r.DSNs())
			parts := map[prices.Item]int64{}
			for _, part := range r.Bill {
				parts[part.Item] = part.Count
			}
			assert.Equal(t, map[prices.Item]int64{prices.DSNASIC: int64(n * chips), prices.Chassis: int64(n), prices.ToRPort: int64(2 * n * chips),
				prices.NIC: 1}, parts)
			drawn := map[power.Component]units.Power{}
			owners := map[int]int{}
			for _, d := range r.Power.Draws {
				drawn[d.Component] += d.Power
				if d.Component == power.Static {
					owners[d.Owner]++
				}
			}
			p := calm(t)
			assert.Equal(t, p.Power.Chassis.Value*units.Power(n), drawn[power.Chassis])
			assert.Equal(t, p.Power.ToRPort.Value*units.Power(2*n*chips), drawn[power.ToRPorts])
			assert.Equal(t, p.Power.CopperModule.Value*units.Power(2*n*chips), drawn[power.Ethernet])
			assert.Len(t, owners, n*chips, "each chip is one")
		}
	}
}

// Packets have the size on each wire that the tunnels in front leave: all of them, then the overlay, then none.
func TestSizesBetweenBoxes(t *testing.T) {
	for _, c := range []struct {
		services []string
		want     []int
	}{
		{[]string{"ipsec", "vxlan", "firewall"}, []int{onWire, tenant + 50, tenant, tenant}},
		{[]string{"ipsec", "firewall"}, []int{1500 + 54, tenant, tenant}}, // 14+20+8+8 B of headers, 1482 B of IP and 2 of trailer, 16+4 B of ICV and FCS
		{[]string{"gre", "route"}, []int{tenant + 42, tenant, tenant}},
		{[]string{"firewall", "route"}, []int{tenant, tenant, tenant}},
		{[]string{"{policer: {per: server, cir: 10Gbps, cbs: 64kB}}", "ipsec"}, []int{1500 + 54, 1500 + 54, tenant}},
	} {
		r := rack(t, &journal{}, scenario(t, c.services), calm(t))
		for _, direction := range []string{"inbound", "outbound"} {
			got := walk(t, "discrete", direction, scenario(t, c.services), calm(t), tenant)
			times := map[string]units.Duration{}
			for _, row := range got.Rows {
				if strings.Contains(row.Name, ".arm-") {
					times[row.Name] = row.Service
				}
			}
			require.Len(t, times, 2*len(c.services))
			for n, name := range boxNames(r.Chain.Services) {
				to, from := "tor.arm-"+name+"-spine[0]", "discrete."+name+".arm-server[0]"
				if direction == "outbound" {
					to, from = "discrete."+name+".arm-spine[0]", "tor.arm-"+name+"-server[0]"
				}
				assert.EqualValues(t, serialise(int64(c.want[n]), 100), times[to], "%v %s %s", c.services, direction, to)
				assert.EqualValues(t, serialise(int64(c.want[n+1]), 100), times[from], "%v %s %s", c.services, direction, from)
			}
		}
	}
}

// A VLAN tag is on the frames of tenants, on every link to a box that is not in a tunnel; ports that a traffic manager schedules have
// the same sizes.
func TestTagsBetweenBoxes(t *testing.T) {
	sets := []string{"rack.server.nic.tagging=vlan", "dsn.traffic_manager={classes: [{name: one}]}"}
	got := walk(t, "discrete", "inbound", scenario(t, []string{"ipsec", "vxlan", "route"}, sets...), calm(t), tenant)
	want := map[string]int64{"tor.arm-ipsec-spine[0]": onWire, "discrete.ipsec.arm-server[0]": tenant + 50, "tor.arm-vxlan-spine[0]": tenant + 50,
		"discrete.vxlan.arm-server[0]": tenant + 4, "tor.arm-route-spine[0]": tenant + 4, "discrete.route.arm-server[0]": tenant + 4}
	seen := 0
	for _, row := range got.Rows {
		if bytes, ok := want[row.Name]; ok {
			assert.EqualValues(t, serialise(bytes, 100), row.Service, row.Name)
			seen++
		}
	}
	assert.Equal(t, len(want), seen)
}

// A chain that one chip cannot hold may fit when each service has a chip; what does not is refused with the service's name.
func TestEachBoxHasItsTables(t *testing.T) {
	p, err := profile.Load("tofino-like")
	require.NoError(t, err)
	services := []string{"{firewall: {rules: 15k, stateful: false}}", "{route: {routes: 80k}}"}
	_, err = chainOf(t, "appliance", p, services)
	require.Error(t, err)
	_, err = chainOf(t, "discrete", p, services)
	require.NoError(t, err)
	_, err = chainOf(t, "discrete", p, []string{"{firewall: {rules: 100k}}", "route"})
	require.ErrorContains(t, err, "firewall in a box of its own: table acl: 100k ternary rules")
}

// What cannot work in a box of its own is refused with the reason.
func TestServicesThatNeedTheirChain(t *testing.T) {
	const nat = "{nat: {inside: 10.0.0.0/8, pool: 198.51.100.0/28}}"
	const lb = "{lb: {vips: [{address: 203.0.113.10, port: 80, backends: [10.1.0.1:8080]}]}}"
	for _, c := range []struct {
		services []string
		want     string
	}{
		{[]string{}, "there is no service to put in a box"},
		{[]string{"geneve", "telemetry"}, "telemetry cannot have a box of its own"},
		{[]string{"vxlan", "mirror"}, "a mirror in a box of its own is not modelled"},
		{[]string{"firewall", "ipsec"}, "firewall in a box of its own in front of ipsec sees the tunnel's headers only"},
		{[]string{"ipsec", "route", "vxlan"}, "route in a box of its own in front of vxlan"},
		{[]string{nat, "{firewall: {rules: 10}}"}, "nat and firewall cannot be in a box each"},
		{[]string{nat, "{route: {default: false, routes: 10}}"}, "nat and route cannot be in a box each"},
		{[]string{"{firewall: {stateful: true}}", lb}, "lb and firewall cannot be in a box each"},
		{[]string{nat, "firewall", "route"}, ""}, // none that anybody is asked about
		{[]string{"vxlan", nat}, ""},
		{[]string{"vxlan", lb}, ""},
		{[]string{"{policer: {per: server, cir: 10Gbps, cbs: 64kB}}", "ipsec", "vxlan", "{firewall: {stateful: true}}"}, ""},
	} {
		_, err := chainOf(t, "discrete", calm(t), c.services)
		if c.want == "" {
			require.NoError(t, err, "%v", c.services)
			continue
		}
		require.ErrorContains(t, err, c.want)
	}
}
