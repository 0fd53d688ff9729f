package tunnel_test

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/internal/named"
)

var ends = tunnel.Ends{Src: [4]byte{198, 18, 0, 1}, Dst: [4]byte{198, 18, 1, 0}}

func sa(t require.TestingT, esn bool) *tunnel.SA {
	s, err := tunnel.NewSA(tunnel.Config{Ends: ends, SPI: 0x1000, Key: []byte("0123456789abcdef"), Salt: [4]byte{1, 2, 3, 4}, ESN: esn})
	require.NoError(t, err)
	return s
}

// packet returns an IPv4 packet of n bytes in all, of which its header says so many.
func packet(n, says int) []byte {
	p := make([]byte, n)
	for i := range says {
		p[i] = byte(i)
	}
	p[0], p[1] = 0x45, 0xb8
	binary.BigEndian.PutUint16(p[2:], uint16(says))
	return p
}

// chains are all tunnels that a scenario may have.
var chains = [][]string{{"vxlan"}, {"geneve"}, {"gre"}, {"geneve", "telemetry"}, {"ipsec"}, {"ipsec", "vxlan"}, {"ipsec", "geneve"},
	{"ipsec", "gre"}, {"ipsec", "geneve", "telemetry"}}

// Every size of frame gets exactly the size on the wire that the model charges, under every chain, and comes out again.
func TestSizesAreTheModels(t *testing.T) {
	const ethernet, fcs = 14, 4
	hop := tunnel.Hop{Node: 3, LatencyNs: 4, IngressNs: 5, EgressNs: 9}
	for _, chain := range chains {
		stack := named.Stack(append([]string{"firewall"}, chain...)...)
		sender, receiver := sa(t, false), sa(t, false)
		for frame := uint32(64); frame <= 9218; frame++ {
			tenant := packet(int(frame-ethernet-fcs), int(frame-ethernet-fcs))
			if stack.Overlay != tunnel.NoOverlay {
				tenant = append(make([]byte, ethernet), tenant...)
			}
			wire := tenant
			var err error
			if stack.Overlay != tunnel.NoOverlay {
				wire, err = stack.Encapsulate(nil, wire, tunnel.Carrier{Ends: ends, Tenant: 42, Hash: frame, Hop: hop})
				require.NoError(t, err)
			}
			if stack.Cipher != nil {
				wire, err = sender.Append(nil, wire)
				require.NoError(t, err)
			}
			require.EqualValues(t, named.Tunnelled(chain, frame), ethernet+len(wire)+fcs, "%v of %d B", chain, frame)

			if stack.Cipher != nil {
				var seq uint64
				wire, seq, err = receiver.Open(wire)
				require.NoError(t, err)
				require.EqualValues(t, frame-63, seq)
			}
			if stack.Overlay != tunnel.NoOverlay {
				var c tunnel.Carrier
				c, wire, err = stack.Decapsulate(wire)
				require.NoError(t, err)
				require.EqualValues(t, 42, c.Tenant)
				require.Equal(t, stack.Telemetry, c.Hop == hop)
			}
			require.Equal(t, tenant, wire)
		}
	}
}

// Padding of short Ethernet frames is carried as traffic flow padding and falls away at the other end.
func TestTrafficFlowPadding(t *testing.T) {
	esp, err := sa(t, false).Append(nil, packet(46, 40))
	require.NoError(t, err)
	opened, _, err := sa(t, false).Open(esp)
	require.NoError(t, err)
	assert.Equal(t, packet(40, 40), opened)
	assert.Equal(t, byte(0), esp[1], "DSCP 0, and ECN of the packet inside, which is 0")
}

// Whatever bit is flipped, the packet is refused, and it does not move the window.
func TestEveryBitCounts(t *testing.T) {
	esp, err := sa(t, true).Append(nil, packet(50, 50))
	require.NoError(t, err)
	receiver := sa(t, true)
	for bit := range len(esp) * 8 {
		bad := slices.Clone(esp)
		bad[bit/8] ^= 1 << (bit % 8)
		_, _, err := receiver.Open(bad)
		require.Error(t, err, "bit %d", bit)
		if bit/8 >= 28 {
			require.ErrorIs(t, err, tunnel.ErrICV, "bit %d", bit)
		}
	}
	for n := range esp {
		_, _, err := receiver.Open(esp[:n])
		require.Error(t, err)
	}
	_, _, err = receiver.Open(esp)
	require.NoError(t, err)
}

// An extended number is 64 bits at both ends though the packet carries 32, also where the lower half wraps.
func TestExtendedNumbersWrap(t *testing.T) {
	for _, turn := range []uint64{1 << 32, 5 << 32} {
		sender, receiver := sa(t, true), sa(t, true)
		first := turn - 200
		if turn > 1<<32 { // a receiver that has followed so far: one packet in each half brings it there
			for at := uint64(1 << 31); at < first; at += 1 << 31 {
				p, err := sender.AppendAt(nil, packet(40, 40), at)
				require.NoError(t, err)
				_, got, err := receiver.Open(p)
				require.NoError(t, err)
				require.Equal(t, at, got)
			}
		}
		var late []byte
		for seq := first; seq < turn+200; seq++ {
			p, err := sender.AppendAt(nil, packet(40, 40), seq)
			require.NoError(t, err)
			if seq == turn-5 {
				late = p
				continue
			}
			_, got, err := receiver.Open(p)
			require.NoError(t, err, seq)
			require.Equal(t, seq, got)
			if seq == turn+20 {
				_, got, err = receiver.Open(late)
				require.NoError(t, err, "of the half before")
				require.Equal(t, turn-5, got)
			}
		}
	}
}

// Short sequence numbers must not cycle; an association without any left says so and appends nothing.
func TestNumbersRunOut(t *testing.T) {
	s := sa(t, false)
	_, err := s.AppendAt(nil, packet(40, 40), math.MaxUint32)
	require.NoError(t, err)
	got, err := s.Append([]byte{7}, packet(40, 40))
	require.ErrorIs(t, err, tunnel.ErrExhausted)
	assert.Equal(t, []byte{7}, got)
	_, err = s.AppendAt(nil, packet(40, 40), 1<<32)
	require.ErrorIs(t, err, tunnel.ErrExhausted)
	e := sa(t, true)
	_, err = e.AppendAt(nil, packet(40, 40), math.MaxUint32)
	require.NoError(t, err)
	_, err = e.Append(nil, packet(40, 40))
	require.NoError(t, err)
}

func TestWhatDoesNotFit(t *testing.T) {
	s := sa(t, false)
	_, err := s.Append(nil, []byte{0, 1, 2, 3})
	require.ErrorContains(t, err, "IP packets only")
	_, err = s.Append(nil, packet(65535, 65535))
	require.ErrorContains(t, err, "does not fit")
	p, err := s.Append(nil, packet(40, 40))
	require.NoError(t, err)
	_, seq, err := sa(t, false).Open(p)
	require.NoError(t, err)
	assert.EqualValues(t, 1, seq, "refused packets use no number")
	_, err = tunnel.VXLAN{VNI: 1 << 24}.Append(nil, nil, 0)
	require.ErrorContains(t, err, "24 bits")
	_, err = tunnel.NewSA(tunnel.Config{SPI: 255, Key: make([]byte, 16)})
	require.ErrorContains(t, err, "at least 256")
	_, err = tunnel.NewSA(tunnel.Config{SPI: 256, Key: make([]byte, 17)})
	require.ErrorContains(t, err, "key size 17")
	for _, hash := range []uint32{0, 1 << 31, math.MaxUint32} {
		assert.Greater(t, tunnel.SourcePort(hash), uint16(49152))
	}
	assert.EqualValues(t, 65535, tunnel.SourcePort(math.MaxUint32))
}

// The window agrees with one that remembers everything, whatever its size.
func TestWindowAgainstMemory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var w tunnel.Window
		size := uint64(tunnel.WindowSize)
		if rapid.Bool().Draw(t, "sized") {
			size = rapid.Uint64Range(1, 300).Draw(t, "size")
			w = tunnel.NewWindow(int(size))
		}
		seen, top := map[uint64]bool{}, rapid.SampledFrom([]uint64{0, 1<<32 - 100, 1<<40 + 7}).Draw(t, "first")
		if top > 0 {
			w.Accept(top)
			seen[top] = true
		}
		for range 300 {
			low := uint64(0)
			if top > size+16 {
				low = top - size - 16
			}
			seq := rapid.Uint64Range(low, top+rapid.SampledFrom([]uint64{2, 70, 200, 1000}).Draw(t, "jump")).Draw(t, "seq")
			want := seq > 0 && !seen[seq] && (seq > top || top-seq < size)
			require.Equal(t, want, w.Fresh(seq), "%d with top %d", seq, top)
			if want {
				w.Accept(seq)
				seen[seq], top = true, max(top, seq)
				require.Equal(t, seq, w.Extend(uint32(seq)))
			}
		}
	})
}

// A receiver refuses what came twice and what is older than its window, and takes both without one.
func TestReplaysAndLatecomers(t *testing.T) {
	sender := sa(t, false)
	var sent [][]byte
	for range 300 {
		p, err := sender.Append(nil, packet(40, 40))
		require.NoError(t, err)
		sent = append(sent, p)
	}
	for _, c := range []struct{ window, lateBy int }{{0, 64}, {32, 32}, {64, 64}, {200, 200}} {
		config := sender.Config
		config.Window = c.window
		receiver, err := tunnel.NewSA(config)
		require.NoError(t, err)
		_, _, err = receiver.Open(sent[250])
		require.NoError(t, err)
		_, _, err = receiver.Open(sent[250])
		require.ErrorIs(t, err, tunnel.ErrReplay)
		_, _, err = receiver.Open(sent[250-c.lateBy])
		require.ErrorIs(t, err, tunnel.ErrReplay, "window %d", c.window)
		forged := slices.Clone(sent[251])
		forged[len(forged)-1] ^= 1
		_, _, err = receiver.Open(forged)
		require.ErrorIs(t, err, tunnel.ErrICV)
		_, _, err = receiver.Open(sent[250-c.lateBy+1])
		require.NoError(t, err, "the last of the window, which no forgery moves")
	}
	config := sender.Config
	config.Window = tunnel.NoWindow
	receiver, err := tunnel.NewSA(config)
	require.NoError(t, err)
	for _, i := range []int{250, 250, 1} {
		_, _, err = receiver.Open(sent[i])
		require.NoError(t, err)
	}
	config.ESN = true
	_, err = tunnel.NewSA(config)
	require.ErrorContains(t, err, "upper half")
	for _, size := range []int{-2, tunnel.MaxWindow + 1} {
		_, err = tunnel.NewSA(tunnel.Config{SPI: 256, Key: make([]byte, 16), Window: size})
		require.ErrorContains(t, err, "window")
	}
}

func FuzzOpen(f *testing.F) {
	p, _ := sa(f, false).Append(nil, packet(40, 40))
	f.Add(p)
	v, _ := tunnel.VXLAN{Ends: ends, VNI: 1}.Append(nil, packet(60, 40), 0)
	f.Add(v)
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _, _ = sa(t, true).Open(data)
		_, _, _ = tunnel.OpenVXLAN(data)
	})
}
