package service

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/units"
)

// The cipher does not touch a frame's outer headers, SPI and sequence number (RFC 4303), an IV of 8 bytes and an ICV of 16 (RFC 4106),
// and the FCS of 4: what it does is the tenant's packet, with padding to 4 and a trailer of 2.
func TestWhatIPsecDoesNotCipher(t *testing.T) {
	assert.EqualValues(t, header.EthernetLen+header.IPv4MinLen+header.ESPLen+8+16+4, IPsec.Tunnel.Cipher.Clear)
	for n, ciphered := range map[int]int{40: 44, 42: 44, 43: 48} {
		frame := units.Bytes(header.EthernetLen + tunnel.ESPLen(n) + 4)
		assert.EqualValues(t, ciphered, frame-IPsec.Tunnel.Cipher.Clear, "a packet of %d B", n)
	}
}
