package psp

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/sim/header"
)

// A key is derived with AES-256, 14 rounds (FIPS 197), one block for each 128 bits of it; both ends cipher one more for the hash key
// with the key itself, of 10 rounds or 14. A sender derives nothing.
func TestWhatAKeyTakes(t *testing.T) {
	for _, c := range []struct {
		bits    int
		inbound bool
		want    service.Derivation
	}{
		{128, false, service.Derivation{Blocks: 1, Rounds: 10}}, {256, false, service.Derivation{Blocks: 1, Rounds: 14}},
		{128, true, service.Derivation{Blocks: 1 + 1, Rounds: 14 + 10}}, {256, true, service.Derivation{Blocks: 2 + 1, Rounds: 14 + 14}},
	} {
		assert.Equal(t, c.want, pspKey(c.bits, c.inbound), "%d bits, inbound: %v", c.bits, c.inbound)
	}
	assert.InDelta(t, 14*4+110+45+110, SoftwareKeyCycles, 5, "in software: AES, round keys, hash key, its powers")
}

// A sender has an entry for each tunnel, half of the associations, and a second table for the other half of long keys.
func TestTablesOfASender(t *testing.T) {
	for bits, want := range map[int][]int64{128: {4, 4, -1}, 256: {4, 4, 4}} {
		var got []int64
		for i := range Service.Tables {
			got = append(got, Service.Tables[i].Entries(&service.Sizes{Tunnels: 8, KeyBits: bits}))
		}
		assert.Equal(t, want, got, "%d bits", bits)
	}
}

// The outer header has the ECN bits of the inner one, and its DSCP only in the uniform model (RFC 2983).
func TestClassOfTheOuterHeader(t *testing.T) {
	const class = 46<<2 | 1 // EF, ECT(1)
	for uniform, want := range map[bool]byte{false: 1, true: class} {
		s := tunnel.NewStack()
		s.KeyLen, s.UniformCipher = GCM128.KeyLen(), uniform
		sender, err := newSender(&s, tunnel.Association{SPI: 300, Seed: 1})
		require.NoError(t, err)
		inner := outer(false)
		header.IPv4(inner).SetTOS(class)
		header.IPv4(inner).SetTotalLen(len(inner))
		sealed, err := sender.AppendNth(nil, inner, 1, 0)
		require.NoError(t, err)
		assert.Equal(t, want, sealed[1], "uniform: %v", uniform)
	}
}

// What may be read ends with the packet at most: all of it may, and no byte more.
func TestTheLargestCryptOffset(t *testing.T) {
	h := Header{SPI: 1, CryptOffset: 20}
	data := append(h.append(nil), make([]byte, 20+ICVLen)...)
	_, _, err := read(data)
	require.NoError(t, err)
	_, _, err = read(data[:len(data)-1])
	require.Error(t, err)
}
