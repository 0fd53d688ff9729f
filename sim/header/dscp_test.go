package header_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/header"
)

// A code point that is set is read back, nothing else changes but the checksum of IPv4, and that stays as right or wrong as it was.
func TestDSCP(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		frame := make([]byte, 14+40)
		for i := range frame {
			frame[i] = rapid.Byte().Draw(t, "byte")
		}
		v6 := rapid.Bool().Draw(t, "v6")
		frame[12], frame[13], frame[14], frame[16], frame[17] = 0x08, 0x00, 0x45, 0, 40
		if v6 {
			frame[12], frame[13], frame[14] = 0x86, 0xdd, 0x60|frame[14]&0x0f
		}
		before := append([]byte(nil), frame...)
		dscp := rapid.Uint8Range(0, 63).Draw(t, "dscp")
		require.True(t, header.SetDSCP(frame, dscp))
		require.Equal(t, dscp, header.DSCP(frame))
		// By how much the checksum is wrong, in ones' complement, which has two zeros.
		wrong := func(f []byte) uint32 {
			h := header.IPv4(f[14:])
			return (uint32(h.Checksum()) + uint32(^h.ComputeChecksum())) % 0xffff
		}
		if v6 {
			require.Equal(t, before[15]&0xf, frame[15]&0xf, "flow label")
			require.Equal(t, header.IPv6(before[14:]).TrafficClass()&3, header.IPv6(frame[14:]).TrafficClass()&3, "ECN")
			require.Equal(t, before[16:], frame[16:])
			return
		}
		require.Equal(t, wrong(before), wrong(frame))
		require.Equal(t, before[15]&3, frame[15]&3, "ECN")
		require.Equal(t, before[16:24], frame[16:24])
		require.Equal(t, before[26:], frame[26:])
	})
}

// Without a whole IP header there is nothing to set.
func TestDSCPOfOtherFrames(t *testing.T) {
	arp := make([]byte, 60)
	arp[12], arp[13] = 0x08, 0x06
	short := make([]byte, 14+19)
	short[12], short[14] = 0x08, 0x45
	for _, frame := range [][]byte{nil, arp, short} {
		before := append([]byte(nil), frame...)
		assert.False(t, header.SetDSCP(frame, 10))
		assert.Equal(t, before, append([]byte(nil), frame...))
	}
	assert.Zero(t, header.DSCP(arp))
	assert.Zero(t, header.DSCP(nil))
}
