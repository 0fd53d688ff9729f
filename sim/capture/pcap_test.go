package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPcapCodings(t *testing.T) {
	cases := []struct {
		order  binary.ByteOrder
		magic  uint32
		timeNs int64
		format string
	}{
		{binary.LittleEndian, magicMicro, 7_000_123_000, "pcap, microseconds, little-endian"},
		{binary.BigEndian, magicMicro, 7_000_123_000, "pcap, microseconds, big-endian"},
		{binary.LittleEndian, magicNano, 7_000_000_123, "pcap, nanoseconds, little-endian"},
		{binary.BigEndian, magicNano, 7_000_000_123, "pcap, nanoseconds, big-endian"},
	}
	for _, c := range cases {
		file := pcapFile{c.order, c.magic, 4, 65535, 1}.build(whole(7, 123, 60), whole(8, 0, 1514))
		for packing, data := range map[string][]byte{"": file, ", gzip": zipped(t, file), ", zstd": zstandard(t, file), ", xz": xzipped(t, file)} {
			format := c.format + packing
			got := good(t, data)
			require.Len(t, got.Records, 2, format)
			assert.Equal(t, format, got.Format)
			assert.Equal(t, c.timeNs, got.Records[0].TimeNs, format)
			assert.Equal(t, 60, got.Records[0].Wire)
			assert.Equal(t, whole(0, 0, 60).data, got.Records[0].Data)
			assert.Equal(t, whole(0, 0, 1514).data, got.Records[1].Data)
			assert.Zero(t, got.Snapped+got.SteppedBack+got.Normalised+got.Untimed)
		}
	}
}

// TestPcapOldVersions: before version 2.3 the original length stood first, in 2.3 programs differed.
func TestPcapOldVersions(t *testing.T) {
	cut := whole(1, 0, 60)
	cut.original = 100
	swapped := cut
	swapped.captured, swapped.original = cut.original, cut.captured
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		for minor, records := range map[uint16][]pcapRecord{0: {swapped, swapped}, 2: {swapped, swapped}, 3: {swapped, cut}, 4: {cut, cut}} {
			c := good(t, pcapFile{order, magicMicro, minor, 65535, 1}.build(records...))
			require.Len(t, c.Records, 2)
			for _, r := range c.Records {
				assert.Equal(t, 100, r.Wire, "version 2.%d", minor)
				assert.Len(t, r.Data, 60, "version 2.%d", minor)
			}
			assert.Equal(t, 2, c.Snapped)
		}
	}
}

func TestPcapTimes(t *testing.T) {
	c := good(t, plainPcap.build(whole(10, 999_999, 60), whole(10, 1_500_000, 60), whole(10, 4_294_967_295, 60), whole(10, 0, 60)))
	var times []int64
	for _, r := range c.Records {
		times = append(times, r.TimeNs)
	}
	assert.Equal(t, []int64{10_999_999_000, 11_500_000_000, 4_304_967_295_000, 10_000_000_000}, times, "carried into the seconds")
	assert.Equal(t, 2, c.Normalised)
	assert.Equal(t, 1, c.SteppedBack)
	last := good(t, pcapFile{binary.LittleEndian, magicNano, 4, 65535, 1}.build(whole(4_294_967_295, 999_999_999, 60)))
	assert.Equal(t, int64(4_294_967_295_999_999_999), last.Records[0].TimeNs)
}

func TestPcapSnapped(t *testing.T) {
	cut := whole(1, 0, 60)
	cut.original = 1514
	none := pcapRecord{seconds: 1, original: 1000}
	c := good(t, plainPcap.build(cut, none, whole(1, 0, 70)))
	assert.Equal(t, 2, c.Snapped)
	assert.Equal(t, []int{1514, 1000, 70}, []int{c.Records[0].Wire, c.Records[1].Wire, c.Records[2].Wire})
	assert.Empty(t, c.Records[1].Data)
}

// TestPcapSnapshotLengthIsAWish: tools write records longer than the header promises, and headers that promise all.
func TestPcapSnapshotLengthIsAWish(t *testing.T) {
	for _, snapLen := range []uint32{0, 68, 0x7fffffff, 0xffffffff} {
		c := good(t, pcapFile{binary.LittleEndian, magicMicro, 4, snapLen, 1}.build(whole(1, 0, 1514)))
		assert.Len(t, c.Records[0].Data, 1514)
	}
}

// TestPcapFrameCheckSequence: with the P bit the link type says how many 16-bit units of it end each frame; without
// the bit the number means nothing.
func TestPcapFrameCheckSequence(t *testing.T) {
	cut := whole(1, 0, 62)
	cut.original = 64
	c := good(t, pcapFile{binary.LittleEndian, magicMicro, 4, 65535, 2<<28 | 1<<26 | 1}.build(whole(1, 0, 64), cut))
	assert.Equal(t, 60, c.Records[0].Wire)
	assert.Len(t, c.Records[0].Data, 60)
	assert.Equal(t, 60, c.Records[1].Wire, "cut inside the frame check sequence")
	assert.Len(t, c.Records[1].Data, 60)
	assert.Zero(t, c.Snapped)
	c = good(t, pcapFile{binary.LittleEndian, magicMicro, 4, 65535, 3<<28 | 1}.build(whole(1, 0, 64)))
	assert.Equal(t, 64, c.Records[0].Wire)
}

// TestRecordsShareMemoryApart: the records alias one memory, yet an append to one does not reach the next.
func TestRecordsShareMemoryApart(t *testing.T) {
	var records []pcapRecord
	for i := range 3000 { // 4.5 MB: several chunks of frame memory
		records = append(records, whole(uint32(i), 0, 1500))
	}
	c := good(t, plainPcap.build(records...))
	for i := range c.Records {
		r := &c.Records[i]
		require.Equal(t, len(r.Data), cap(r.Data))
		_ = append(r.Data, 0xff, 0xff)
		r.Data[0] = byte(i)
	}
	for i, r := range c.Records {
		require.Equal(t, byte(i), r.Data[0])
		require.Equal(t, records[i].data[1:], r.Data[1:])
	}
}

func TestWriterRoundTrip(t *testing.T) {
	var b bytes.Buffer
	w, err := NewWriter(&b)
	require.NoError(t, err)
	want := []Record{
		{TimeNs: 0, Wire: 60, Data: make([]byte, 60)},
		{TimeNs: 1_767_323_045_123_456_789, Wire: 1514, Data: whole(0, 0, 100).data},
		{TimeNs: 4_294_967_295_999_999_999, Wire: MaxFrame, Data: make([]byte, MaxFrame)},
	}
	for _, r := range want {
		require.NoError(t, w.Write(r))
	}
	c := good(t, b.Bytes())
	assert.Equal(t, want, c.Records)
	assert.Equal(t, "pcap, nanoseconds, little-endian", c.Format)
	assert.Equal(t, 1, c.Snapped)
}

func TestWriterRefuses(t *testing.T) {
	var b bytes.Buffer
	w, err := NewWriter(&b)
	require.NoError(t, err)
	size := b.Len()
	assert.ErrorContains(t, w.Write(Record{TimeNs: -1}), "does not fit a pcap record")
	assert.ErrorContains(t, w.Write(Record{TimeNs: 4_294_967_296_000_000_000}), "does not fit a pcap record")
	assert.ErrorContains(t, w.Write(Record{Wire: MaxFrame + 1}), "at most 262144")
	assert.ErrorContains(t, w.Write(Record{Wire: 2, Data: make([]byte, 3)}), "3 bytes captured of a frame of 2")
	assert.Equal(t, size, b.Len())
	_, err = NewWriter(full{})
	assert.ErrorContains(t, err, "disk full")
}

// full is a writer that always fails.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }
