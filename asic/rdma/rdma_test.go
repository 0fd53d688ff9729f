package rdma

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

func TestFrames(t *testing.T) {
	assert.EqualValues(t, 78, RequestFrame)
	assert.EqualValues(t, 66, AckFrame)
	for _, c := range []struct {
		verb   Verb
		n, mtu units.Bytes
		frames []units.Bytes
	}{
		{Send, 1, 1024, []units.Bytes{66}}, // padded to 4 B
		{Send, 4096, 4096, []units.Bytes{4158}},
		{Write, 2049, 1024, []units.Bytes{1024 + 78, 1024 + 62, 4 + 62}},
		{ReadResponse, 3000, 1024, []units.Bytes{1024 + 66, 1024 + 62, 952 + 66}},
		{ReadResponse, 64, 1024, []units.Bytes{64 + 66}},
	} {
		require.Equal(t, len(c.frames), Packets(c.n, c.mtu))
		sum := units.Bytes(0)
		for i, f := range c.frames {
			assert.Equal(t, f, c.verb.Frame(c.n, c.mtu, i), "%v %d", c, i)
			sum += f
		}
		assert.Equal(t, sum, c.verb.Frames(c.n, c.mtu))
	}
}

// Packets carry all of a message and no more.
func TestPayloadsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := units.Bytes(rapid.IntRange(1, 1<<20).Draw(t, "n"))
		mtu := units.Bytes(256) << rapid.IntRange(0, 4).Draw(t, "mtu")
		sum := units.Bytes(0)
		for i := range Packets(n, mtu) {
			p := Payload(n, mtu, i)
			assert.True(t, p > 0 && p <= mtu)
			sum += p
		}
		assert.Equal(t, n, sum)
	})
}

func block(t require.TestingT, cache, reads int) *Block {
	p, err := profile.Load("reference-100g")
	require.NoError(t, err)
	c := p.RDMA
	c.QPCache.Value, c.ContextReads.Value = cache, reads
	b := NewBlock("card.rdma", &c, 64, 400*units.Nanosecond)
	b.Measure(station.Window{To: units.Forever})
	return b
}

// out is when a packet of a queue pair leaves that comes at an instant, in ps.
func out(b *Block, at units.Duration, pair uint32) int64 {
	v, ok := b.Serve(units.At(at), &packet.Packet{Flow: pair})
	if !ok {
		panic("refused")
	}
	return v.Out.Ps()
}

func TestPacketsWaitForTheirContext(t *testing.T) {
	const each, through, read = 4651, 150_000, 400_000
	b := block(t, 64, 1)
	assert.EqualValues(t, read+through, out(b, 0, 7), "read from when its turn begins")
	assert.EqualValues(t, read+through, out(b, 0, 7), "the second of a pair stays behind the first")
	assert.EqualValues(t, 2*read+through, out(b, 0, 8), "one read at a time")
	at := 900 * units.Nanosecond
	assert.EqualValues(t, int64(at)+each+through, out(b, at, 7), "a hit")
	assert.EqualValues(t, int64(at)+2*each+through, out(b, at, 8), "behind the packet before")
	assert.EqualValues(t, 5, b.Looked)
	assert.EqualValues(t, 2, b.Missed)
	assert.EqualValues(t, 2, b.Usage()[1].Visits)
	wide := block(t, 64, 2)
	assert.EqualValues(t, read+through, out(wide, 0, 1))
	assert.EqualValues(t, each+read+through, out(wide, 0, 2), "two reads at a time")
}

// Packets of one queue pair leave in the order in which they came, whatever comes between.
func TestPairsStayInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := block(t, rapid.IntRange(0, 16).Draw(t, "cache"), rapid.IntRange(1, 4).Draw(t, "reads"))
		last := map[uint32]int64{}
		at := units.Duration(0)
		for range rapid.IntRange(1, 200).Draw(t, "packets") {
			at += units.Duration(rapid.IntRange(0, 300_000).Draw(t, "gap"))
			pair := rapid.Uint32Range(0, 63).Draw(t, "pair")
			o := out(b, at, pair)
			assert.GreaterOrEqual(t, o, last[pair])
			assert.GreaterOrEqual(t, o, int64(at)+4651+150_000)
			last[pair] = o
		}
	})
}

// Contexts of queue pairs are on the card when the run begins, as many as it has room for.
func TestWarmContexts(t *testing.T) {
	var c profile.RDMA
	c.QPCache.Value, c.QPWays.Value, c.ContextReads.Value = 4, 4, 1
	for pairs, missed := range map[int]uint64{4: 0, 5: 5} { // in turn, the one that comes next is always the one that had to go
		b := NewBlock("card", &c, pairs, units.Microsecond)
		b.Measure(station.Window{To: units.Forever})
		b.Warm()
		for pair := range pairs {
			b.Serve(units.At(units.Duration(pair)), &packet.Packet{Flow: uint32(pair)})
		}
		assert.Equal(t, missed, b.Missed)
	}
}
