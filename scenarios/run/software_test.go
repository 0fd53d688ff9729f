package run

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios/arithmetic"
	"github.com/dsnsim/dsnsim/scenarios/parts/software"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// soft is one server at 25 Gbps whose DSN is software.
const soft = `version: 1
name: test
rack:
  server: {cores: 64, vms: 8, pcie: {gen: 4, lanes: 16}, nic: {rate: 25Gbps}}
  uplink: 100Gbps
services: [ipsec, vxlan, firewall, route]
traffic: [{name: a, sizes: 400B, load: 5%, direction: both}]
run: {duration: 40ms, warmup: 4ms, seed: 1}
placements: [software]
`

// The book's claim: software exceeds 100 us, with the reference's stalls on cores of its own, far from being busy.
func TestSoftwareJitterExceeds100us(t *testing.T) {
	for _, mode := range []string{"poll", "interrupt"} {
		m := metrics(t, soft, "dsn.software={cores: 8, mode: "+mode+"}", "run.duration=300ms")
		assert.Greater(t, m["jitter.pdv_p999"], 100e3, mode)
		assert.Less(t, m["jitter.pdv_p999"], 3e6, mode)
		assert.Zero(t, m["loss.ratio"], mode)
	}
}

// Cores that sleep give time back, and wake up late: the less comes, the more of both.
func TestCoresThatSleep(t *testing.T) {
	last := 0.0
	for _, load := range []string{"0.01%", "1%", "10%", "20%"} {
		sets := []string{"traffic.0.load=" + load, "dsn.software.cores=12"}
		poll, sleep := metrics(t, soft, sets...), metrics(t, soft, append(sets, "dsn.software.mode=interrupt")...)
		assert.EqualValues(t, 12, poll["host.cores"], load)
		assert.Less(t, sleep["host.cores"], 12.0, load)
		assert.Greater(t, sleep["host.cores"], last, load)
		last = sleep["host.cores"]
		assert.Greater(t, sleep["latency.p50"], poll["latency.p50"]+3000, load)
		assert.Greater(t, sleep["software.cycles_per_packet"], poll["software.cycles_per_packet"], load)
		assert.Less(t, sleep["power.host"], poll["power.host"], load)
	}
	quiet := metrics(t, soft, "traffic.0.load=0.01%", "dsn.software={cores: 12, mode: interrupt}")
	assert.Greater(t, quiet["latency.p50"], 80e3, "out of C6")
	assert.Less(t, quiet["host.cores"], 0.05)
}

// Batches grow with the load, so that a packet takes fewer cycles, and wait for their last packet.
func TestBatchesGrowWithTheLoad(t *testing.T) {
	last := 1e9
	for _, load := range []string{"1%", "15%", "20%", "40%"} {
		m := metrics(t, soft, "traffic.0.load="+load, "dsn.software={cores: 8, batch: 32}")
		assert.Less(t, m["software.cycles_per_packet"], last, load)
		last = m["software.cycles_per_packet"]
	}
	full := metrics(t, soft, "traffic.0.load=40%", "dsn.software.cores=8")["software.cycles_per_packet"]
	assert.InEpsilon(t, full, last, 0.01, "in overload they are those that the cycles were measured with")
}

// Of flows that are equally likely as many hit as there is room for; with more room there are never more misses, nor more upcalls.
func TestFlowCacheOfTheSwitch(t *testing.T) {
	const flows = "traffic.0.flows.concurrent=2000"
	last := map[string]float64{"software.cycles_per_packet": 1e9}
	for _, entries := range []int{0, 250, 500, 1000, 2000, 8000} {
		m := metrics(t, soft, flows, "run.duration=150ms", "run.warmup=50ms", fmt.Sprintf("dsn.software={cores: 4, flow_cache: {entries: %d, shared: true}}", entries))
		// Both directions have 2000 flows. Sets of two lose some that would fit: 4000 flows in 2000 sets miss 27% (Poisson of mean 2).
		want := min(1, float64(entries)/4000)
		assert.LessOrEqual(t, m["software.cache_hit_ratio"], want+0.01, "%d entries", entries)
		assert.GreaterOrEqual(t, m["software.cache_hit_ratio"], 0.72*want, "%d entries", entries)
		assert.GreaterOrEqual(t, m["software.cache_hit_ratio"], last["software.cache_hit_ratio"], "%d entries", entries)
		assert.Less(t, m["software.cycles_per_packet"], last["software.cycles_per_packet"])
		assert.Zero(t, m["software.upcalls_per_second"], "all flows are known")
		last = m
	}
	last = map[string]float64{"software.upcalls_per_second": 1e12}
	for _, table := range []int{1000, 3990, 4000} {
		m := metrics(t, soft, flows, "traffic.0.load=1%", fmt.Sprintf("dsn.software={cores: 4, flow_cache: {entries: 100, megaflows: %d}}", table))
		assert.Less(t, m["software.upcalls_per_second"], last["software.upcalls_per_second"], "%d flows", table)
		last = m
	}
	assert.Zero(t, last["software.upcalls_per_second"])
}

// New flows ask the slow path: as many as begin. A flood of them fills its queue, and more threads take more.
func TestSlowPath(t *testing.T) {
	m := metrics(t, soft, "traffic.0.flows={concurrent: 2000, size: 1Mbit}", "dsn.software={cores: 4, flow_cache: {entries: 8192}}", "run.duration=200ms")
	begun := m["offered.gbps"] * 1e9 / 1e6
	assert.InEpsilon(t, begun, m["software.upcalls_per_second"], 0.1)
	assert.Zero(t, m["drops.upcall_queue"])
	assert.InDelta(t, 4+begun*42400/2.8e9, m["host.cores"], 0.01, "the slow path is a thread beside the cores")

	flood := []string{"traffic.0.flows={concurrent: 2000, size: 8kbit}"}
	enough := metrics(t, soft, append(flood, "dsn.software={cores: 4, flow_cache: {entries: 8192, threads: 8}}")...)
	assert.Zero(t, enough["drops.upcall_queue"])
	assert.InEpsilon(t, enough["software.upcalls_per_second"]*42400/2.8e9, enough["host.cores"]-4, 0.02)
	few := metrics(t, soft, append(flood, "dsn.software={cores: 4, flow_cache: {entries: 8192}}")...)
	assert.Greater(t, few["drops.upcall_queue"], 1000.0)
	assert.InDelta(t, 5, few["host.cores"], 0.01, "the thread has no time to spare")
	assert.Greater(t, few["latency.p99"], 10*enough["latency.p50"])
}

// Cores on the other socket take longer: 106 ns, 297 cycles, for a packet on each.
func TestRemoteCores(t *testing.T) {
	near := metrics(t, soft)
	half := metrics(t, soft, "dsn.software.numa={nodes: 2}")
	all := metrics(t, soft, "dsn.software.numa={nodes: 2, remote: 100%}")
	assert.InDelta(t, 297, all["software.cycles_per_packet"]-near["software.cycles_per_packet"], 1)
	assert.InDelta(t, 148, half["software.cycles_per_packet"]-near["software.cycles_per_packet"], 20, "as flows spread")
	assert.Greater(t, all["latency.mean"], half["latency.mean"])
	assert.Greater(t, half["latency.mean"], near["latency.mean"])
	assert.Equal(t, near, metrics(t, soft, "dsn.software.numa={nodes: 1}"))
}

// What the NIC takes over the cores are rid of: both add up.
func TestOffload(t *testing.T) {
	plain := metrics(t, soft)
	assert.NotContains(t, plain, "software.offloaded_cycles")
	last := plain
	for _, list := range []string{"[ipsec]", "[ipsec, vxlan]", "[ipsec, vxlan, flows]"} {
		m := metrics(t, soft, "dsn.software.offload="+list)
		assert.Less(t, m["software.cycles_per_packet"], last["software.cycles_per_packet"], list)
		// With all tunnels gone the copies are shorter too: 2 x 100 B at 0.1 cycles.
		assert.InDelta(t, plain["software.cycles_per_packet"], m["software.cycles_per_packet"]+m["software.offloaded_cycles"], 25, list)
		assert.LessOrEqual(t, m["host.cores_needed"], last["host.cores_needed"], list)
		assert.Less(t, m["power.host"]-plain["power.host"], 0.1, list)
		last = m
	}
	// What stays is two copies, firewall and route, of 400 B: 600 + 80 + 1250 + 100 cycles.
	assert.InDelta(t, 2030, last["software.cycles_per_packet"], 2)
	// New flows make work again: entering one takes 9,333 cycles and the switching.
	busy := metrics(t, soft, "dsn.software.offload=[ipsec, vxlan, flows]", "traffic.0.flows={concurrent: 2000, size: 64kbit}")
	assert.InDelta(t, 2030+(9333+1700)*400*8/64e3, busy["software.cycles_per_packet"], 100)
	// 100 Gbps of cipher are not the limit of a 25G link; frames without tunnels are shorter on the slot.
	assert.Less(t, last["pcie.utilization"], plain["pcie.utilization"])
	assert.Zero(t, last["loss.ratio"])
	// The cipher takes 1 us and 40 ns for 500 B, and spares an idle core 727 cycles and 0.63 a byte, 372 ns. vxlan: 50 ns for 54 ns.
	one := metrics(t, soft, "traffic.0.load=0.1%", "dsn.software.cores=8")
	other := metrics(t, soft, "traffic.0.load=0.1%", "dsn.software={cores: 8, offload: [ipsec]}")
	assert.InDelta(t, 1040-372, other["latency.p50"]-one["latency.p50"], 40)
}

// Tenants on the same cores: the more they want, and the more of them there are, the longer packets wait. Cores of its own are as before.
func TestTenantsOnTheSameCores(t *testing.T) {
	last := metrics(t, soft, "dsn.software.cores=16", "run.duration=100ms")
	for _, more := range []string{"shared: true, tenants: 10%", "shared: true, tenants: 40%", "shared: true, tenants: 80%"} {
		m := metrics(t, soft, "dsn.software={cores: 16, "+more+"}", "run.duration=100ms")
		assert.Greater(t, m["latency.mean"], last["latency.mean"], more)
		assert.Greater(t, m["jitter.pdv_p999"], last["jitter.pdv_p999"], more)
		assert.GreaterOrEqual(t, m["host.cores_needed"], last["host.cores_needed"], more)
		last = m
	}
	crowd := metrics(t, soft, "dsn.software={cores: 16, shared: true, tenants: 80%}", "run.duration=100ms", "rack.server.vms=256")
	assert.Greater(t, crowd["jitter.pdv_p999"], last["jitter.pdv_p999"], "slices of four others")
	assert.Less(t, last["jitter.pdv_p999"], 20e6)
}

// cores: auto gives the cores that do the work; the run confirms that these have time to spare, and lose about what arithmetic says
// of stalls. With as many as it names against those, or the ring that it names, at most a packet in a thousand is lost. With two thirds of them
// many more are.
func TestCoresNeededAreEnough(t *testing.T) {
	if testing.Short() {
		t.Skip("long runs for rare stalls")
	}
	for i, sets := range [][]string{
		{"traffic.0.load=5%"},
		{"traffic.0.load=20%", "dsn.software.batch=32"},
		{"traffic.0.load=10%", "traffic.0.sizes=imix", "dsn.software.mode=interrupt", "traffic.0.flows.concurrent=100"},
		{"traffic.0.load=3%", "dsn.software.shared=true"},
		{"traffic.0.load=10%", "dsn.software.numa={nodes: 2}", "dsn.software.flow_cache={entries: 100}"},
		{"traffic.0.load=20%", "dsn.software.offload=[ipsec, vxlan, flows]"},
	} {
		sets = append(sets, "run.duration=500ms")
		r := simulate(t, scenario(t, soft, append(sets, "dsn.software.cores=auto")...))
		m := r.Results[0].Metrics
		n := int(m["host.cores_needed"])
		x, err := arithmetic.Explain(scenario(t, soft, append(sets, "dsn.software.cores=auto")...))
		require.NoError(t, err)
		c := x.Placements[0].Cores
		assert.Equal(t, n, c.Needed, "explain says the same")
		assert.LessOrEqual(t, m["loss.ratio"], max(0.001, 2*c.Lost), "%v: %d cores", sets, n)
		if c.Lost < software.ConfirmedLost/2 {
			assert.Contains(t, strings.Join(r.Notes, "\n"), "it confirms that these are enough", sets)
		}
		few := metrics(t, soft, append(sets, "run.duration=50ms", fmt.Sprintf("dsn.software.cores=%d", max(1, int(c.Work*0.8))))...)
		assert.Greater(t, few["loss.ratio"], 0.01, "%v: %g cores are busy", sets, c.Work)
		if i == 0 {
			same := metrics(t, soft, append(sets, fmt.Sprintf("dsn.software.cores=%d", n))...)
			assert.Equal(t, same, m, "%v: auto is the number", sets)
		}
		for _, more := range []string{fmt.Sprintf("dsn.software.cores=%d", c.CoresFor), fmt.Sprintf("dsn.software.ring=%d", c.RingFor)} {
			if !strings.HasSuffix(more, "=0") {
				m := metrics(t, soft, append(sets, "dsn.software.cores="+fmt.Sprint(n), more)...)
				assert.LessOrEqual(t, m["loss.ratio"], 0.001, "%v with %s", sets, more)
			}
		}
	}
}

// By hand: 1 Mpps of 2.8 GHz / 5000 cycles is 1.79 cores, two where nothing takes them away and flows are even.
func TestCoresNeededByHand(t *testing.T) {
	calm := fixture(t, "host.stall.mean_interval", "0s", "host.software.vswitch.cycles", "2500", "host.software.vhost.cycles", "0",
		"host.software.vhost.milli_cycles_per_byte", "0")
	for pps, want := range map[string]float64{"100kpps": 1, "490kpps": 1, "510kpps": 2, "1000kpps": 2, "1020kpps": 3, "10Mpps": 20} {
		m := metrics(t, soft, calm, "services=[]", "traffic.0.direction=inbound", "traffic.0.load="+pps, "traffic.0.flows.concurrent=1M",
			"rack.server.nic.rate=100Gbps", "run={duration: 10us, warmup: 0us}", "traffic.0.sizes=64B")
		assert.InDelta(t, want, m["host.cores_needed"], want/20, pps)
	}
}

// More cores than the server has are said to be too few.
func TestCoresThatTheServerDoesNotHave(t *testing.T) {
	s := scenario(t, soft, "traffic.0.load=50%", "dsn.software.cores=auto", "rack.server.cores=8", "run.duration=2ms", "run.warmup=1ms")
	r := simulate(t, s)
	assert.Equal(t, 8, s.DSN.Software.Cores)
	assert.EqualValues(t, 8, r.Results[0].Metrics["host.cores"])
	assert.Greater(t, r.Results[0].Metrics["host.cores_needed"], 8.0)
	assert.Contains(t, strings.Join(r.Notes, "\n"), "the server has only 8")
	x, err := arithmetic.Explain(s)
	require.NoError(t, err)
	require.NotNil(t, x.Placements[0].Cores)
	assert.EqualValues(t, r.Results[0].Metrics["host.cores_needed"], x.Placements[0].Cores.Needed, "explain says the same")
	assert.False(t, x.Placements[0].Cores.Enough())

	bare := scenario(t, soft, "rack.server.virtualization=bare-metal", "rack.server.vms=1", "dsn.software={cores: auto, batch: 4}")
	refused := simulate(t, bare).Results[0]
	assert.Equal(t, result.Undeployable, refused.Status)
	assert.Contains(t, refused.Reasons[0], "bare-metal")
}

// everything is all that can be asked of software at once.
const everything = "dsn.software={cores: 3, batch: 8, mode: interrupt, moderation: 4us, flow_cache: {entries: 64, megaflows: 1500}, " +
	"numa: {nodes: 2}, offload: [ipsec, flows], shared: true, tenants: 20%}"

// However the engine runs, and on however many workers, the report is the same.
func TestSoftwareIsDeterministic(t *testing.T) {
	s := scenario(t, soft, everything, "run={duration: 5ms, warmup: 500us, replications: 2}", "rack.servers=2", "placements=[software, nic]")
	want := text(t, simulate(t, s))
	for _, opt := range []Options{{Jobs: 1, TraceSeq: -1}, {Jobs: 3, TraceSeq: -1}, {Jobs: 4, TraceSeq: -1, Stepwise: true}} {
		r, _, err := Scenario(context.Background(), s, opt)
		require.NoError(t, err)
		require.Equal(t, want, text(t, r), "%+v", opt)
	}
}

// A run that sends nothing confirms nothing.
func TestCoresWithoutPackets(t *testing.T) {
	r := simulate(t, scenario(t, `version: 1
name: idle
services: [route]
traffic: [{name: a, sizes: 64B, load: 1pps}]
run: {duration: 100us, warmup: 10us}
placements: [software]
`))
	notes := strings.Join(r.Notes, "\n")
	assert.Contains(t, notes, "the run says nothing about that")
	assert.NotContains(t, notes, "confirms")
}
