package capture

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
	"github.com/ulikunitz/xz"
)

// Capture files that the tests put together byte by byte, right and wrong ones.

// pcapRecord is one record of a hand-made pcap file.
type pcapRecord struct {
	seconds, part, captured, original uint32
	data                              []byte
}

// whole returns a record of n bytes, all captured.
func whole(seconds, part uint32, n int) pcapRecord {
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(i)
	}
	return pcapRecord{seconds, part, uint32(n), uint32(n), data}
}

type pcapFile struct {
	order   binary.ByteOrder
	magic   uint32
	minor   uint16
	snapLen uint32
	link    uint32
}

const (
	magicMicro = 0xa1b2c3d4
	magicNano  = 0xa1b23c4d
)

// plainPcap is a little-endian microsecond file of Ethernet.
var plainPcap = pcapFile{binary.LittleEndian, magicMicro, 4, 65535, 1}

// build returns the bytes of the file.
func (f pcapFile) build(records ...pcapRecord) []byte {
	b := make([]byte, pcapHeaderLen)
	f.order.PutUint32(b, f.magic)
	f.order.PutUint16(b[4:], 2)
	f.order.PutUint16(b[6:], f.minor)
	f.order.PutUint32(b[16:], f.snapLen)
	f.order.PutUint32(b[20:], f.link)
	for _, r := range records {
		for _, v := range []uint32{r.seconds, r.part, r.captured, r.original} {
			b = append(b, 0, 0, 0, 0)
			f.order.PutUint32(b[len(b)-4:], v)
		}
		b = append(b, r.data...)
	}
	return b
}

// ng builds a pcapng file block by block.
type ng struct {
	order binary.ByteOrder
	bytes []byte
}

func newNg(order binary.ByteOrder) *ng {
	g := &ng{order: order}
	return g.section(1, 0)
}

// fields appends numbers (uint16, uint32 or uint64) and byte slices, padded to 4 bytes.
func (g *ng) fields(values ...any) []byte {
	var b bytes.Buffer
	for _, v := range values {
		if data, ok := v.([]byte); ok {
			b.Write(data)
			b.Write(make([]byte, -len(data)&3))
			continue
		}
		if err := binary.Write(&b, g.order, v); err != nil {
			panic(err)
		}
	}
	return b.Bytes()
}

func (g *ng) block(kind uint32, values ...any) *ng {
	body := g.fields(values...)
	length := uint32(len(body) + blockOverhead)
	g.bytes = append(g.bytes, g.fields(kind, length, body, length)...)
	return g
}

func (g *ng) section(major, minor uint16) *ng {
	return g.block(blockSection, uint32(byteOrderMagic), major, minor, ^uint64(0))
}

// option returns the bytes of an option.
func (g *ng) option(code uint16, value ...byte) []byte {
	return g.fields(code, uint16(len(value)), value)
}

// iface appends an Interface Description Block.
func (g *ng) iface(link uint16, snapLen uint32, options ...[]byte) *ng {
	return g.block(blockInterface, link, uint16(0), snapLen, bytes.Join(options, nil))
}

// packet appends an Enhanced Packet Block of n bytes, all captured.
func (g *ng) packet(number uint32, ticks uint64, n int) *ng {
	return g.block(blockEnhanced, number, uint32(ticks>>32), uint32(ticks), uint32(n), uint32(n), whole(0, 0, n).data)
}

func zipped(t testing.TB, data []byte) []byte {
	t.Helper()
	return packedBy(t, data, func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil })
}

func zstandard(t testing.TB, data []byte) []byte {
	t.Helper()
	return packedBy(t, data, func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) })
}

func xzipped(t testing.TB, data []byte) []byte {
	t.Helper()
	return packedBy(t, data, func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) })
}

func packedBy(t testing.TB, data []byte, open func(io.Writer) (io.WriteCloser, error)) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := open(&b)
	require.NoError(t, err)
	_, err = z.Write(data)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.Bytes()
}

// read reads a hand-made file under the name "f".
func read(data []byte) (*Capture, error) { return ReadFrom("f", bytes.NewReader(data)) }

// good reads a hand-made file that must be right.
func good(t testing.TB, data []byte) *Capture {
	t.Helper()
	c, err := read(data)
	require.NoError(t, err)
	return c
}
