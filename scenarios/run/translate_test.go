package run

import (
	"context"
	"fmt"
	"net/netip"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/load"
	"github.com/dsnsim/dsnsim/scenarios/parts/services"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// natLB is the shipped scenario, shorter, and gently enough for software.
func natLB(t testing.TB, sets ...string) *scenarios.Scenario {
	t.Helper()
	sets = append([]string{"run.duration=4ms", "run.warmup=0s", "run.replications=1", "traffic.0.load=4%", "expect=[]"}, sets...)
	s, err := load.File(filepath.Join("..", "nat-lb.yaml"), sets)
	require.NoError(t, err)
	return s
}

// seen is what became of a packet: its headers on both sides, and the reason for which it was dropped, or -1.
type seen struct {
	sent, net, vm table.Tuple
	outbound      bool
	reason        int
}

// watch runs one placement and returns what became of each packet, in the order in which they left the engine's services.
func watch(t *testing.T, s *scenarios.Scenario, name string) (map[uint64]*seen, *trial.Outcome) {
	t.Helper()
	j := jobFor(t, s, name)
	all := map[uint64]*seen{}
	at := func(p *packet.Packet) *seen {
		if all[p.Key] == nil {
			all[p.Key] = &seen{}
		}
		return all[p.Key]
	}
	var run *trial.Simulation
	j.Observe = func(p *packet.Packet, sent, net, vm *table.Tuple) {
		one := at(p)
		one.sent, one.net, one.vm, one.outbound = *sent, *net, *vm, partOf[*services.Services](run).Flows.Outbound(p)
	}
	j.OnEnd = func(p *packet.Packet, reason int) { at(p).reason = reason }
	var err error
	run, err = j.Build(t.Context())
	require.NoError(t, err)
	o, err := run.Run(t.Context())
	require.NoError(t, err)
	require.NotNil(t, trial.MeasuredBy[*services.ServiceCounts](o).NAT)
	require.NotNil(t, trial.MeasuredBy[*services.ServiceCounts](o).LB)
	return all, o
}

func in(a table.Addr, prefix string) bool { return netip.MustParsePrefix(prefix).Contains(a.IP(false)) }

// noFlags is the ends of a flow, without the flags of its packets.
func noFlags(u table.Tuple) table.Tuple {
	u.Flags = 0
	return u
}

// In every placement, each packet has the headers that a list of bindings and flows by hand gives it: a binding for each
// inside end, that no other has; answers to it and to nobody else; one backend for each connection; rules judged on what
// the VMs see.
func TestTranslationOfEveryPacket(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	const inside, pool, vips, backends, closed = "10.0.0.0/8", "198.18.128.0/28", "192.0.2.0/24", "10.200.0.0/24", "10.200.0.2"
	for _, name := range scenarios.AllPlacements() {
		t.Run(name, func(t *testing.T) {
			all, o := watch(t, natLB(t), name)
			type end struct {
				vrf   uint16
				addr  table.Addr
				port  uint16
				proto uint8
			}
			bound, owner, backend := map[end]end{}, map[end]end{}, map[table.Tuple]table.Tuple{}
			count := map[string]int{}
			for key, p := range all {
				src, dst := p.vm.Src, p.vm.Dst
				switch {
				case p.reason >= 0:
					count[stats.DropReason(p.reason).String()]++
					continue
				case p.sent.V6 || p.sent == table.Tuple{}:
					assert.Equal(t, p.net, p.vm)
				case p.outbound && in(src, backends):
					count["from backends"]++
					u := p.net.Reverse()
					backend[noFlags(u)] = noFlags(p.vm.Reverse())
					assert.True(t, in(p.net.Src, vips) && p.net.SrcPort == 80 && p.vm.SrcPort == 8080)
					assert.Equal(t, p.sent, p.net)
				case p.outbound && in(src, inside) && !in(dst, inside):
					count["translated"]++
					i, e := end{p.vm.VRF, src, p.vm.SrcPort, p.vm.Proto}, end{p.net.VRF, p.net.Src, p.net.SrcPort, p.net.Proto}
					require.True(t, in(e.addr, pool))
					if was, known := bound[i]; known {
						require.Equal(t, was, e, "packet %d: one binding for an inside end", key)
					}
					if was, known := owner[e]; known {
						require.Equal(t, was, i, "packet %d: nobody else has it", key)
					}
					bound[i], owner[e] = e, i
					assert.Equal(t, [2]any{p.vm.Dst, p.vm.DstPort}, [2]any{p.net.Dst, p.net.DstPort})
				case !p.outbound && in(dst, backends):
					count["to backends"]++
					assert.NotEqual(t, closed, dst.IP(false).String(), "the rule sees the backend")
					backend[noFlags(p.net)] = noFlags(p.vm)
				case !p.outbound && in(dst, inside) && !in(src, inside):
					count["turned back"]++
					assert.Equal(t, p.sent, p.vm)
					require.True(t, in(p.net.Dst, pool))
				default:
					assert.Equal(t, p.net, p.vm, "%+v", p)
				}
			}
			for _, p := range all { // bindings do not end in this time, so all of the run are known now
				if p.reason < 0 && !p.outbound && in(p.net.Dst, pool) && p.net.Proto != 0 {
					e := end{p.net.VRF, p.net.Dst, p.net.DstPort, p.net.Proto}
					if p.net.Dst.IP(false).String() == "198.18.128.5" {
						continue // static
					}
					assert.Equal(t, owner[e], end{p.vm.VRF, p.vm.Dst, p.vm.DstPort, p.vm.Proto})
				}
				if p.reason < 0 && !p.outbound && in(p.net.Dst, vips) && p.net.DstPort == 80 {
					assert.Equal(t, backend[noFlags(p.net)], noFlags(p.vm), "a connection stays with its backend")
				}
				if p.reason < 0 && p.outbound && in(p.vm.Src, backends) {
					assert.Equal(t, backend[noFlags(p.net.Reverse())], noFlags(p.vm.Reverse()))
				}
			}
			for _, kind := range []string{"translated", "turned back", "to backends", "from backends", "nat_no_binding", "policy"} {
				assert.Positive(t, count[kind], kind)
			}
			static := 0
			for i := range bound {
				if i.addr.IP(false).String() == "10.1.0.5" {
					static++
				}
			}
			assert.EqualValues(t, len(bound)-static, trial.MeasuredBy[*services.ServiceCounts](o).NAT.Active)
			const open = 1 // connections of the capture when the run begins
			assert.EqualValues(t, trial.MeasuredBy[*services.ServiceCounts](o).NAT.New+open, trial.MeasuredBy[*services.ServiceCounts](o).NAT.Active, "none has ended")
			assert.True(t, o.Balance.Holds())
		})
	}
}

// The same packets pass wherever the DSN is, though each chip and core has state of its own: packets are steered to the one
// that holds it. Which port a binding has differs.
func TestPlacementsTranslateAlike(t *testing.T) {
	s := natLB(t, "dsn.count.tor=4", "dsn.software.cores=4")
	want, all := watch(t, s, "nic")
	for _, name := range []string{"software", "tor"} {
		got, o := watch(t, s, name)
		require.Len(t, got, len(want))
		differ := 0
		for key, p := range want {
			g := got[key]
			if p.reason != g.reason || p.vm != g.vm {
				differ++ // packets of both directions that come at about the same time may come in another order
			}
		}
		assert.LessOrEqual(t, differ, len(want)/200, name)
		assert.InDelta(t, trial.MeasuredBy[*services.ServiceCounts](all).NAT.Active, trial.MeasuredBy[*services.ServiceCounts](o).NAT.Active, 2, name)
		assert.InDelta(t, trial.MeasuredBy[*services.ServiceCounts](all).LB.Active, trial.MeasuredBy[*services.ServiceCounts](o).LB.Active, 2, name)
	}
}

// Each refusal by nat and lb has its reason, in the metrics too, and packets are conserved.
func TestTranslationRefusals(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	for reason, sets := range map[string][]string{
		"nat_no_binding": nil,
		"nat_no_port":    {"services.1.nat.pool=198.18.128.0", "services.1.nat.ports=1024-1031"},
		"session_table":  {"services.1.nat.sessions=20"},
		"lb_no_backend":  {"services.2.lb.vips.0.backends=[{address: 10.200.0.1, weight: 0}]"},
	} {
		for _, name := range []string{"software", "nic", "tor"} {
			s := natLB(t, append(sets, "placements=["+name+"]")...)
			m := row(t, simulate(t, s), name, "all", "all").Metrics
			assert.Positive(t, m["drops."+reason], "%s: %s", name, reason)
			assert.Positive(t, m["nat.bindings"])
			assert.Positive(t, m["nat.new_per_second"])
		}
	}
	// A learner that cannot keep up refuses sessions; their packets do not pass.
	s := natLB(t, "placements=[nic]", fixture(t, "dsn.learner.rate", "1000", "dsn.learner.queue", "1"))
	m := row(t, simulate(t, s), "nic", "all", "all").Metrics
	assert.Positive(t, m["drops.session_table"])
	assert.Less(t, m["nat.bindings"], 100.0)
}

// The engine's order of work changes nothing, and neither does the number of workers.
func TestTranslationIsDeterministic(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	s := natLB(t, "placements=[software, tor]", "run.replications=2", "run.duration=2ms")
	want := text(t, simulate(t, s))
	for _, opt := range []Options{{Jobs: 4, TraceSeq: -1}, {Jobs: 1, Stepwise: true, TraceSeq: -1}} {
		r, _, err := Scenario(context.Background(), s, opt)
		require.NoError(t, err)
		assert.Equal(t, want, text(t, r), fmt.Sprint(opt.Jobs))
	}
}

// Made-up flows are translated too, and a prefix of VIPs spreads them over backends.
func TestTranslationOfMadeUpFlows(t *testing.T) {
	s := natLB(t, `traffic=[{name: made, sizes: imix, load: 5%, direction: both, flows: {concurrent: 100}}]`,
		`services=[{nat: {inside: 10.0.0.0/9, pool: 198.18.128.0/28}}, {lb: {vips: [{address: 10.128.0.0/9, port: 443, backends: [172.31.0.1, 172.31.0.2]}]}}]`)
	all, o := watch(t, s, "nic")
	count := map[table.Addr]int{}
	for _, p := range all {
		require.Negative(t, p.reason)
		if !p.outbound {
			count[p.vm.Dst]++
			require.True(t, in(p.vm.Dst, "172.31.0.0/30"))
		} else {
			require.True(t, in(p.net.Src, "198.18.128.0/28"))
		}
	}
	assert.Len(t, count, 2)
	assert.EqualValues(t, 200, trial.MeasuredBy[*services.ServiceCounts](o).NAT.Active, "100 flows of 2 servers")
	assert.EqualValues(t, 200, trial.MeasuredBy[*services.ServiceCounts](o).LB.Active)
}
