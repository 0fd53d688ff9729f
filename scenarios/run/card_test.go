package run

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Interrupts of a queue come so long after the first packet that waits, or for so many. With frames at equal distances d, a
// time T and no number that is one interrupt in each floor(T/d) + 1 packets, and a packet waits for what is left of T; with a
// number n it is one in n and a wait of (n-1)/2 d in the mean.
func TestModerationIsArithmetic(t *testing.T) {
	const text = `version: 1
name: moderated
rack:
  server: {cores: 32, vms: 1, pcie: {gen: 5, lanes: 16}, nic: {rate: 100Gbps, driver: interrupt}}
  uplink: 400Gbps
services: []
traffic: [{sizes: 400B, load: 900kpps, arrivals: constant}]
run: {duration: 10ms, warmup: 1ms, seed: 1}
placements: [nic]
`
	measure := func(usecs, frames int, sets ...string) (latency, interrupts float64) {
		m := metrics(t, text, append(sets, fmt.Sprintf("rack.server.nic.interrupts={usecs: %d, frames: %d}", usecs, frames))...)
		return m["latency.mean"], m["host.interrupts_per_second"]
	}
	base, most := measure(0, 0)
	assert.InEpsilon(t, 9e5, most, 1e-3, "each packet interrupts")
	const d = 1 / 0.9 // us between two packets
	for _, usecs := range []int{1, 3, 8, 21, 64} {
		batch := math.Floor(float64(usecs)/d) + 1
		wait := float64(usecs) - (batch-1)/2*d
		latency, interrupts := measure(usecs, 0)
		assert.InEpsilon(t, 9e5/batch, interrupts, 1e-2, "%d us", usecs)
		assert.InEpsilon(t, 1000*wait, latency-base, 0.005, "%d us", usecs)
	}
	for _, frames := range []int{2, 5, 16} {
		latency, interrupts := measure(20, frames)
		assert.InEpsilon(t, 9e5/float64(frames), interrupts, 2e-3, "%d frames", frames)
		assert.InEpsilon(t, 1000*float64(frames-1)/2*d, latency-base, 0.005, "%d frames", frames)
	}
}

// At low load latency rises by the moderation time and no more; random arrivals of a rate r give 1/(T + 1/r) interrupts a
// second, and a mean wait of T (1 + rT/2) / (1 + rT).
func TestModerationOfRandomArrivals(t *testing.T) {
	const text = `version: 1
name: moderated
rack:
  server: {cores: 32, vms: 1, pcie: {gen: 5, lanes: 16}, nic: {rate: 100Gbps, driver: interrupt, interrupts: {usecs: 0}}}
  uplink: 400Gbps
services: []
traffic: [{sizes: 400B, load: 1kpps}]
run: {duration: 200ms, warmup: 10ms, seed: 1}
placements: [nic]
`
	at := func(rate, usecs string, sets ...string) map[string]float64 {
		return metrics(t, text, append(sets, "traffic.0.load="+rate, "rack.server.nic.interrupts={usecs: "+usecs+", frames: 0}")...)
	}
	idle := at("1kpps", "0")
	slow := at("1kpps", "8")
	assert.InDelta(t, 8000, slow["latency.p50"]-idle["latency.p50"], 20, "by the moderation time")
	assert.InDelta(t, 8000, slow["latency.max"]-idle["latency.max"], 20, "and no more")
	for _, c := range []struct{ rate, usecs float64 }{{1, 8}, {1, 30}, {0.2, 8}, {3, 16}} {
		sets := []string{"run.duration=40ms", "run.warmup=2ms"}
		load := fmt.Sprintf("%.0fkpps", c.rate*1000)
		none := at(load, "0", sets...)
		m := at(load, fmt.Sprintf("%.0f", c.usecs), sets...)
		r, T := c.rate, c.usecs // 1/us, us
		assert.InEpsilon(t, 1e6/(T+1/r), m["host.interrupts_per_second"], 0.02, "%v", c)
		assert.InEpsilon(t, 1000*T*(1+r*T/2)/(1+r*T), m["latency.mean"]-none["latency.mean"], 0.03, "%v", c)
	}
}

// Completions that are written together wait for each other in the same way; polled, nobody is interrupted.
func TestCompletionsTogether(t *testing.T) {
	const load = "traffic.0.load=10Mpps"
	alone := metrics(t, plainRack, load, "rack.server.vms=1")
	four := metrics(t, plainRack, load, "rack.server.vms=1", "rack.server.nic.completions={usecs: 10, frames: 4}")
	assert.InDelta(t, 150, four["latency.mean"]-alone["latency.mean"], 30, "one and a half gaps of 100 ns, but for the poll")
	assert.Less(t, four["pcie.utilization"], alone["pcie.utilization"], "one header for four")
	assert.NotContains(t, four, "host.interrupts_per_second")
	both := metrics(t, plainRack, load, "rack.server.vms=1", "rack.server.nic.completions={usecs: 10, frames: 4}", "rack.server.nic.driver=interrupt",
		"rack.server.nic.interrupts={usecs: 50, frames: 8}")
	assert.InEpsilon(t, 10e6/8, both["host.interrupts_per_second"], 0.02)
}

// An interrupt that comes after the ring is full comes too late for those behind it.
func TestRingBehindAnInterrupt(t *testing.T) {
	sets := []string{"rack.server.vms=1", "rack.server.nic.driver=interrupt", "traffic.0.load=20Mpps", "run.duration=2ms"}
	ring := fixture(t, "nic.rings.size", "512")
	m := metrics(t, plainRack, append(sets, ring, "rack.server.nic.interrupts={usecs: 10, frames: 0}")...)
	assert.Zero(t, m["loss.ratio"], "200 frames in 10 us")
	m = metrics(t, plainRack, append(sets, ring, "rack.server.nic.interrupts={usecs: 60, frames: 0}")...)
	assert.Equal(t, m["drops.nic_queue"], m["loss.ratio"]*m["offered.mpps"]*1990)
	// A ring of 512 is taken by the first 25.6 us; the interrupt at 60 us and 2.5 us more bring it back, in the mean.
	assert.InEpsilon(t, 1-512/(62.8*20), m["loss.ratio"], 0.05)
}

// Pages of 4 KiB of many rings do not fit the IOTLB, those of 2 MiB do: page walks cost latency, and under load throughput.
func TestIOMMU(t *testing.T) {
	sets := []string{"traffic.0.load=2Mpps", "rack.server.vms=16", "traffic.0.sizes=1500B", "run.duration=1ms", "rack.server.pcie.gen=5"}
	off := metrics(t, plainRack, sets...)
	small := metrics(t, plainRack, append(sets, "rack.server.pcie.iommu=true")...)
	large := metrics(t, plainRack, append(sets, "rack.server.pcie.iommu=true", "rack.server.pcie.page=2MiB")...)
	assert.Greater(t, small["latency.mean"], off["latency.mean"]+100, "every second buffer begins a page")
	assert.InDelta(t, off["latency.mean"], large["latency.mean"], 30)
	assert.Less(t, small["latency.mean"], off["latency.mean"]+600, "two walks of 280 ns")
	// 64 B frames as fast as they come: each page has two buffers, and six walkers of 280 ns make 21.4 M walks a second.
	flood := []string{"traffic.0.load=95%", "traffic.0.sizes=64B", "rack.server.vms=16", "run.duration=1ms", "rack.server.pcie.gen=5"}
	m := metrics(t, plainRack, append(flood, "rack.server.pcie.iommu=true")...)
	assert.Greater(t, m["loss.ratio"], 0.5)
	assert.Less(t, m["throughput.mpps"], 2*21.5)
	assert.Zero(t, metrics(t, plainRack, flood...)["drops.pcie_queue"])
}

// Few tags are few reads under way: packets of one request each leave as fast as their reads come back.
func TestTagsBoundWhatIsSent(t *testing.T) {
	tags := fixture(t, "pcie.outstanding_reads", "4", "nic.rings.size", "64")
	m := metrics(t, plainRack, tags, "traffic.0.direction=outbound", "traffic.0.load=90%")
	// A read is out for 406 ns and its way up and down the wire.
	const out = 0.406 + (24+24+40+400+2*20+16+28+20)*8/228e3
	assert.InEpsilon(t, 4/out, m["throughput.mpps"], 0.02)
	assert.Positive(t, m["drops.nic_queue"])
}
