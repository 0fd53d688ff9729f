package rng

import (
	"fmt"
	"math/bits"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The first draws are part of every recorded result: whoever changes them changes all results.
func TestGolden(t *testing.T) {
	r := New(1, 0, "web/gaps")
	var got []uint64
	for range 4 {
		got = append(got, r.Uint64())
	}
	assert.Equal(t, []uint64{0xe56f322bdcdbd352, 0xd2486eff13f542c0, 0xee84e007f4b350f5, 0x26340a47ec226977}, got)
}

// The first output of SplitMix64 from state 0, as printed by the reference code of S. Vigna (prng.di.unimi.it).
func TestMixIsSplitMix64(t *testing.T) {
	assert.Equal(t, uint64(0xe220a8397b1dcdaf), Mix(golden))
	assert.Equal(t, uint64(0x6e789e6aa1b965f4), Mix(golden*2%(1<<64)))
}

func TestEveryPartMatters(t *testing.T) {
	seen := map[uint64]string{}
	for seed := range uint64(20) {
		for replication := range 20 {
			for _, name := range []string{"", "a", "b", "ab", "ba", "gaps", "web/gaps", "web/sizes"} {
				id := fmt.Sprint(seed, replication, name)
				first := New(seed, replication, name).Uint64()
				require.Empty(t, seen[first], id)
				seen[first] = id
			}
		}
	}
}

func TestSameStreamAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed, name := rapid.Uint64().Draw(t, "seed"), rapid.String().Draw(t, "name")
		replication := rapid.IntRange(0, 1000).Draw(t, "replication")
		a, b := New(seed, replication, name), New(seed, replication, name)
		for range 10 {
			require.Equal(t, a.Uint64(), b.Uint64())
		}
	})
}

// Neighbouring streams differ in half of their bits, as unrelated ones would: 100 streams x 64 draws x 64 bits have a
// standard deviation of 0.0008, so five of them is a bound that a sound mixing keeps and a linear one does not.
func TestNeighboursAreUnrelated(t *testing.T) {
	differing, total := 0, 0
	for replication := range 100 {
		a, b := New(7, replication, "x"), New(7, replication+1, "x")
		for range 64 {
			differing += bits.OnesCount64(a.Uint64() ^ b.Uint64())
			total += 64
		}
	}
	assert.InDelta(t, 0.5, float64(differing)/float64(total), 0.004)
}
