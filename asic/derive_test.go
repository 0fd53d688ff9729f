package asic

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

// A cipher whose keys come with the packets has its core make each key: blocks before those of the packet, and rounds until it is
// there. It fetches nothing, however many associations there are.
func TestKeysThatComeWithPackets(t *testing.T) {
	d, _ := engine(t, 2)
	asked := map[bool]int{}
	cipher := &service.Cipher{Clear: 100, Derive: func(keyBits int, inbound bool) service.Derivation {
		asked[inbound] = keyBits
		if inbound {
			return service.Derivation{Blocks: 3, Rounds: 28}
		}
		return service.Derivation{Blocks: 1, Rounds: 14}
	}}
	c := newComplexFor(d, cipher, 256)
	assert.Equal(t, map[bool]int{true: 256, false: 256}, asked)
	cycle := d.Crypto.Clock.Value.Span(1)
	const payload = 1600
	busy := units.Duration(d.Crypto.SetupCycles.Value) + payload/units.Duration(d.Crypto.BytesPerCycle.Value)
	for sa := range uint32(20_000) { // many times what the cache holds
		at := units.At(units.Duration(sa) * units.Microsecond)
		p := packet.Packet{SA: sa, Kind: uint8(sa % 2)}
		p.Bytes[packet.Tunnelled] = payload + 100
		v := c.Serve(at, &p)
		blocks, rounds := units.Duration(1), units.Duration(14)
		if p.Kind == toDecrypt {
			blocks, rounds = 3, 28
		}
		require.Equal(t, at, v.Start)
		require.Equal(t, v.Start.Add((busy+blocks)*cycle), v.Leave)
		require.Equal(t, v.Leave.Add((units.Duration(d.Crypto.LatencyCycles.Value)+rounds*units.Duration(d.Crypto.RoundCycles.Value))*cycle), v.Out)
		require.Equal(t, []units.Duration{v.Leave.Sub(v.Start)}, c.Holds(&p, sim.Population{SAs: 1 << 20}))
	}
	require.Len(t, c.Usage(), 1, "there is no memory of contexts")
}
