package run

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/demand"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/sim/rng"
	"github.com/dsnsim/dsnsim/sim/traffic"
)

// choicesOf lists what is chosen for a flow, each one of ways, by the hash that NICs compute and by that of stateful services.
func choicesOf(u *traffic.Tuple, hash uint32, f *input.Functions, ways uint32) map[string]uint32 {
	of := func(h uint32) uint32 { return uint32(uint64(h) * uint64(ways) >> 32) }
	vm, place := f.Of(hash)
	tunnel := uint32(uint64(place)*uint64(ways)*uint64(ways)>>32) % ways // among those of the VM
	return map[string]uint32{
		"chip": of(hash), "chip with state": of(policy.Steer(u)), "uplink": of(rng.Choose(hash, rng.Uplink)), "VM": uint32(vm), "tunnel": tunnel,
		"queue": uint32(f.Queue(hash)), "receiver": of(rng.Choose(hash, rng.Receiver)), "its VM": of(rng.Choose(hash, rng.ReceiverVM)),
		"sample": of(rng.Choose(hash, rng.Sample)),
	}
}

// No choice by a flow's hash tells anything about another: of each two the pairs are as frequent as chance has them.
func TestChoicesAreIndependent(t *testing.T) {
	const ways, flows = 8, 40_000
	f := input.NewFunctions(&demand.Traffic{}, &scenarios.Server{VMs: ways, NIC: scenarios.NIC{SRIOV: true, VF: scenarios.VF{Queues: ways}}}, rng.Place)
	s, err := traffic.NewSynthetic(traffic.SyntheticConfig{Config: traffic.Config{Name: "flows", Seed: 7, LineRate: traffic.MaxRate, Load: traffic.PacketLoad(1_000_000)},
		Sizes: []traffic.WeightedSize{{Frame: 64, Weight: 1}}, Flows: flows})
	require.NoError(t, err)
	counts := map[[2]string]*[ways][ways]float64{}
	for flow := range uint32(flows) {
		u, id := s.Tuple(flow), s.ID(flow)
		all := choicesOf(&u, id.Hash, &f, ways)
		for a, x := range all {
			for b, y := range all {
				if a < b {
					if counts[[2]string{a, b}] == nil {
						counts[[2]string{a, b}] = &[ways][ways]float64{}
					}
					counts[[2]string{a, b}][x][y]++
				}
			}
		}
	}
	assert.Len(t, counts, 9*8/2)
	for pair, n := range counts {
		sum := 0.0
		for x := range n {
			for y := range n[x] {
				want := float64(flows) / ways / ways
				sum += (n[x][y] - want) * (n[x][y] - want) / want
			}
		}
		// chi-square of 63 degrees of freedom: 104 has a probability of 1 in 1,000, 130 of 1 in a million
		assert.Less(t, sum, 130.0, "%v", pair)
	}
}

// With polarised hashes a chip of four meets a quarter of the VMs, else all of them.
func TestPolarised(t *testing.T) {
	s, err := traffic.NewSynthetic(traffic.SyntheticConfig{Config: traffic.Config{Name: "flows", LineRate: traffic.MaxRate, Load: traffic.PacketLoad(1_000_000)},
		Sizes: []traffic.WeightedSize{{Frame: 64, Weight: 1}}, Flows: 1000})
	require.NoError(t, err)
	for salt, want := range map[rng.Salt]int{0: 2, rng.Place: 8} {
		f := input.NewFunctions(&demand.Traffic{}, &scenarios.Server{VMs: 8}, salt)
		met := map[uint16]bool{}
		for flow := range uint32(1000) {
			if hash := s.ID(flow).Hash; hash>>30 == 1 {
				vm, _ := f.Of(hash)
				met[vm] = true
			}
		}
		assert.Len(t, met, want)
	}
}
