package tap

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/internal/named"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/packet"
)

// copyOf returns the event of a copy by the first mirror, and that of the packet where the mirror stands. The engine gives
// the copy its size; the arithmetic here is that of RFC 2784 and the ERSPAN draft.
func copyOf(chain []string, size uint32, m Mirror, record int32) (e, of *event) {
	of = at(chain, size, m.form(), record)
	e = at(chain, size, m.form(), record)
	e.copy = 1
	length := map[form]uint32{tenant: size, tunnelled: of.bytes[packet.Tunnelled],
		decrypted: named.Tunnelled(withoutCipher(chain), size)}[m.form()]
	around := uint32(14 + 20 + 8 + 8)
	if m.GRE {
		around -= 8
	}
	e.bytes[packet.Tunnelled] = max(64, min(length, uint32(m.Snap)+4)+around)
	return e, of
}

func withoutCipher(chain []string) (list []string) {
	for _, s := range chain {
		if named.Stack(s).Cipher == nil {
			list = append(list, s)
		}
	}
	return list
}

// unwrap takes ERSPAN or GRE off a copy.
func unwrap(t require.TestingT, m Mirror, data []byte) (inside []byte, seq uint32) {
	if m.GRE {
		g, inside, err := tunnel.OpenGRE(data[header.EthernetLen:])
		require.NoError(t, err)
		require.EqualValues(t, 1, g.Key)
		return inside, 0
	}
	e, seq, inside, err := tunnel.OpenERSPAN(data[header.EthernetLen:])
	require.NoError(t, err)
	require.EqualValues(t, 1, e.Session)
	require.Equal(t, collector, e.Dst)
	return inside, seq
}

// A copy holds what its mirror sees, cut where it is told, and is as long as the model says.
func TestCopies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		chain := rapid.SampledFrom(chains).Draw(t, "chain")
		m := Mirror{Encrypted: rapid.Bool().Draw(t, "encrypted"), Snap: rapid.SampledFrom([]int{64, 128, 1 << 16}).Draw(t, "snap"),
			GRE: rapid.Bool().Draw(t, "gre"), InOverlay: rapid.Bool().Draw(t, "overlay")}
		stack := named.Stack(chain...)
		m.Encrypted = m.Encrypted && stack.Cipher != nil
		m.InOverlay = m.InOverlay && stack.Overlay != tunnel.NoOverlay
		size := rapid.Uint32Range(64, 9218).Draw(t, "size")
		b := newTestBuilder(chain, nil)
		b.mirrors = []Mirror{m}
		e, of := copyOf(chain, size, m, -1)
		w, err := b.bytes(e)
		require.NoError(t, err)
		require.EqualValues(t, e.bytes[packet.Tunnelled], w.wire+4, "the model's size")
		require.Len(t, w.data, w.wire)
		require.Equal(t, "copy by mirror 1", w.note)
		whole, err := b.bytes(of)
		require.NoError(t, err)
		inside, _ := unwrap(t, m, w.data)
		n := min(len(whole.data), m.Snap)
		require.Equal(t, whole.data[:n], inside[:n])
		require.LessOrEqual(t, len(inside), max(n, 64))
	})
}

// Copies of one mirror are numbered in their session as they are met; a copy that is met again, since it was dropped, keeps
// its number.
func TestCopiesAreNumbered(t *testing.T) {
	b := newTestBuilder(nil, nil)
	b.mirrors = []Mirror{{Snap: 128}, {Snap: 128}}
	var got []uint32
	for _, c := range []struct {
		key  uint64
		copy uint8
	}{{7, 1}, {8, 1}, {7, 1}, {8, 2}, {9, 1}} {
		got = append(got, b.copyNumber(&event{key: c.key, copy: c.copy}))
	}
	assert.Equal(t, []uint32{0, 1, 0, 0, 2}, got)
}

// Of a record that was captured in part, the copy has the part that is known.
func TestCopyOfASnappedRecord(t *testing.T) {
	records := []capture.Record{{Wire: 500, Data: ip(500, 0)[:80]}}
	for snap, known := range map[int]int{64: 64, 128: 80, 1 << 16: 80} {
		m := Mirror{Snap: snap}
		b := newTestBuilder(nil, records)
		b.mirrors = []Mirror{m}
		e, _ := copyOf(nil, 504, m, 0)
		w, err := b.bytes(e)
		require.NoError(t, err)
		assert.EqualValues(t, e.bytes[packet.Tunnelled], w.wire+4)
		assert.Len(t, w.data, 14+20+8+8+known)
		assert.Equal(t, records[0].Data[:known], w.data[50:])
	}
}

// Marked packets have their DSCP in the right place, with a checksum that is right; a mirror in front of the policer sees
// them as they were.
func TestMarksInFrames(t *testing.T) {
	const af12 = 12
	for _, chain := range chains {
		b := newTestBuilder(chain, nil)
		b.mirrors = []Mirror{{Snap: 1 << 16}, {Snap: 1 << 16, Marked: [2]bool{true, false}}}
		e := at(chain, 400, tenant, -1)
		plain, err := b.bytes(e)
		require.NoError(t, err)
		e.mark = packet.Marked | af12
		f, err := b.bytes(e)
		require.NoError(t, err)
		assert.EqualValues(t, af12, header.DSCP(f.data))
		assert.Equal(t, "marked with DSCP 12", f.note)
		h := header.IPv4(f.data[header.EthernetLen:])
		assert.Equal(t, h.ComputeChecksum(), h.Checksum())
		assert.Zero(t, header.DSCP(plain.data), "another frame is left alone")
		e.form = tunnelled
		wire, err := b.bytes(e)
		require.NoError(t, err)
		if stack := named.Stack(chain...); stack.Overlay != tunnel.NoOverlay {
			assert.Equal(t, f.data, receiver(t, chain, b, wire.data))
		}
		for copy, want := range []uint8{0, af12} {
			e, _ := copyOf(chain, 400, b.mirrors[copy], -1)
			e.copy, e.mark = uint8(copy+1), packet.Marked|af12
			w, err := b.bytes(e)
			require.NoError(t, err)
			_, _, inside, err := tunnel.OpenERSPAN(w.data[header.EthernetLen:])
			require.NoError(t, err)
			assert.Equal(t, want, header.DSCP(inside), "mirror %d", copy+1)
		}
	}
}
