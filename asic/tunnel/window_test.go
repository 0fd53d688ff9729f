package tunnel_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic/tunnel"
)

// A number without its upper half is the one in the window or the next beyond (RFC 4303, appendix A2.2), to the number: the default
// window of 64 below 2^32 + 100 begins with 2^32 + 37, that below 2^32 + 10 with 2^32 - 53.
func TestExtendAtTheWindowsEnds(t *testing.T) {
	const half = 1 << 32
	for _, c := range []struct {
		top  uint64
		low  uint32
		want uint64
	}{
		{half + 100, 37, half + 37}, {half + 100, 36, 2*half + 36}, {half + 100, 101, half + 101},
		{half + 10, half - 53, half - 53}, {half + 10, half - 54, half + half - 54}, {half + 10, 11, half + 11},
		{63, 70, 70}, {63, 1, 1}, // the window just fits below 64
		{10, half - 53, 0}, // before the first number
	} {
		var w tunnel.Window
		w.Accept(c.top)
		assert.Equal(t, c.want, w.Extend(c.low), "%d with top %d", c.low, c.top)
	}
}

// The largest window is that of Linux, XFRMA_REPLAY_ESN_MAX: 4096 numbers.
func TestTheLargestWindow(t *testing.T) {
	config := tunnel.Config{SPI: 256, Key: make([]byte, 16), Window: 4096}
	_, err := tunnel.NewSA(config)
	require.NoError(t, err)
	config.Window++
	_, err = tunnel.NewSA(config)
	require.ErrorContains(t, err, "window")
}

// A file of keys may be 16 MiB long.
func TestTheLongestFileOfKeys(t *testing.T) {
	comment := "#" + strings.Repeat(" ", 1<<20-2) + "\n"
	_, err := tunnel.ReadKeys("esp_sa", strings.NewReader(strings.Repeat(comment, 16)))
	require.ErrorContains(t, err, "holds no keys", "but it was read")
	_, err = tunnel.ReadKeys("esp_sa", strings.NewReader(strings.Repeat(comment, 16)+"\n"))
	require.ErrorContains(t, err, "more than 16 MiB")
}

// A datagram of IPv4 has 65,535 bytes at most, 20 + 8 + 8 of which are VXLAN's headers; the hop limit is IANA's default, 64.
func TestTheLongestDatagram(t *testing.T) {
	const longest = 1<<16 - 1 - 20 - 8 - 8
	v := tunnel.VXLAN{Ends: ends, VNI: 1}
	d, err := v.Append(nil, make([]byte, longest), 0)
	require.NoError(t, err)
	require.Len(t, d, 1<<16-1)
	assert.EqualValues(t, 64, d[8])
	_, frame, err := tunnel.OpenVXLAN(d)
	require.NoError(t, err)
	assert.Len(t, frame, longest)
	d, err = v.Append(nil, make([]byte, longest+1), 0)
	require.ErrorContains(t, err, "does not fit")
	assert.Empty(t, d)
}
