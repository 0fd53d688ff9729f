// Package rng gives each random quantity of a model a stream of its own, named after it. A stream depends on the seed,
// the replication and the name only: a run repeats for ever, a change to one quantity (its sizes, say) leaves the draws
// of the others as they were, and placements that are compared see the same draws (common random numbers).
package rng

import (
	"hash/fnv"
	"math/rand/v2"
)

// New returns the stream for a name in a replication of a run with that seed. It is not for concurrent use.
func New(seed uint64, replication int, name string) *rand.Rand {
	return rand.New(NewSource(seed, replication, name))
}

// NewSource returns the generator below New, for callers whose speed needs it without an interface in between.
//
// The generator is the PCG-DXSM of math/rand/v2, whose output Go keeps. Its 128 bits of state are drawn from a
// SplitMix64 sequence (Steele, Lea, Flood, OOPSLA 2014) that has absorbed, one after the other, the seed, the
// replication and the 64-bit FNV-1a hash of the name. Streams are therefore independent pseudo-random points of a
// period of 2^128: that two of them overlap within 2^40 draws each has a probability of about 2^-87.
func NewSource(seed uint64, replication int, name string) *rand.PCG {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(name)) // the documentation of hash.Hash: never an error
	state := uint64(0)
	for _, v := range [...]uint64{seed, uint64(replication), hash.Sum64()} {
		state = Mix((state + golden) ^ v)
	}
	first := state + golden
	return rand.NewPCG(Mix(first), Mix(first+golden))
}

// golden is 2^64 divided by the golden ratio, made odd: the increment of SplitMix64.
const golden = 0x9e3779b97f4a7c15

// Mix is the finaliser of SplitMix64, a bijection in which every bit of the input reaches every bit of the output.
// It serves as a hash where a stream would be too much: the addresses of flow number n, say.
func Mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Salt names a choice that is made by the hash of a flow.
type Salt uint8

// The choices that have bits of their own. Which chip or core serves a flow, and which queue a NIC puts it into, are choices
// by the hash as it is, which real devices make by its high and its low bits.
const (
	Place      Salt = 1 + iota // the VM that a flow belongs to, and the tunnel among the VM's
	Receiver                   // the server that a flow goes to
	ReceiverVM                 // the VM of that server
	Uplink                     // of a bundle
	Sample                     // of a mirror
	Channel                    // of a memory, by a key
)

// Choose returns the bits of a flow's hash by which a choice is made, independent of those of every other choice. Two choices
// by the same bits would be one: each of four chips would meet the flows of a quarter of the tunnels (polarisation).
func Choose(hash uint32, s Salt) uint32 { return uint32(Mix(uint64(s)<<32|uint64(hash)) >> 32) }

// ChooseKey is Choose for a choice by the key of an entry.
func ChooseKey(key uint64, s Salt) uint32 { return uint32(Mix(key^uint64(s)*golden) >> 32) }
