package placement

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/internal/named"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/units"
)

func TestPlacementsAreThoseOfTheScenarios(t *testing.T) {
	var names []string
	for _, p := range All {
		names = append(names, p.Name)
		found, ok := Find(p.Name)
		assert.True(t, ok)
		assert.Equal(t, p.Name, found.Name)
	}
	assert.Equal(t, scenarios.KnownPlacements(), names)
	assert.Equal(t, scenarios.AllPlacements(), names[:5], "those of a scenario that names none")
	_, ok := Find("spine")
	assert.False(t, ok)
}

// The boxes of each way, and how often a packet leads away from a box and back: only the appliance does, over two
// crossings, and boxes of single services, over two each. They alone take ports of the ToR, two for each chip; software alone
// takes cores.
func TestWaysThroughTheBoxes(t *testing.T) {
	for _, c := range []struct {
		placement    string
		in, out      []string
		trombone     int
		ports, cores int
	}{
		{"software", []string{"spine", "tor", "server[0]"}, []string{"server[0]", "tor", "spine"}, 0, 0, 6},
		{"nic", []string{"spine", "tor", "server[0]"}, []string{"server[0]", "tor", "spine"}, 0, 0, 0},
		{"bump-in-the-wire", []string{"spine", "tor", "server[0]", "nic[0]"}, []string{"nic[0]", "server[0]", "tor", "spine"}, 0, 0, 0},
		{"tor", []string{"spine", "tor", "server[0]"}, []string{"server[0]", "tor", "spine"}, 0, 0, 0},
		{"appliance", []string{"spine", "tor", "appliance", "tor", "server[0]"}, []string{"server[0]", "tor", "appliance", "tor", "spine"}, 2, 6, 0},
		{"discrete", []string{"spine", "tor", "box.ipsec", "tor", "box.vxlan", "tor", "box.firewall", "tor", "box.route", "tor", "server[0]"},
			[]string{"server[0]", "tor", "box.route", "tor", "box.firewall", "tor", "box.vxlan", "tor", "box.ipsec", "tor", "spine"}, 8, 24, 0},
	} {
		s := scenario(t, full, "dsn.count.appliance=3", "dsn.count.discrete=3", "dsn.software.cores=6")
		r := rack(t, &journal{}, s, calm(t))
		in, out := ways(t, c.placement, r)
		assert.Equal(t, c.in, in.Boxes, c.placement)
		assert.Equal(t, c.out, out.Boxes, c.placement)
		assert.Equal(t, c.trombone, in.Trombone(), c.placement)
		assert.Equal(t, c.trombone, out.Trombone(), c.placement)
		assert.Equal(t, c.ports, r.ExtraPorts, c.placement)
		assert.Equal(t, c.cores, r.Cores, c.placement)
		assert.Equal(t, c.placement == "appliance", in.Visits("appliance"), c.placement)
	}
}

func TestTromboneCountsCrossings(t *testing.T) {
	for _, c := range []struct {
		boxes []string
		want  int
	}{
		{nil, 0}, {[]string{"a"}, 0}, {[]string{"a", "b", "c"}, 0}, {[]string{"a", "b", "a"}, 2},
		{[]string{"s", "tor", "x", "tor", "h"}, 2}, {[]string{"a", "b", "c", "b", "a"}, 4},
		{[]string{"s", "tor", "x", "tor", "y", "tor", "h"}, 4}, {[]string{"a", "b", "a", "c", "d", "c"}, 4},
	} {
		w := PathBuilder{Boxes: c.boxes}
		assert.Equal(t, c.want, w.Trombone(), "%v", c.boxes)
	}
}

// Two servers have links, slots and adapters of their own, and share uplink and chips.
func TestServersShareWhatTheyShare(t *testing.T) {
	for _, p := range All {
		r := rack(t, &journal{}, scenario(t, full, "rack.servers=2"), calm(t))
		in0, _ := r.Build(p, 0)
		in1, _ := r.Build(p, 1)
		r.AddPath(sim.Path{Hops: in0.Hops})
		r.AddPath(sim.Path{Hops: in1.Hops})
		first, second := r.OnPaths([]int{0}), r.OnPaths([]int{1})
		shared := map[string]bool{}
		for i, u := range r.Usages() {
			if first[i] && second[i] {
				shared[u.Name] = true
			}
		}
		assert.True(t, shared["spine.port"], p.Name)
		for _, own := range []string{"tor.port[0]", "tor.port[1]", "pcie.up[0]", "dsn[0].parser", "host[0].core[0]"} {
			assert.False(t, shared[own], "%s in %s", own, p.Name)
		}
		assert.Equal(t, p.Name == "tor", shared["tor.dsn[0].crypto"], p.Name)
		assert.Equal(t, p.Name == "appliance", shared["appliance.dsn[0].crypto"], p.Name)
		assert.Equal(t, p.Name == "discrete", shared["discrete.ipsec.crypto"], p.Name)
	}
}

func TestBareMetalRefusesSoftware(t *testing.T) {
	s := scenario(t, full, "rack.server.virtualization=bare-metal")
	for _, p := range All {
		why := p.Refuse(s, calm(t))
		if p.Name == "software" {
			require.Len(t, why, 1)
			assert.Equal(t, "a bare-metal server has no hypervisor and no virtual machine to run the DSN in", why[0])
		} else {
			assert.Empty(t, why, p.Name)
		}
	}
	s.Rack.Server.Virtualization = "kvm"
	s.DSN.Software.Cores = s.Rack.Server.Cores + 1
	software, _ := Find("software")
	assert.Equal(t, []string{"the DSN would need more cores than the server has"}, software.Refuse(s, calm(t)))
	s.DSN.Software.Cores--
	assert.Empty(t, software.Refuse(s, calm(t)))
}

func TestRacksThatTheProfileCannotEquip(t *testing.T) {
	for _, c := range []struct{ set, want string }{
		{"rack.uplink=99Gbps", "profile reference-100g has no Ethernet figures for 99Gbps"},
		{"rack.uplink=1Tbps", "profile reference-100g has no Ethernet figures for 1Tbps"},
	} {
		p := calm(t)
		s := scenario(t, full, c.set)
		chain, err := asic.Compile(named.Chain(full...), p, service.DefaultSizes(1, 8))
		require.NoError(t, err)
		_, err = NewRack(sim.NewEngine(&journal{}), s, p, chain)
		require.ErrorContains(t, err, c.want)
	}
	p := calm(t)
	p.PCIe.MPS.Value = 300
	_, err := NewRack(sim.NewEngine(&journal{}), scenario(t, full), p, nil)
	require.ErrorContains(t, err, "mps 300")
}

// 100 m more of fibre takes 500 ns more each time it is crossed; more cable to the appliance is crossed twice.
func TestCablesCountAsOftenAsTheyAreCrossed(t *testing.T) {
	longer := func(name, set string) units.Duration {
		base := walk(t, name, "inbound", scenario(t, full), calm(t), tenant)
		more := walk(t, name, "inbound", scenario(t, full, set), calm(t), tenant)
		return more.latency - base.latency
	}
	for _, p := range All {
		assert.Equal(t, 500*units.Nanosecond, longer(p.Name, "rack.cables.tor_spine=200m"), p.Name)
		// From 3 m of copper at 4.6 ns to 103 m of fibre at 5 ns. The chip's clock edge is met anew behind it.
		assert.InDelta(t, 515_000-13_800, int64(longer(p.Name, "rack.cables.server_tor=103m")), 1000, p.Name)
		var want int64
		if p.Name == "appliance" {
			want = 2 * (525_000 - 23_000)
		}
		if p.Name == "discrete" {
			want = 2 * int64(len(full)) * (525_000 - 23_000)
		}
		assert.InDelta(t, want, int64(longer(p.Name, "rack.cables.tor_appliance=105m")), 1, p.Name)
	}
}

// A switch that stores waits for the whole frame first: on the way in that is the frame's time at 100 Gbps.
func TestStoreAndForwardWaitsForTheFrame(t *testing.T) {
	for _, frame := range []uint32{64, 1500, 9000} {
		p := calm(t)
		fast := walk(t, "nic", "inbound", scenario(t, nil), p, frame)
		p.Switch.CutThrough.Value = false
		stored := walk(t, "nic", "inbound", scenario(t, nil), p, frame)
		assert.InDelta(t, serialise(int64(frame), 100), int64(stored.latency-fast.latency), 1000, "%d B, but for a clock edge", frame)
	}
}

// Frames that take longer on the wire than the switch takes to forward leave it before they are in.
func TestCutThroughOfLongFrames(t *testing.T) {
	p := calm(t)
	p.Switch.Latency.Value = 100 * units.Nanosecond
	got := walk(t, "nic", "inbound", scenario(t, nil), p, 9000)
	tell(t, got)
	for _, row := range got.Rows {
		if row.Name == "switch, cut through" {
			assert.Equal(t, units.Duration(100_000-serialise(9000, 100)), row.Latency)
			return
		}
	}
	t.Fatal("no cut-through on the way")
}
