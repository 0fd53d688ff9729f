package run

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/asic/rdma"
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/pcie"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/expect"
	"github.com/dsnsim/dsnsim/scenarios/load"
	"github.com/dsnsim/dsnsim/scenarios/placement"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/units"
)

// workRack is one server at 100 Gbps that nothing but a workload uses.
const workRack = `version: 1
name: work
rack:
  server: {cores: 32, vms: 8, pcie: {gen: 4, lanes: 16}, nic: {rate: 100Gbps}}
  uplink: 100Gbps
dsn: {profile: reference-100g}
services: []
workloads: [%s]
run: {duration: 2ms, warmup: 1ms, seed: 1}
placements: [nic]
`

func workText(workload string) string { return fmt.Sprintf(workRack, "{name: w, "+workload+"}") }

// worked runs a workload in the NIC and returns what it measured.
func worked(t testing.TB, workload string, sets ...string) *result.Result {
	t.Helper()
	return row(t, simulate(t, scenario(t, workText(workload), sets...)), "nic", "w", result.All)
}

// changedProfile writes a profile that differs from reference-100g in some constants, and returns the override that uses it.
func changedProfile(t testing.TB, section string, constants ...string) string {
	t.Helper()
	text := "name: changed\nbase: reference-100g\nsummary: for a test\n" + section + ":\n"
	for _, c := range constants {
		name, value, _ := strings.Cut(c, "=")
		text += fmt.Sprintf("  %s: {value: %s, assumed: \"for a test\"}\n", name, value)
	}
	file := filepath.Join(t.TempDir(), "changed.yaml")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return "dsn.profile=" + file
}

func workProfile(t testing.TB) *profile.Profile {
	t.Helper()
	p, err := profile.Load("reference-100g")
	require.NoError(t, err)
	return p
}

func workSlot(t testing.TB, gen, lanes int) pcie.Link {
	t.Helper()
	p := workProfile(t)
	l, err := pcie.NewLink(gen, lanes, p.PCIe.MPS.Value, p.PCIe.MRRS.Value, p.PCIe.RCB.Value)
	require.NoError(t, err)
	return l
}

// Little's law: a closed workload has depth/latency messages done a second, whatever the depth.
func TestDepthIsRateTimesLatency(t *testing.T) {
	for _, c := range []struct {
		workload string
		depth    float64
		sets     []string
	}{
		{"rdma: read, size: 64B", 1, []string{"workloads.0.outstanding=1"}},
		{"rdma: read, size: 64B", 16, nil},
		{"rdma: read, size: 4KiB, queue_pairs: 100", 1600, nil},
		{"rdma: write, size: 1KiB, queue_pairs: 2", 32, nil},
		{"rdma: send, size: 100B, queue_pairs: 4", 64, nil},
		{"nvme: read, block: 4KiB", 32, nil},
		{"nvme: write, block: 4KiB, mix: 70%", 32, []string{"workloads.0.drives=20"}},
	} {
		r := worked(t, c.workload, c.sets...)
		assert.InEpsilon(t, c.depth, r.Metrics["workload.iops"]*r.Metrics["workload.latency.mean"]/1e9, 0.02, c.workload)
		assert.Zero(t, r.Metrics["workload.retries"], c.workload)
	}
}

// In an idle rack a longer write takes longer by its bytes on each wire that stores it: once on the network, which cuts
// through, and once on the slot with the headers of its TLPs; the chip's clock has edges of 1 ns.
func TestLatencyGrowsBySerialisation(t *testing.T) {
	link := workSlot(t, 4, 16)
	latency := func(verb, size string) float64 {
		return worked(t, "rdma: "+verb+", outstanding: 1, size: "+size).Metrics["workload.latency.min"]
	}
	more := units.Bytes(1024 - 64)
	slot := link.Rate().TimeToSend(more + 3*link.Header(pcie.MemWrite)).Ns()
	assert.InDelta(t, float64(more)*8/100+slot, latency("write", "1KiB")-latency("write", "64B"), 1)
	// A read asks twice for 512 B instead of once.
	slot = link.Rate().TimeToSend(more+3*link.Header(pcie.Completion)).Ns() + link.Rate().TimeToSend(link.Header(pcie.MemRead)).Ns()
	assert.InDelta(t, float64(more)*8/100+slot, latency("read", "1KiB")-latency("read", "64B"), 1)
}

// The whole of an idle read, from the profile: what each box on the way takes.
func TestLatencyOfOneRead(t *testing.T) {
	p, link := workProfile(t), workSlot(t, 4, 16)
	ns := func(d units.Duration) float64 { return d.Ns() }
	e, _ := p.EthernetAt(100 * units.Gbps)
	phy := ns(e.PhyTx.Value + e.PhyRx.Value + e.FECRx.Value)
	cables := 100*ns(p.Cable.FibrePerMetre.Value) + 3*ns(p.Cable.CopperPerMetre.Value)
	network := 2*phy + cables + ns(p.Switch.Latency.Value)
	block := ns(p.RDMA.Packet.Value + p.RDMA.Latency.Value)
	chip, err := asic.Compile(nil, p, service.DefaultSizes(1, 8))
	require.NoError(t, err)
	// parser and deparser: 54 B in 2 cycles of 1 ns, and their latencies
	pipeline := 2*2 + float64(chip.Latency) + float64(p.DSN.ParserLatency.Value+p.DSN.DeparserLatency.Value)
	slot := ns(link.Rate().TimeToSend(link.Header(pcie.MemRead))) + ns(p.PCIe.RootComplexRead.Value) +
		ns(link.Rate().TimeToSend(64+link.Header(pcie.Completion)))
	wire := func(frame units.Bytes) float64 { return float64(frame+8) * 8 / 100 }
	want := 2*(network+block+pipeline) + slot + wire(rdma.RequestFrame) + wire(rdma.ReadResponse.Frame(64, 1024, 0))
	chain := worked(t, "rdma: read, size: 64B, outstanding: 1")
	assert.InDelta(t, want, chain.Metrics["workload.latency.min"], 4, "each of four visits waits for an edge of the clock")
}

// onWire returns the bytes of a message's packets with preamble and gap.
func onWire(v rdma.Verb, n, mtu units.Bytes) (sum units.Bytes) {
	for i := range rdma.Packets(n, mtu) {
		sum += v.Frame(n, mtu, i) + 20
	}
	return sum
}

// With enough under way the link is full: the data are what its packets leave beside their headers.
func TestSaturatesTheLink(t *testing.T) {
	for _, mtu := range []units.Bytes{1024, 4096} {
		for verb, v := range map[string]rdma.Verb{"write": rdma.Write, "read": rdma.ReadResponse, "send": rdma.Send} {
			const n = 64 * units.KiB
			wire := onWire(v, n, mtu)
			r := worked(t, fmt.Sprintf("rdma: %s, size: 64KiB, queue_pairs: 4, outstanding: 2, mtu: %s", verb, mtu))
			assert.InEpsilon(t, 100*float64(n)/float64(wire), r.Metrics["workload.gbps"], 0.01, "%s %s", verb, mtu)
			assert.InDelta(t, 1, r.Metrics["bottleneck.utilization"], 0.01)
		}
	}
}

// Where the slot is slower than the port it bounds reads and writes, at its rate less the headers of TLPs.
func TestSaturatesTheSlot(t *testing.T) {
	link := workSlot(t, 3, 4)
	share := func(kind pcie.Kind) float64 {
		return float64(link.Rate()) / float64(units.Gbps) * 1024 / float64(1024+4*link.Header(kind))
	}
	slot := []string{"rack.server.pcie.gen=3", "rack.server.pcie.lanes=4"}
	r := worked(t, "rdma: read, size: 4KiB, outstanding: 64", slot...)
	assert.InEpsilon(t, share(pcie.Completion), r.Metrics["workload.gbps"], 0.01)
	assert.Equal(t, "pcie.down[0]", r.Bottleneck)
	r = worked(t, "rdma: write, size: 4KiB, outstanding: 64", slot...)
	assert.InEpsilon(t, share(pcie.MemWrite), r.Metrics["workload.gbps"], 0.01)
	assert.Equal(t, "pcie.up[0]", r.Bottleneck)
}

// Reads wait for tags: so many requests of 512 B in each time that one takes.
func TestTagsBoundReads(t *testing.T) {
	link, p := workSlot(t, 4, 16), workProfile(t)
	r := worked(t, "rdma: read, size: 512B, queue_pairs: 16", changedProfile(t, "pcie", "outstanding_reads=2"))
	trip := link.Rate().TimeToSend(link.Header(pcie.MemRead)) + p.PCIe.RootComplexRead.Value +
		link.Rate().TimeToSend(512+2*link.Header(pcie.Completion))
	assert.InEpsilon(t, 2/trip.Seconds(), r.Metrics["workload.iops"], 0.02)
}

// More queue pairs than the cache has contexts cost messages, down to the reads of contexts; a bigger cache brings them back.
func TestMoreQueuePairsThanTheCacheCostMessages(t *testing.T) {
	const many = "rdma: read, size: 16B, outstanding: 1, queue_pairs: 600"
	read := []string{"context_reads=2", "packet=4651ps"}
	few := worked(t, "rdma: read, size: 16B, outstanding: 6, queue_pairs: 100", changedProfile(t, "rdma", append(read, "qp_cache=256")...))
	assert.Zero(t, few.Metrics["workload.qp_miss_ratio"])
	beyond := worked(t, many, changedProfile(t, "rdma", append(read, "qp_cache=256")...))
	assert.Greater(t, beyond.Metrics["workload.qp_miss_ratio"], 0.5)
	assert.Less(t, beyond.Metrics["workload.iops"], few.Metrics["workload.iops"]/3)
	// two at a time, each as long as a read of 375 B
	link, p := workSlot(t, 4, 16), workProfile(t)
	each := p.PCIe.RootComplexRead.Value + link.Rate().TimeToSend(link.CompletionWireBytes(375))
	misses := beyond.Metrics["workload.iops"] * beyond.Metrics["workload.qp_miss_ratio"]
	assert.InEpsilon(t, 2/each.Seconds(), misses, 0.02)
	bigger := worked(t, many, changedProfile(t, "rdma", append(read, "qp_cache=2048")...))
	assert.InEpsilon(t, few.Metrics["workload.iops"], bigger.Metrics["workload.iops"], 0.01)
}

// Contexts in the chip's own memory are there sooner than those of the host.
func TestContextsInTheChipsMemory(t *testing.T) {
	const many = "rdma: read, size: 16B, outstanding: 1, queue_pairs: 600"
	host := worked(t, many, changedProfile(t, "rdma", "qp_cache=0"))
	own := worked(t, many, changedProfile(t, "rdma", "qp_cache=0", "context_home=memory"))
	assert.InDelta(t, 1, own.Metrics["workload.qp_miss_ratio"], 1e-9)
	assert.Less(t, own.Metrics["workload.latency.min"], host.Metrics["workload.latency.min"]-200)
}

// A command that reads takes the drive's time and the way there and back; reads are bounded by the drives' lanes.
func TestDrivesBoundCommands(t *testing.T) {
	alone := worked(t, "nvme: read, block: 4KiB, depth: 1")
	assert.InDelta(t, 80_000, alone.Metrics["workload.latency.min"], 16_000)
	assert.Greater(t, alone.Metrics["workload.latency.min"], 80_000.0+2*3000)
	r := worked(t, "nvme: read, block: 512B, depth: 256, drives: 1, queues: 2", "run.duration=17ms")
	assert.InEpsilon(t, 1e6, r.Metrics["workload.iops"], 0.01)
	assert.Equal(t, "w.drives.read[0]", r.Bottleneck)
	w := worked(t, "nvme: write, block: 512B, depth: 64, drives: 2", "run.duration=16ms")
	assert.InEpsilon(t, 6/15e-6, w.Metrics["workload.iops"], 0.01)
	c := worked(t, "nvme: read, block: 512B, depth: 1024, drives: 16", "run.duration=9ms")
	assert.InEpsilon(t, 8/1.481e-6, c.Metrics["workload.iops"], 0.01, "the controller's cores")
}

// Ciphering costs operations only where its cores are the limit: there as many as they do.
func TestEncryptionCostsWhereItIsTheLimit(t *testing.T) {
	const disk = "nvme: %s, block: 4KiB, depth: 128, drives: 16"
	for _, verb := range []string{"read", "write"} {
		text := fmt.Sprintf(disk, verb)
		off := worked(t, text)
		on := worked(t, text+", encrypt: true")
		assert.InEpsilon(t, off.Metrics["workload.iops"], on.Metrics["workload.iops"], 0.01, verb)
		slow := worked(t, text+", encrypt: true", changedProfile(t, "storage", "xts_cores=1", "xts_bytes_per_cycle=1"))
		// four packets of 1,024 cycles and 10 each, at 1 GHz
		assert.InEpsilon(t, 1e9/(4*(1024+10)), slow.Metrics["workload.iops"], 0.01, verb)
		assert.Equal(t, "dsn[0].xts", slow.Bottleneck)
		none := worked(t, text, changedProfile(t, "storage", "xts_cores=1", "xts_bytes_per_cycle=1"))
		assert.Equal(t, off.Metrics, none.Metrics)
	}
}

// Compression halves what crosses the network, so that twice the data do, until its engine is the limit.
func TestCompressionSparesTheLink(t *testing.T) {
	const disk = "nvme: read, block: 64KiB, depth: 128, drives: 64"
	plain := worked(t, disk, "rack.server.nic.rate=25Gbps")
	half := worked(t, disk+", compress: 2.0", "rack.server.nic.rate=25Gbps")
	assert.InEpsilon(t, 2*plain.Metrics["workload.gbps"], half.Metrics["workload.gbps"], 0.01)
	bound := worked(t, disk+", compress: 2.0", changedProfile(t, "storage", "decompress_rate=20Gbps"))
	assert.InEpsilon(t, 20, bound.Metrics["workload.gbps"], 0.01)
	write := worked(t, "nvme: write, block: 64KiB, depth: 64, drives: 64, compress: 2.0", changedProfile(t, "storage", "compress_rate=10Gbps"))
	assert.InEpsilon(t, 10, write.Metrics["workload.gbps"], 0.02)
}

// An open workload brings what it says, as long as the rack carries it; of a mix of commands each kind has its share.
func TestOpenLoad(t *testing.T) {
	const n = 4 * units.KiB
	wire := onWire(rdma.Write, n, 1024)
	for verb, load := range map[string]string{"read": "30%", "write": "30Gbps"} {
		r := worked(t, "rdma: "+verb+", size: 4KiB, queue_pairs: 64, load: "+load, "run.duration=6ms", "run.warmup=1ms")
		assert.InEpsilon(t, 30*float64(n)/float64(wire), r.Metrics["workload.gbps"], 0.05, verb)
		assert.Less(t, r.Metrics["workload.latency.p50"], 6000.0)
	}
	over := worked(t, "rdma: write, size: 4KiB, load: 150%")
	assert.Greater(t, over.Metrics["workload.latency.p99"], 100_000.0, "messages wait for their queue pair")
}

func TestMixOfCommands(t *testing.T) {
	mix := worked(t, "nvme: read, block: 512B, depth: 16, mix: 70%, drives: 64", "run.duration=20ms")
	read := worked(t, "nvme: read, block: 512B, depth: 16, drives: 64").Metrics["workload.latency.mean"]
	write := worked(t, "nvme: write, block: 512B, depth: 16, drives: 64").Metrics["workload.latency.mean"]
	assert.InEpsilon(t, 0.7*read+0.3*write, mix.Metrics["workload.latency.mean"], 0.03)
	none := worked(t, "nvme: read, block: 512B, depth: 16, mix: 0%, drives: 64")
	assert.Equal(t, write, none.Metrics["workload.latency.mean"])
}

// What a queue has no room for is sent again, and nothing is lost for good.
func TestDroppedMessagesAreSentAgain(t *testing.T) {
	r := worked(t, "rdma: write, size: 64KiB, queue_pairs: 16, outstanding: 32", "rack.server.nic.rate=10Gbps", "rack.uplink=400Gbps", "run.duration=30ms", "run.warmup=1ms")
	assert.Positive(t, r.Metrics["workload.retries"])
	assert.InEpsilon(t, 10, r.Metrics["workload.gbps"], 0.35)
}

// A workload needs a way from the DSN to the server's memory. Where there is none the others go on, and a link in the topology
// makes it run.
func TestNoPCIePath(t *testing.T) {
	text := strings.Replace(workText("rdma: read, size: 4KiB, queue_pairs: 8"), "workloads:", "traffic: [{name: web, sizes: imix, load: 10%}]\nworkloads:", 1)
	s := scenario(t, text)
	s.Placements = scenarios.AllPlacements()
	r := simulate(t, s)
	for _, name := range s.Placements {
		assert.Equal(t, result.OK, row(t, r, name, result.All, result.All).Status, name)
		w := row(t, r, name, "w", result.All)
		if name == "nic" || name == "bump-in-the-wire" {
			assert.Equal(t, result.OK, w.Status, name)
			assert.Positive(t, w.Metrics["workload.iops"], name)
			continue
		}
		assert.Equal(t, result.Unsupported, w.Status, name)
		assert.Contains(t, w.Reasons[0], "not supported: no PCIe path from DSN to server", name)
		assert.Equal(t, map[string]float64{"workload.supported": 0}, w.Metrics)
	}
	r, _, err := Scenario(context.Background(), s, Options{Jobs: 4, TraceSeq: -1, Topology: placement.Placement.Cabled})
	require.NoError(t, err)
	for _, name := range []string{"tor", "appliance"} {
		w := row(t, r, name, "w", result.All)
		assert.Equal(t, result.OK, w.Status, w.Reasons)
		assert.Greater(t, w.Metrics["workload.gbps"], 70.0, name)
	}
}

// In software it is the server's NIC that does RDMA, or not; it has no engines for data.
func TestSoftwareLeavesItToTheNIC(t *testing.T) {
	run := func(workload string, sets ...string) *result.Result {
		s := scenario(t, workText(workload), sets...)
		s.Placements = []string{"software"}
		return row(t, simulate(t, s), "software", "w", result.All)
	}
	without := run("rdma: read, size: 4KiB")
	assert.Equal(t, []string{"not supported: no PCIe path from DSN to server: the DSN is software, and the server's NIC does no RDMA (rack.server.nic.rdma)"}, without.Reasons)
	const does = "rack.server.nic.rdma=true"
	assert.Positive(t, run("rdma: read, size: 4KiB", does).Metrics["workload.iops"])
	assert.Positive(t, run("nvme: read, block: 4KiB", does).Metrics["workload.iops"])
	assert.Contains(t, run("nvme: read, block: 4KiB, encrypt: true", does).Reasons[0], "no engine")
}

// A list of sizes is a curve: each is run by itself, as if the others were not there.
func TestSizesAreACurve(t *testing.T) {
	r := simulate(t, scenario(t, workText("rdma: read, size: [64B, 1KiB, 4KiB], queue_pairs: 8")))
	for _, size := range []string{"64B", "1KiB", "4KiB"} {
		alone := worked(t, "rdma: read, queue_pairs: 8, size: "+size)
		assert.Equal(t, alone.Metrics, row(t, r, "nic", "w-"+size, result.All).Metrics)
	}
}

// allWorks has each kind of workload beside traffic in both directions.
const allWorks = `version: 1
name: all
rack:
  servers: 2
  server: {cores: 32, vms: 8, pcie: {gen: 4, lanes: 16}, nic: {rate: 100Gbps, rdma: true}}
  uplink: 100Gbps
dsn:
  profile: reference-100g
  traffic_manager: {classes: [{name: gold, priority: strict}, {name: rest}]}
services: [vxlan, firewall, route]
traffic: [{name: web, sizes: imix, load: 20%, direction: both, class: gold}]
workloads:
  - {name: get, rdma: read, size: 4KiB, queue_pairs: 4, outstanding: 4}
  - {name: put, rdma: write, size: 3000B, queue_pairs: 4, load: 10%}
  - {name: say, rdma: send, size: 100B, outstanding: 4, mtu: 4KiB}
  - {name: disk, nvme: write, block: 16KiB, mix: 50%, encrypt: true, compress: 1.7}
run: {duration: 300us, warmup: 100us, seed: 1, replications: 2}
`

// Running ahead changes nothing, and neither does the number of workers.
func TestWorkloadsStepByStep(t *testing.T) {
	s := scenario(t, allWorks)
	run := func(o Options) *result.Report {
		o.TraceSeq, o.Topology = -1, placement.Placement.Cabled
		r, _, err := Scenario(context.Background(), s, o)
		require.NoError(t, err)
		return r
	}
	ahead := run(Options{Jobs: 4})
	assert.Equal(t, ahead, run(Options{Jobs: 1}))
	assert.Equal(t, ahead, run(Options{Jobs: 4, Stepwise: true}))
	for _, class := range []string{"get", "put", "say", "disk"} {
		assert.Positive(t, row(t, ahead, "nic", class, result.All).Metrics["workload.iops"], class)
	}
}

// Workloads take room from the traffic beside them, and it from them.
func TestWorkloadsShareTheLinks(t *testing.T) {
	const web = "{name: web, sizes: 1500B, load: 60%, direction: inbound}"
	text := strings.Replace(workText("rdma: write, size: 64KiB, queue_pairs: 4"), "workloads:", "traffic: ["+web+"]\nworkloads:", 1)
	beside := simulate(t, scenario(t, text))
	alone := worked(t, "rdma: write, size: 64KiB, queue_pairs: 4")
	w := row(t, beside, "nic", "w", result.All)
	assert.Less(t, w.Metrics["workload.gbps"], 0.6*alone.Metrics["workload.gbps"])
	assert.Greater(t, row(t, beside, "nic", result.All, result.All).Metrics["latency.p99"], 5000.0)
}

func TestShippedRDMA(t *testing.T) {
	s, err := load.File("../rdma-nvme.yaml", nil)
	require.NoError(t, err)
	for _, e := range simulate(t, s).Expectations {
		assert.Equal(t, expect.Holds, e.Verdict, "%s: %s", e.Text, e.Why)
	}
}
