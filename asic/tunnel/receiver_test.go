package tunnel_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/internal/named"
	"github.com/dsnsim/dsnsim/sim/header"
)

// carried puts a tenant's frame into the tunnels of a stack, as the far end does.
func carried(t require.TestingT, s tunnel.Stack, sender *tunnel.SA, frame []byte) []byte {
	inside := frame
	var err error
	if s.Overlay != tunnel.NoOverlay {
		inside, err = s.Encapsulate(nil, frame, tunnel.Carrier{Ends: ends, Tenant: 9, Hash: 3})
		require.NoError(t, err)
	} else {
		parsed := header.Parse(frame)
		inside = frame[parsed.L3():]
	}
	if s.Cipher != nil {
		inside, err = sender.Append(nil, inside)
		require.NoError(t, err)
	}
	return onEthernet(inside)
}

// What went into the tunnels of any chain comes out again; in ESP alone the tenant's Ethernet addresses are not carried.
func TestReceiverOpensEveryChain(t *testing.T) {
	config := sa(t, false).Config
	other := config
	other.SPI++
	for _, chain := range chains {
		stack := named.Stack(chain...)
		for _, n := range []int{60, 61, 500, 9214} {
			r, err := tunnel.NewReceiver(stack, []tunnel.Config{other, config})
			require.NoError(t, err)
			frame := inner(n)
			frame[5] = 77
			sent := carried(t, stack, sa(t, false), frame)
			o, err := r.Open(append(sent, 0, 0)) // Ethernet padding
			require.NoError(t, err, "%v of %d B", chain, n)
			if stack.Overlay == tunnel.NoOverlay {
				copy(frame, sent[:12])
			} else {
				assert.EqualValues(t, 9, o.Carrier.Tenant)
			}
			assert.Equal(t, frame, o.Frame, "%v of %d B", chain, n)
			assert.Equal(t, map[bool]int{true: 1}[stack.Cipher != nil], o.SA)
			if stack.Cipher != nil {
				o, err = r.Open(sent)
				require.ErrorIs(t, err, tunnel.ErrReplay)
				assert.Equal(t, 1, o.SA)
			}
		}
	}
}

// Each fault is of its own kind, in the order in which a DSN finds out.
func TestReceiverFaults(t *testing.T) {
	stack := named.Stack("ipsec", "geneve")
	sender := sa(t, false)
	wrong := sender.Config
	wrong.Key = []byte("another key of 1")
	good := func() []byte { return carried(t, stack, sender, inner(100)) }
	open := func(frame []byte, keys ...tunnel.Config) error {
		r, err := tunnel.NewReceiver(stack, keys)
		require.NoError(t, err)
		_, err = r.Open(frame)
		return err
	}
	require.NoError(t, open(good(), sender.Config))
	assert.ErrorIs(t, open(good(), wrong), tunnel.ErrICV)
	assert.NoError(t, open(good(), sender.Config, wrong), "of two keys the first counts")
	assert.ErrorIs(t, open(good()), tunnel.ErrNoSA)
	assert.ErrorIs(t, open(nil, sender.Config), tunnel.ErrNoSA)
	assert.ErrorIs(t, open(inner(100), sender.Config), tunnel.ErrNoSA, "in the clear")
	elsewhere := sender.Config
	elsewhere.Dst[0]++
	assert.ErrorIs(t, open(good(), elsewhere), tunnel.ErrNoSA, "another tunnel's end")
	cut := good()
	assert.ErrorIs(t, open(cut[:len(cut)-1], sender.Config), tunnel.ErrNoSA, "not whole")
	bad := good()
	bad[len(bad)-1] ^= 1
	assert.ErrorIs(t, open(bad, sender.Config), tunnel.ErrICV)
	gre, err := tunnel.GRE{Ends: ends, Key: 1}.Append(nil, inner(100))
	require.NoError(t, err)
	esp, err := sender.Append(nil, gre)
	require.NoError(t, err)
	assert.ErrorIs(t, open(onEthernet(esp), sender.Config), tunnel.ErrTunnel, "another overlay inside")

	esn := stack
	esn.ESN = true
	r, err := tunnel.NewReceiver(esn, []tunnel.Config{sender.Config})
	require.NoError(t, err)
	_, err = r.Open(good())
	assert.ErrorIs(t, err, tunnel.ErrICV, "extended numbers are in the ICV")
	none := stack
	none.Window = tunnel.NoWindow
	r, err = tunnel.NewReceiver(none, []tunnel.Config{sender.Config})
	require.NoError(t, err)
	again := good()
	for range 3 {
		_, err = r.Open(again)
		assert.NoError(t, err)
	}
	none.ESN = true
	_, err = tunnel.NewReceiver(none, []tunnel.Config{sender.Config})
	require.ErrorContains(t, err, "SPI 0x1000: ")
}

// Without ESP, a chain without an overlay has frames as they are.
func TestReceiverWithoutTunnels(t *testing.T) {
	r, err := tunnel.NewReceiver(named.Stack(), nil)
	require.NoError(t, err)
	o, err := r.Open(inner(60))
	require.NoError(t, err)
	assert.Equal(t, inner(60), o.Frame)
}

// Packets that come in any order, some twice, are taken once if they are not too late, whatever the window.
func TestReceiverAgainstMemory(t *testing.T) {
	stack := named.Stack("ipsec", "gre")
	sender := sa(t, false)
	var sent [][]byte
	for range 400 {
		sent = append(sent, carried(t, stack, sender, inner(60)))
	}
	rapid.Check(t, func(t *rapid.T) {
		s := stack
		s.Window = rapid.IntRange(1, 200).Draw(t, "window")
		r, err := tunnel.NewReceiver(s, []tunnel.Config{sender.Config})
		require.NoError(t, err)
		taken, top := map[int]bool{}, 0
		for range 200 {
			i := rapid.IntRange(max(0, top-s.Window-5), min(len(sent)-1, top+20)).Draw(t, "packet")
			seq := i + 1
			_, err := r.Open(slices.Clone(sent[i]))
			if taken[seq] || seq <= top-s.Window {
				require.ErrorIs(t, err, tunnel.ErrReplay)
				continue
			}
			require.NoError(t, err)
			taken[seq], top = true, max(top, seq)
		}
	})
}

func FuzzReceiver(f *testing.F) {
	stack := named.Stack("ipsec", "geneve", "telemetry")
	f.Add(carried(f, stack, sa(f, false), inner(80)))
	f.Add(carried(f, named.Stack("gre"), nil, inner(80)))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, chain := range chains {
			r, err := tunnel.NewReceiver(named.Stack(chain...), []tunnel.Config{sa(t, false).Config})
			require.NoError(t, err)
			if o, err := r.Open(data); err == nil && o.Frame == nil {
				t.Fatal("neither a frame nor an error")
			}
		}
	})
}
