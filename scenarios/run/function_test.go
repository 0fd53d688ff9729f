package run

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/scenarios/expect"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/load"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// The VMs of a class divide the range of hashes evenly, and so do their tunnels: without a list as a hash divides them.
func TestFunctionsOfFlows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := input.Functions{All: rapid.IntRange(1, 300).Draw(t, "vms"), Queues: rapid.IntRange(1, 64).Draw(t, "queues")}
		hash := rapid.Uint32().Draw(t, "hash")
		vm, place := f.Of(hash)
		require.EqualValues(t, uint64(hash)*uint64(f.All)>>32, vm)
		require.Equal(t, hash, place)
		require.EqualValues(t, int(hash&127)%f.Queues, f.Queue(hash))
		for n := range f.All {
			f.Vms = append(f.Vms, n)
		}
		same, there := f.Of(hash)
		require.Equal(t, vm, same)
		require.InDelta(t, place, there, 1, "rounded down twice")
		f.Vms = []int{rapid.IntRange(0, f.All-1).Draw(t, "vm")}
		pinned, at := f.Of(hash)
		require.EqualValues(t, f.Vms[0], pinned)
		require.EqualValues(t, f.Vms[0], uint64(at)*uint64(f.All)>>32, "its tunnel is the VM's")
	})
}

// senders is a server of 100 Gbps whose VMs send 1000 B frames outbound, each as much as its list says.
func senders(loads ...string) string {
	text := `version: 1
name: senders
rack:
  server: {cores: 32, vms: 8, pcie: {gen: 5, lanes: 16}, nic: {rate: 100Gbps}}
  uplink: 400Gbps
run: {duration: 1200us, warmup: 400us, seed: 1}
placements: [nic]
traffic:
`
	for i, load := range loads {
		text += fmt.Sprintf("  - {name: vm%d, sizes: 1000B, load: %s, direction: outbound, vf: %d}\n", i, load, i)
	}
	return text
}

// of returns a metric of each of n classes.
func ofEach(t *testing.T, r *result.Report, placement, metric string, n int) []float64 {
	t.Helper()
	var list []float64
	for i := range n {
		list = append(list, row(t, r, placement, fmt.Sprintf("vm%d", i), "all").Metrics[metric])
	}
	return list
}

// capacity is what 1000 B frames carry on 100 Gbps, in Gbps of frames.
const capacity = 100 * 1000 / 1020.0

// Functions of equal weight get equal shares of a port that they overload, within 2%; weights hold; wherever an ordinary NIC
// or a DSN is the card.
func TestFunctionsShareByWeight(t *testing.T) {
	for _, placement := range []string{"nic", "bump-in-the-wire", "tor", "appliance"} {
		only := "placements=[" + placement + "]"
		for _, c := range []struct {
			weights string
			want    []float64
		}{
			{"[1]", []float64{1, 1, 1, 1, 1}},
			{"[1, 2, 4]", []float64{1, 2, 4}},
			{"[3, 3, 10, 1]", []float64{3, 3, 10, 1}},
		} {
			var loads []string
			sum := 0.0
			for _, w := range c.want {
				loads = append(loads, "80Gbps")
				sum += w
			}
			r := simulate(t, scenario(t, senders(loads...), only, "rack.server.nic.vf.weights="+c.weights))
			for i, got := range ofEach(t, r, placement, "throughput.gbps", len(c.want)) {
				assert.InEpsilon(t, capacity*c.want[i]/sum, got, 0.02, "%s weights %s, VM %d", placement, c.weights, i)
			}
			assert.Positive(t, row(t, r, placement, "all", "all").Metrics["drops.nic_queue"])
		}
	}
}

// A flood of one VM does not move another's loss, and hardly its latency.
func TestFloodOfOneFunction(t *testing.T) {
	calm := simulate(t, scenario(t, senders("10Gbps", "10Gbps", "20Gbps")))
	flood := simulate(t, scenario(t, senders("10Gbps", "10Gbps", "190Gbps")))
	for i := range 2 {
		name := fmt.Sprintf("vm%d", i)
		a, b := row(t, calm, "nic", name, "all").Metrics, row(t, flood, "nic", name, "all").Metrics
		assert.Zero(t, a["loss.ratio"])
		assert.Zero(t, b["loss.ratio"], name)
		assert.Less(t, b["latency.p99"]-a["latency.p99"], 400.0, "%s: a few frames of the others", name)
	}
	got := row(t, flood, "nic", "vm2", "all").Metrics
	assert.InEpsilon(t, capacity-20, got["throughput.gbps"], 0.02, "it gets what is left")
	assert.Greater(t, got["loss.ratio"], 0.5)
}

// A function's rate is obeyed, that of the others is not touched by it.
func TestRatesOfFunctions(t *testing.T) {
	r := simulate(t, scenario(t, senders("30Gbps", "30Gbps", "30Gbps"), "rack.server.nic.vf.max_rate=[5Gbps, 0Gbps, 12Gbps]"))
	got := ofEach(t, r, "nic", "throughput.gbps", 3)
	assert.InEpsilon(t, 5, got[0], 0.01)
	assert.InEpsilon(t, row(t, r, "nic", "vm1", "all").Metrics["offered.gbps"], got[1], 0.01)
	assert.InEpsilon(t, 12, got[2], 0.01)
	r = simulate(t, scenario(t, senders("30Gbps", "30Gbps"), "rack.server.nic.vf.max_rate=5Gbps", "services=[ipsec, vxlan]"))
	for _, rate := range ofEach(t, r, "nic", "throughput.gbps", 2) {
		assert.InEpsilon(t, 5, rate, 0.01, "it counts the VM's frames, not the tunnels")
	}
}

// Where VMs have no functions, the DSN cannot be their card, and behind an ordinary NIC a virtual switch takes cores and
// time. Too many VMs are refused.
func TestWithoutFunctions(t *testing.T) {
	all, cores := "placements=[software, nic, bump-in-the-wire, tor, appliance]", "dsn.software.cores=20"
	with, without := simulate(t, scenario(t, both, all, cores)), simulate(t, scenario(t, both, all, cores, "rack.server.nic.sriov=false"))
	for _, x := range without.Results {
		if x.Class != result.All || x.Direction != result.All {
			continue
		}
		switch x.Placement {
		case "nic":
			assert.Equal(t, result.Undeployable, x.Status)
			assert.Contains(t, x.Reasons[0], "sriov is false")
		case "software":
			assert.Equal(t, row(t, with, "software", "all", "all").Metrics, x.Metrics)
		default:
			direct := row(t, with, x.Placement, "all", "all").Metrics
			assert.Greater(t, x.Metrics["latency.p50"], direct["latency.p50"]+300, x.Placement)
			assert.EqualValues(t, 20, x.Metrics["host.cores"])
			assert.Zero(t, direct["host.cores"])
		}
	}
	crowd := simulate(t, scenario(t, both, all, "rack.server.vms=300"))
	for _, x := range crowd.Results {
		if x.Class == result.All && x.Direction == result.All && x.Placement != "software" {
			assert.Equal(t, result.Undeployable, x.Status, x.Placement)
			assert.Contains(t, x.Reasons[0], "has 256, the server has 300 VMs")
		}
	}
	metal := simulate(t, scenario(t, both, all, "rack.server.nic.sriov=false", "rack.server.virtualization=bare-metal"))
	assert.Equal(t, result.OK, row(t, metal, "nic", "all", "all").Status, "its one tenant has the whole card")
}

// Running ahead changes nothing with all options on, with sources in step.
func TestRunningAheadOfCards(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	rapid.Check(t, func(r *rapid.T) {
		sets := []string{
			"traffic.0.direction=" + rapid.SampledFrom([]string{"inbound", "outbound", "both"}).Draw(r, "direction"),
			fmt.Sprintf("traffic.0.load=%d%%", rapid.IntRange(1, 100).Draw(r, "load")),
			fmt.Sprintf("traffic.0.sizes=%dB", rapid.SampledFrom([]int{64, 400, 1500, 9000}).Draw(r, "size")),
			"traffic.0.arrivals=" + rapid.SampledFrom([]string{"constant", "poisson"}).Draw(r, "arrivals"),
			fmt.Sprintf("rack.server.vms=%d", rapid.IntRange(1, 20).Draw(r, "vms")),
			fmt.Sprintf("rack.server.pcie={gen: %d, lanes: 4, iommu: %v, page: 4KiB}", rapid.IntRange(1, 5).Draw(r, "gen"), true),
			"rack.server.nic.vf={weights: [1], max_rate: " + rapid.SampledFrom([]string{"0Gbps", "3Gbps"}).Draw(r, "rate") +
				", queues: " + rapid.SampledFrom([]string{"1", "4"}).Draw(r, "queues") + "}",
			fmt.Sprintf("rack.server.nic.completions={usecs: 1, frames: %d}", rapid.IntRange(1, 5).Draw(r, "completions")),
			fixture(t, "pcie.outstanding_reads", fmt.Sprint(rapid.SampledFrom([]int{1, 4, 256}).Draw(r, "tags")), "nic.rings.size",
				fmt.Sprint(rapid.SampledFrom([]int{64, 100, 1024}).Draw(r, "ring")), "pcie.credits.posted_headers", fmt.Sprint(rapid.SampledFrom([]int{40, 128}).Draw(r, "credits"))),
			"placements=[software, nic, tor]", "run.duration=12us", "run.warmup=0s",
		}
		if rapid.IntRange(0, 3).Draw(r, "functions") == 0 {
			sets = slices.Delete(sets, 6, 7) // vf is for functions
			sets = append(sets, "rack.server.nic.sriov=false", "rack.server.virtualization="+rapid.SampledFrom([]string{"kvm", "bare-metal"}).Draw(r, "host"))
		}
		if rapid.Bool().Draw(r, "interrupts") {
			sets = append(sets, "rack.server.nic.driver=interrupt",
				fmt.Sprintf("rack.server.nic.interrupts={usecs: %d, frames: %d}", rapid.IntRange(0, 4).Draw(r, "usecs"), rapid.IntRange(0, 5).Draw(r, "frames")))
		}
		s := scenario(t, plainRack, sets...)
		same(r, report(t, s, Options{Jobs: 1}), report(t, s, Options{Jobs: 1, Stepwise: true}), "hop by hop")
	})
}

// The shipped scenarios say what they expect, and get it in a comparison of all placements; without weights and without
// moderation they do not.
func TestShippedFunctions(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	for file, without := range map[string]string{"vf-fairness": "rack.server.nic.vf.weights=[1]", "interrupts": "rack.server.nic.interrupts.usecs=0"} {
		load := func(sets ...string) *result.Report {
			s, err := load.File("../"+file+".yaml", append(sets, "placements=[software, nic, bump-in-the-wire, tor, appliance]"))
			require.NoError(t, err)
			return simulate(t, s)
		}
		for _, e := range load().Expectations {
			assert.Equal(t, expect.Holds, e.Verdict, "%s: %s: %s", file, e.Text, e.Why)
		}
		fails := 0
		for _, e := range load(without, "run.replications=1").Expectations {
			if e.Verdict == expect.Fails {
				fails++
			}
		}
		assert.GreaterOrEqual(t, fails, 2, file)
	}
}
