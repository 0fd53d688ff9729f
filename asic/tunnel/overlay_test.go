package tunnel_test

import (
	"encoding/binary"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/sim/header"
)

// Options of any make come out as they went in, and the C flag says whether one is critical.
func TestGeneveOptions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var options []byte
		var want []tunnel.Option
		critical := false
		for range rapid.IntRange(0, 4).Draw(t, "options") {
			o := tunnel.Option{Class: rapid.Uint16().Draw(t, "class"), Type: rapid.Byte().Draw(t, "type"),
				Data: rapid.SliceOfN(rapid.Byte(), 0, 15).Draw(t, "data")}
			o.Data = append(o.Data, make([]byte, -len(o.Data)&3)...)
			var err error
			options, err = tunnel.AppendOption(options, o)
			require.NoError(t, err)
			want, critical = append(want, o), critical || o.Type >= 128
		}
		g := tunnel.Geneve{Ends: ends, VNI: rapid.Uint32Range(0, tunnel.MaxVNI).Draw(t, "vni")}
		frame := rapid.SliceOfN(rapid.Byte(), 60, 200).Draw(t, "frame")
		d, err := g.Append([]byte("before"), options, frame, 1)
		require.NoError(t, err)
		d = d[len("before"):]
		require.Len(t, d, tunnel.GeneveLen(len(options), len(frame)))
		require.Equal(t, critical, d[29]&0x40 != 0)
		got, rest, out, err := tunnel.OpenGeneve(append(d, 1, 2, 3)) // Ethernet padding
		require.NoError(t, err)
		require.Equal(t, g, got)
		require.Equal(t, frame, out)
		for _, o := range want {
			var one tunnel.Option
			var ok bool
			one, rest, ok = tunnel.NextOption(rest)
			require.True(t, ok)
			require.Equal(t, o.Class, one.Class)
			require.Equal(t, o.Type, one.Type)
			require.Equal(t, len(o.Data), len(one.Data))
			require.Equal(t, o.Data, append([]byte{}, one.Data...))
		}
		require.Empty(t, rest)
	})
}

// Each overlay gives back frame, network and telemetry, and refuses a packet of another one, a cut one, and any that
// is not what it says.
func TestOverlaysRefuse(t *testing.T) {
	frame := inner(100)
	c := tunnel.Carrier{Ends: ends, Tenant: 77, Hash: 5, Hop: tunnel.Hop{Node: 1, LatencyNs: 2, IngressNs: 3, EgressNs: 5}}
	stacks := []tunnel.Stack{{Overlay: tunnel.OverVXLAN}, {Overlay: tunnel.OverGeneve}, {Overlay: tunnel.OverGRE},
		{Overlay: tunnel.OverGeneve, Telemetry: true}}
	for i, s := range stacks {
		d, err := s.Encapsulate(nil, frame, c)
		require.NoError(t, err)
		got, out, err := s.Decapsulate(d)
		require.NoError(t, err)
		assert.Equal(t, frame, out)
		want := c
		want.Hash = 0
		if !s.Telemetry {
			want.Hop = tunnel.Hop{}
		}
		assert.Equal(t, want, got)
		for n := range d {
			_, _, err := s.Decapsulate(d[:n])
			require.Error(t, err, "%s cut to %d B", s.Overlay, n)
		}
		for k, other := range stacks {
			if _, _, err := other.Decapsulate(d); k != i && (i != 3 || k != 1) {
				assert.Error(t, err, "%v is no %v", s, other)
			}
		}
	}
	_, _, err := stacks[1].Decapsulate(mustGeneve(t, tunnel.AppendTelemetry(nil, c.Hop), frame))
	require.NoError(t, err, "an option that is not critical is passed over")
	critical, err := tunnel.AppendOption(nil, tunnel.Option{Class: 9, Type: 0x81})
	require.NoError(t, err)
	_, _, err = stacks[1].Decapsulate(mustGeneve(t, critical, frame))
	require.ErrorContains(t, err, "critical")
	_, err = tunnel.Stack{}.Encapsulate(nil, frame, c)
	require.ErrorContains(t, err, "no overlay")
	_, _, err = tunnel.Stack{Cipher: &tunnel.ESP}.Decapsulate(nil)
	require.ErrorContains(t, err, "no overlay")
}

func mustGeneve(t *testing.T, options, frame []byte) []byte {
	d, err := tunnel.Geneve{Ends: ends, VNI: 77}.Append(nil, options, frame, 0)
	require.NoError(t, err)
	return d
}

// What cannot be put into a header is refused, and nothing is appended.
func TestImpossibleHeaders(t *testing.T) {
	before := []byte{7}
	for _, s := range []tunnel.Stack{{Overlay: tunnel.OverVXLAN}, {Overlay: tunnel.OverGeneve}, {Overlay: tunnel.OverGRE}} {
		got, err := s.Encapsulate(before, make([]byte, 65535), tunnel.Carrier{})
		require.ErrorContains(t, err, "does not fit")
		assert.Equal(t, before, got)
		if s.Overlay != tunnel.OverGRE {
			got, err = s.Encapsulate(before, nil, tunnel.Carrier{Tenant: tunnel.MaxVNI + 1})
			require.ErrorContains(t, err, "24 bits")
			assert.Equal(t, before, got)
		}
	}
	for _, options := range [][]byte{{1}, {0, 0, 0, 1}, make([]byte, 256), {0, 0, 0, 2, 0, 0, 0, 0}} {
		_, err := tunnel.Geneve{}.Append(nil, options, nil, 0)
		assert.ErrorContains(t, err, "Geneve option", "%v", options)
	}
	for _, data := range [][]byte{{1}, make([]byte, 128)} {
		_, err := tunnel.AppendOption(nil, tunnel.Option{Data: data})
		assert.ErrorContains(t, err, "multiple of 4")
	}
	for _, e := range []tunnel.ERSPAN{{Session: 1024}, {VLAN: 4096}, {Index: 1 << 20}} {
		_, err := e.Append(nil, nil, 0)
		assert.ErrorContains(t, err, "10 bits")
	}
}

// ERSPAN and a GRE header with checksum and sequence number, byte by byte.
func TestGREVariants(t *testing.T) {
	frame := inner(80)
	e := tunnel.ERSPAN{Ends: ends, Session: 1023, VLAN: 4095, Index: 1<<20 - 1}
	d, err := e.Append(nil, frame, 0xdeadbeef)
	require.NoError(t, err)
	got, seq, out, err := tunnel.OpenERSPAN(d)
	require.NoError(t, err)
	assert.Equal(t, e, got)
	assert.EqualValues(t, 0xdeadbeef, seq)
	assert.Equal(t, frame, out)
	for n := range d {
		_, _, _, err := tunnel.OpenERSPAN(d[:n])
		require.Error(t, err)
	}

	plain, err := tunnel.GRE{Ends: ends, Key: 6}.Append(nil, frame)
	require.NoError(t, err)
	_, _, _, err = tunnel.OpenERSPAN(plain)
	require.ErrorContains(t, err, "ERSPAN")
	full := slices.Clone(plain[:header.IPv4MinLen])
	full = append(full, 0xb0, 0, 0x65, 0x58, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 1)
	full = append(full, frame...)
	ip := header.IPv4(full)
	ip.SetTotalLen(len(full))
	ip.SetChecksum(ip.ComputeChecksum())
	binary.BigEndian.PutUint16(full[24:], header.Checksum(full[header.IPv4MinLen:]))
	g, out, err := tunnel.OpenGRE(full)
	require.NoError(t, err)
	assert.Equal(t, tunnel.GRE{Ends: ends, Key: 6}, g)
	assert.Equal(t, frame, out)
	full[len(full)-1]++
	_, _, err = tunnel.OpenGRE(full)
	require.ErrorContains(t, err, "checksum")
	noKey := slices.Clone(plain)
	noKey[20] = 0
	_, _, err = tunnel.OpenGRE(noKey)
	require.ErrorContains(t, err, "without a key")
}

// A telemetry option of other figures, or of a cut length, is none.
func TestTelemetryOption(t *testing.T) {
	hop := tunnel.Hop{Node: 5, LatencyNs: tunnel.UnknownLatency, IngressNs: tunnel.UnknownTime, EgressNs: 9}
	option := tunnel.AppendTelemetry(nil, hop)
	require.Len(t, option, tunnel.TelemetryLen)
	before, err := tunnel.AppendOption(nil, tunnel.Option{Class: 1, Type: 1, Data: make([]byte, 8)})
	require.NoError(t, err)
	got, err := tunnel.OpenTelemetry(append(before, option...))
	require.NoError(t, err)
	assert.Equal(t, hop, got)
	for _, at := range []int{4, 6, 8} { // version, words a hop, instructions
		bad := slices.Clone(option)
		bad[at] ^= 0x10
		_, err := tunnel.OpenTelemetry(bad)
		assert.Error(t, err, "byte %d", at)
	}
	for n := range option {
		_, err := tunnel.OpenTelemetry(option[:n])
		assert.Error(t, err)
	}
	_, err = tunnel.OpenTelemetry(before)
	assert.Error(t, err)
}

func FuzzDecapsulate(f *testing.F) {
	for _, s := range []tunnel.Stack{{Overlay: tunnel.OverVXLAN}, {Overlay: tunnel.OverGeneve, Telemetry: true}, {Overlay: tunnel.OverGRE}} {
		d, err := s.Encapsulate(nil, inner(80), tunnel.Carrier{Ends: ends})
		require.NoError(f, err)
		f.Add(d)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for o := tunnel.NoOverlay; o <= tunnel.OverGRE; o++ {
			for _, telemetry := range []bool{false, true} {
				_, frame, err := tunnel.Stack{Overlay: o, Telemetry: telemetry}.Decapsulate(data)
				if err == nil && len(frame) >= len(data) {
					t.Fatal("more frame than packet")
				}
			}
		}
		_, _, _, _ = tunnel.OpenERSPAN(data)
	})
}
