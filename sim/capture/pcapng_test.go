package capture

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNgResolutions(t *testing.T) {
	cases := []struct {
		resolution []byte // the value of if_tsresol, empty for none
		ticks      uint64
		timeNs     int64
	}{
		{nil, 7_000_123, 7_000_123_000},
		{[]byte{6}, 7_000_123, 7_000_123_000},
		{[]byte{9}, 7_000_000_123, 7_000_000_123},
		{[]byte{3}, 7_001, 7_001_000_000},
		{[]byte{0}, 7, 7_000_000_000},
		{[]byte{12}, 7_000_000_123_999, 7_000_000_123},
		{[]byte{19}, 10_000_000_000_000_000_000 + 5_000_000_000_000_000_000, 1_500_000_000},
		{[]byte{0x80}, 7, 7_000_000_000},
		{[]byte{0x80 | 20}, 7<<20 | 1<<19, 7_500_000_000},
		{[]byte{0x80 | 20}, 3, 2861}, // 3 * 10^9 / 2^20 = 2861.02
		{[]byte{0x80 | 63}, 1<<63 | 1<<62, 1_500_000_000},
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, c := range cases {
			g := newNg(order)
			var options [][]byte
			if c.resolution != nil {
				options = append(options, g.option(optionTsResol, c.resolution...))
			}
			got := good(t, g.iface(1, 0, options...).packet(0, c.ticks, 61).bytes)
			assert.Equal(t, c.timeNs, got.Records[0].TimeNs, "if_tsresol %x", c.resolution)
			assert.Equal(t, whole(0, 0, 61).data, got.Records[0].Data)
		}
	}
}

func TestNgInterfacesOfMixedResolution(t *testing.T) {
	g := newNg(binary.LittleEndian)
	g.iface(1, 0, g.option(optionName, []byte("wire0")...), g.option(optionTsResol, 9), g.option(optionEnd))
	g.iface(1, 0)
	g.iface(113, 0) // not Ethernet, and without a packet no fault
	g.packet(0, 5_000_000_001, 60).packet(1, 6_000_000, 60).packet(0, 4_000_000_000, 60)
	c := good(t, g.bytes)
	assert.Equal(t, []int64{5_000_000_001, 6_000_000_000, 4_000_000_000}, times(c))
	assert.Equal(t, 1, c.SteppedBack)
	assert.Equal(t, "pcapng, little-endian", c.Format)
}

func times(c *Capture) (ns []int64) {
	for _, r := range c.Records {
		ns = append(ns, r.TimeNs)
	}
	return ns
}

// TestNgSections: each section numbers its interfaces anew, in its own byte order.
func TestNgSections(t *testing.T) {
	little := newNg(binary.LittleEndian)
	little.iface(1, 0, little.option(optionTsResol, 9)).packet(0, 1, 60)
	big := newNg(binary.BigEndian)
	big.iface(1, 0).packet(0, 2, 60)
	minor2 := (&ng{order: binary.LittleEndian}).section(1, 2).iface(1, 0).packet(0, 3, 60)
	c := good(t, append(append(little.bytes, big.bytes...), minor2.bytes...))
	assert.Equal(t, []int64{1, 2000, 3000}, times(c))

	_, err := read(append(good2(), newNg(binary.BigEndian).packet(0, 1, 60).bytes...))
	assert.ErrorContains(t, err, "record 2 at byte 168: interface 0: the section describes 0")
}

// good2 is a section with one packet.
func good2() []byte { return newNg(binary.LittleEndian).iface(1, 0).packet(0, 1, 60).bytes }

func TestNgSkipsOtherBlocks(t *testing.T) {
	g := newNg(binary.LittleEndian)
	g.block(10, uint32(0x544c534b), uint32(3), []byte("key")) // Decryption Secrets Block
	g.iface(1, 0)
	g.block(4, make([]byte, 40))     // Name Resolution Block
	g.block(5, make([]byte, 12))     // Interface Statistics Block
	g.block(0xbad, make([]byte, 99)) // a custom or future block
	g.packet(0, 1, 60)
	g.block(0xbad)
	assert.Len(t, good(t, g.bytes).Records, 1)
}

func TestNgOldPacketBlock(t *testing.T) {
	g := newNg(binary.BigEndian).iface(113, 0).iface(1, 0)
	g.block(blockOldPacket, uint16(1), uint16(9), uint32(0), uint32(77), uint32(5), uint32(60), []byte("hello"))
	c := good(t, g.bytes)
	assert.Equal(t, Record{TimeNs: 77_000, Wire: 60, Data: []byte("hello")}, c.Records[0])
}

func TestNgSimplePacket(t *testing.T) {
	g := newNg(binary.LittleEndian).iface(1, 16)
	g.block(blockSimple, uint32(5), []byte("hello"))
	g.packet(0, 1000, 14)
	g.block(blockSimple, uint32(100), []byte("0123456789abcdef"))
	c := good(t, g.bytes)
	require.Len(t, c.Records, 3)
	assert.Equal(t, Record{TimeNs: 0, Wire: 5, Data: []byte("hello")}, c.Records[0])
	assert.Equal(t, Record{TimeNs: 1_000_000, Wire: 100, Data: []byte("0123456789abcdef")}, c.Records[2], "the time before it")
	assert.Equal(t, 2, c.Untimed)
	assert.Equal(t, 1, c.Snapped)
}

func TestNgOffsetAndFrameCheckSequence(t *testing.T) {
	for _, fcs := range []byte{4, 32} { // bytes in the draft's example, bits in its text
		g := newNg(binary.LittleEndian)
		g.iface(1, 0, g.option(optionTsOffset, 100, 0, 0, 0, 0, 0, 0, 0), g.option(optionFCSLen, fcs)).packet(0, 1, 64)
		c := good(t, g.bytes)
		assert.Equal(t, int64(100_000_001_000), c.Records[0].TimeNs)
		assert.Equal(t, 60, c.Records[0].Wire)
	}
	g := newNg(binary.LittleEndian)
	g.iface(1, 0, g.option(optionTsOffset, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)).packet(0, 3_000_000, 64)
	assert.Equal(t, int64(2_000_000_000), good(t, g.bytes).Records[0].TimeNs, "an offset of -1 s")
}

// TestNgLongFrame: a frame longer than the read buffer comes whole, with its options skipped.
func TestNgLongFrame(t *testing.T) {
	n := MaxFrame
	g := newNg(binary.LittleEndian).iface(1, 0)
	g.block(blockEnhanced, uint32(0), uint32(0), uint32(1), uint32(n), uint32(n), whole(0, 0, n).data, g.option(1, []byte("comment")...), g.option(optionEnd))
	g.packet(0, 2, 60)
	c := good(t, g.bytes)
	require.Len(t, c.Records, 2)
	assert.Equal(t, whole(0, 0, n).data, c.Records[0].Data)
}
