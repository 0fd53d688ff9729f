package pcie

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/units"
)

func anyLink(t *rapid.T) Link {
	gen := rapid.IntRange(1, 6).Draw(t, "gen")
	lanes := rapid.SampledFrom([]int{1, 2, 4, 8, 16}).Draw(t, "lanes")
	mps := rapid.SampledFrom(PayloadSizes).Draw(t, "mps")
	mrrs := rapid.SampledFrom(PayloadSizes).Draw(t, "mrrs")
	rcb := rapid.SampledFrom([]units.Bytes{64, 128}).Draw(t, "rcb")
	l, err := NewLink(gen, lanes, mps, mrrs, rcb)
	require.NoError(t, err)
	return l
}

// requireCover checks that the pieces are [addr, addr+n) without a gap or an overlap.
func requireCover(t require.TestingT, pieces []TLP, addr uint64, n units.Bytes) {
	for _, p := range pieces {
		require.Equal(t, addr, p.Addr)
		require.Positive(t, p.Len)
		addr += uint64(p.Len)
		n -= p.Len
	}
	require.Zero(t, n)
}

func TestRequestsKeepTheirLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := anyLink(t)
		addr := rapid.Uint64Range(0, 1<<48).Draw(t, "addr")
		n := units.Bytes(rapid.Int64Range(1, 20_000).Draw(t, "n"))
		natural := rapid.Bool().Draw(t, "natural")
		check := func(pieces []TLP, limit units.Bytes, kind Kind) {
			requireCover(t, pieces, addr, n)
			for _, p := range pieces {
				require.Equal(t, kind, p.Kind)
				require.LessOrEqual(t, p.Len, limit)
				require.Equal(t, p.Addr/uint64(Page4K), (p.Addr+uint64(p.Len)-1)/uint64(Page4K), "crosses 4 KiB")
				if natural {
					require.Equal(t, p.Addr/uint64(limit), (p.Addr+uint64(p.Len)-1)/uint64(limit), "crosses its natural boundary")
				}
			}
		}
		check(l.AppendWrites(nil, addr, n, natural), l.MPS(), MemWrite)
		check(l.AppendReads(nil, addr, n, natural), l.MRRS(), MemRead)
	})
}

func TestCompletionsSplitAtTheReadCompletionBoundary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := anyLink(t)
		addr := rapid.Uint64Range(0, 1<<48).Draw(t, "addr")
		room := uint64(Page4K) - addr%uint64(Page4K)
		n := units.Bytes(rapid.Uint64Range(1, min(room, uint64(l.MRRS()))).Draw(t, "n"))
		most := l.RCB() * units.Bytes(rapid.SampledFrom([]int64{1, 2, 4, 8}).Draw(t, "most"))
		pieces := l.AppendCompletions(nil, addr, n, most)
		requireCover(t, pieces, addr, n)
		for i, p := range pieces {
			require.LessOrEqual(t, p.Len, min(most, l.MPS()))
			if i < len(pieces)-1 {
				require.Zero(t, (p.Addr+uint64(p.Len))%uint64(l.RCB()), "only the last may end off the boundary")
			}
		}
	})
}

func TestAlignedTransfersTakeTheBytesOfTheArithmetic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := anyLink(t)
		n := units.Bytes(rapid.Int64Range(1, 4096).Draw(t, "n"))
		var up, request, down units.Bytes
		for _, w := range l.AppendWrites(nil, base, n, false) {
			up += l.WireBytes(w)
		}
		for _, r := range l.AppendReads(nil, base, n, false) {
			request += l.WireBytes(r)
			for _, c := range l.AppendCompletions(nil, r.Addr, r.Len, l.MPS()) {
				down += l.WireBytes(c)
			}
		}
		require.Equal(t, l.WriteWireBytes(n), up)
		require.Equal(t, l.ReadRequestWireBytes(n), request)
		require.Equal(t, l.CompletionWireBytes(n), down)
	})
}
