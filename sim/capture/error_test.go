package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fault returns the detail of the error that reading must give: an *Error of one line that names the file.
func fault(t testing.TB, data []byte) string {
	t.Helper()
	c, err := read(data)
	require.Nil(t, c)
	var e *Error
	require.True(t, errors.As(err, &e), "%T: %v", err, err)
	assert.Equal(t, "f", e.File)
	assert.Equal(t, "f: "+e.Detail, e.Error())
	assert.NotContains(t, e.Detail, "\n")
	return e.Detail
}

// convert is how a capture of an unknown link type becomes one that can be read.
const convert = "; where its headers are of one length and IP follows, editcap -C LENGTH -T rawip makes raw IP of it"

func TestFilesThatAreNoCapture(t *testing.T) {
	cases := []struct {
		name   string
		data   []byte
		detail string
	}{
		{"empty", nil, "is empty"},
		{"empty gzip", zipped(t, nil), "is empty once unpacked"},
		{"two bytes", []byte("ab"), "is no pcap or pcapng capture: it starts with 61 62"},
		{"text", []byte("version: 1\n"), "is no pcap or pcapng capture: it starts with 76 65 72 73"},
		{"gzip in gzip", zipped(t, zipped(t, plainPcap.build(whole(1, 0, 60)))), "is no pcap or pcapng capture but packed twice; unpack it first (gunzip)"},
		{"bzip2", []byte("BZh91AY&SY"), "is no pcap or pcapng capture but packed by bzip2; unpack it first (bunzip2)"},
		{"snoop", []byte("snoop\x00\x00\x00"), "is no pcap or pcapng capture but a capture of snoop; editcap -F pcap IN OUT makes one of it"},
		{"gzip magic alone", []byte{0x1f, 0x8b, 9, 9, 9}, "starts like gzip and is not: unexpected EOF"},
		{"no packets", plainPcap.build(), "holds no packets"},
		{"pcapng without packets", newNg(binary.BigEndian).iface(1, 0).bytes, "holds no packets"},
		{"header cut", plainPcap.build()[:20], "the pcap header at byte 0: the file ends in the middle of it"},
		{"pcap version", pcapFile{binary.BigEndian, magicMicro, 5, 0, 1}.build(), "pcap version 2.5: need 2.0 to 2.4"},
		{"link type", pcapFile{binary.LittleEndian, magicMicro, 4, 0, 127}.build(), "link type IEEE802_11_RADIOTAP (127): " + want +
			"; convert it with tcprewrite --dlt=enet, or capture on the bridge or router behind"},
		{"unknown link type", pcapFile{binary.LittleEndian, magicMicro, 4, 0, 9999}.build(), "link type 9999: " + want + convert},
		{"flags above the link type", pcapFile{binary.LittleEndian, magicMicro, 4, 0, 3<<28 | 239}.build(), "link type NFLOG (239): " + want + convert},
	}
	for _, c := range cases {
		assert.Equal(t, c.detail, fault(t, c.data), c.name)
	}
}

// record returns a record whose lengths say captured and original, with 60 bytes of data.
func record(captured, original uint32) pcapRecord {
	r := whole(1, 0, 60)
	r.captured, r.original = captured, original
	return r
}

func TestPcapRecordFaults(t *testing.T) {
	first := whole(1, 0, 60)
	cases := []struct {
		name   string
		bad    pcapRecord
		detail string
	}{
		{"captured", record(MaxFrame+1, MaxFrame+1), "captured length 262145: at most 262144"},
		{"captured 2 GiB", record(0x7fffffff, 60), "captured length 2147483647: at most 262144"},
	}
	for _, c := range cases {
		assert.Equal(t, "record 2 at byte 100: "+c.detail, fault(t, plainPcap.build(first, c.bad)), c.name)
	}
	file := plainPcap.build(first)
	for n := 25; n < len(file); n++ {
		require.Equal(t, "record 1 at byte 24: the file ends in the middle of it", fault(t, file[:n]), "cut at %d", n)
	}
}

// TestCutCaptures: a file that ends in the middle of a record, since its writer was stopped, has those before it, however it is
// packed.
func TestCutCaptures(t *testing.T) {
	file := plainPcap.build(whole(1, 0, 60), whole(2, 0, 60), whole(3, 0, 60))
	for n := 101; n < len(file); n++ {
		got := good(t, file[:n])
		records, cut := (n-24)/76, "record 3"
		switch {
		case n < 176:
			cut = "record 2"
		case n == 176:
			cut = ""
		}
		require.Equal(t, records, len(got.Records), "cut at %d", n)
		require.Equal(t, cut, got.Cut, "cut at %d", n)
	}
	ng := newNg(binary.BigEndian).iface(1, 0).packet(0, 1, 60).packet(0, 2, 60).bytes
	got := good(t, ng[:len(ng)-1])
	assert.Len(t, got.Records, 2, "the packet of the last block is whole")
	assert.Equal(t, "block 4", got.Cut)
	noise := make([]pcapRecord, 200)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = whole(uint32(i), 0, 1500)
		for k := range noise[i].data {
			noise[i].data[k] = byte(random.Uint32())
		}
	}
	file = plainPcap.build(noise...)
	for kind, packed := range map[string][]byte{"gzip": zipped(t, file), "zstd": zstandard(t, file), "xz": xzipped(t, file)} {
		got := good(t, packed[:len(packed)*3/4])
		assert.NotEmpty(t, got.Cut, kind)
		assert.Greater(t, len(got.Records), 20, kind)
		assert.Less(t, len(got.Records), 200, kind)
	}
}

// TestCapturedAboveOriginal: the bytes that are in the file were there.
func TestCapturedAboveOriginal(t *testing.T) {
	ng := newNg(binary.LittleEndian).iface(1, 0).block(blockEnhanced, uint32(0), uint64(0), uint32(60), uint32(46), make([]byte, 60)).bytes
	for _, file := range [][]byte{plainPcap.build(record(60, 46)), ng} {
		got := good(t, file)
		assert.Equal(t, 1, got.AboveOriginal)
		assert.Equal(t, 60, got.Records[0].Wire)
		assert.Len(t, got.Records[0].Data, 60)
	}
	got := good(t, plainPcap.build(record(60, MaxFrame+1)))
	assert.Equal(t, 1, got.Overlong)
	assert.Equal(t, 60, got.Records[0].Wire)
}

func TestGzipFaults(t *testing.T) {
	file := plainPcap.build(whole(1, 0, 60), record(MaxFrame+1, 60))
	assert.Equal(t, "record 2 of the unpacked file at byte 100: captured length 262145: at most 262144", fault(t, zipped(t, file)))
	packed := zipped(t, plainPcap.build(whole(1, 0, 1500)))
	assert.Contains(t, fault(t, packed[:len(packed)-20]), "the file ends in the middle of it")
	packed[len(packed)-5] ^= 1
	assert.Contains(t, fault(t, packed), "gzip: invalid checksum")
}

func TestNgFaults(t *testing.T) {
	le := binary.LittleEndian
	ether := func() *ng { return newNg(le).iface(1, 0) } // 48 bytes
	broken := func(at int, value uint32) []byte {
		data := append([]byte(nil), good2()...)
		le.PutUint32(data[at:], value)
		return data
	}
	cases := []struct {
		name   string
		data   []byte
		detail string
	}{
		{"magic", broken(8, 0x01020304), "block 1 at byte 0: byte-order magic 04 03 02 01: need 1a 2b 3c 4d, either way round"},
		{"version", (&ng{order: le}).section(2, 0).bytes, "block 1 at byte 0: pcapng version 2.0: need 1.0"},
		{"length 0", broken(52, 0), "block 3 at byte 48: block length 0: need a multiple of 4 from 12"},
		{"length 8", broken(52, 8), "block 3 at byte 48: block length 8: need a multiple of 4 from 12"},
		{"length odd", broken(52, 93), "block 3 at byte 48: block length 93: need a multiple of 4 from 12"},
		{"lengths differ", broken(len(good2())-4, 96), "block 3 at byte 48: block length 92 at its start and 96 at its end"},
		{"section too short", (&ng{order: le}).block(blockSection, uint32(byteOrderMagic)).bytes, "block 1 at byte 0: block length 16 is too short for a block of type 168627466"},
		{"interface too short", newNg(le).block(blockInterface, uint32(1)).bytes, "block 2 at byte 28: block length 16 is too short for a block of type 1"},
		{"interface too long", newNg(le).block(blockInterface, make([]byte, maxDescription+4)).bytes, "block 2 at byte 28: interface description of 1048580 bytes: at most 1048576"},
		{"packet too short", ether().block(blockEnhanced, make([]byte, 16)).bytes, "block 3 at byte 48: block length 28 is too short for a block of type 6"},
		{"simple too short", ether().block(blockSimple).bytes, "block 3 at byte 48: block length 12 is too short for a block of type 3"},
		{"no interface", newNg(le).packet(0, 1, 60).bytes, "record 1 at byte 28: interface 0: the section describes 0"},
		{"no such interface", ether().packet(0, 1, 60).packet(7, 1, 60).bytes, "record 2 at byte 140: interface 7: the section describes 1"},
		{"captured beyond the block", ether().block(blockEnhanced, uint32(0), uint64(0), uint32(61), uint32(61), make([]byte, 60)).bytes, "record 1 at byte 48: captured length 61: the block has room for 60"},
		{"captured too long", ether().block(blockEnhanced, uint32(0), uint64(0), uint32(0x7fffffff), uint32(60)).bytes, "record 1 at byte 48: captured length 2147483647: at most 262144"},
		{"simple beyond the block", ether().block(blockSimple, uint32(61), make([]byte, 60)).bytes, "record 1 at byte 48: captured length 61: the block has room for 60"},
		{"time", newNg(le).iface(1, 0, newNg(le).option(optionTsResol, 0)).packet(0, 1<<40, 60).bytes, "record 1 at byte 56: time 1099511627776 x 10^-0 s of interface 0 is outside the years 1678 to 2262"},
	}
	for _, c := range cases {
		assert.Equal(t, c.detail, fault(t, c.data), c.name)
	}
	for n := 1; n < len(good2())-4; n++ { // without its last four bytes, the packet is whole
		want := "the file ends in the middle of it"
		switch {
		case n < 4:
			want = "is no pcap or pcapng capture"
		case n == 28 || n == 48: // the ends of blocks
			want = "holds no packets"
		}
		require.Contains(t, fault(t, good2()[:n]), want, "cut at %d", n)
	}
}

func TestNgInterfaceFaults(t *testing.T) {
	g := newNg(binary.LittleEndian)
	for value, resolution := range map[byte]string{0xc0: "2^-64 s", 0xff: "2^-127 s", 20: "10^-20 s", 127: "10^-127 s"} {
		data := newNg(g.order).iface(1, 0, g.option(optionTsResol, value)).packet(0, 1, 60).bytes
		assert.Equal(t, "block 2 at byte 28: interface 0: time resolution "+resolution+" is finer than a 64-bit time can count", fault(t, data))
	}
	runaway := g.fields(uint16(optionName), uint16(9), []byte("abcd"))
	assert.Equal(t, "block 2 at byte 28: interface 0: an option runs past the end of the block", fault(t, newNg(g.order).iface(1, 0, runaway).bytes))

	usb := g.option(optionName, []byte("any\xff\n")...)
	named := newNg(g.order).iface(1, 0).iface(220, 0, usb).packet(1, 1, 60)
	assert.Equal(t, `record 1 at byte 80: interface 1 ("any\xff\n"): link type USB_LINUX_MMAPPED (220): `+want+convert, fault(t, named.bytes))
	both := good(t, newNg(g.order).iface(1, 0).iface(220, 0, usb).packet(1, 1, 60).packet(0, 1, 60).bytes)
	assert.Len(t, both.Records, 1)
	assert.Equal(t, 1, both.LeftOut)
}

func TestReadPathFaults(t *testing.T) {
	dir := t.TempDir()
	for path, detail := range map[string]string{
		dir:                            "is a directory: need a pcap or pcapng file",
		filepath.Join(dir, "none"):     "cannot open: no such file or directory",
		filepath.Join(dir, "a", "b"):   "cannot open: no such file or directory",
		strings.Repeat("x", 300):       "cannot open: file name too long",
		filepath.Join(dir, "nul\x00l"): "cannot open: invalid argument",
	} {
		_, err := Read(path)
		var e *Error
		require.True(t, errors.As(err, &e), "%v", err)
		assert.Equal(t, Error{path, detail}, *e)
	}
	path := filepath.Join(dir, "good.pcap")
	require.NoError(t, os.WriteFile(path, plainPcap.build(whole(1, 0, 60)), 0o600))
	c, err := Read(path)
	require.NoError(t, err)
	assert.Equal(t, path, c.File)
}

// failing gives some bytes and then an error that is not the end of the file.
type failing struct{ data *bytes.Reader }

func (f failing) Read(p []byte) (int, error) {
	if f.data.Len() == 0 {
		return 0, errors.New("input/output error")
	}
	return f.data.Read(p)
}

func TestReadErrorsOfTheDisk(t *testing.T) {
	for n, detail := range map[int]string{
		0:  "cannot read the file: input/output error",
		30: "record 1 at byte 24: input/output error",
		50: "record 1 at byte 24: input/output error",
	} {
		_, err := ReadFrom("f", failing{bytes.NewReader(plainPcap.build(whole(1, 0, 60))[:n])})
		assert.EqualError(t, err, "f: "+detail)
	}
}

// TestPanicBecomesAnError: should gopacket panic in spite of the checks, the program goes on.
func TestPanicBecomesAnError(t *testing.T) {
	_, err := ReadFrom("f", panicking{})
	assert.EqualError(t, err, "f: cannot be read: boom")
}

type panicking struct{}

func (panicking) Read([]byte) (int, error) { panic("boom") }
