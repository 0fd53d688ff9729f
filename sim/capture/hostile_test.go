package capture

import (
	"bytes"
	"encoding/binary"
	"maps"
	"runtime"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hostile are the files that gopacket 1.1.19 panics on or allocates gigabytes for, and their kin.
func hostile() map[string][]byte {
	le := binary.LittleEndian
	huge := pcapFile{le, magicMicro, 4, 0xffffffff, 1}
	g := newNg(le)
	return map[string][]byte{
		"snapshot length 4 GiB, record 2 GiB": huge.build(record(0x7fffffff, 0x7fffffff), whole(0, 0, 300)),
		"snapshot length 4 GiB, record small": huge.build(whole(1, 0, 60))[:60],
		"if_tsresol 0xc0":                     newNg(le).iface(1, 0, g.option(optionTsResol, 0xc0)).packet(0, 1, 60).bytes,
		"block length 0":                      append(good2(), g.fields(uint32(6), uint32(0), uint32(0), uint32(0))...),
		"packet of 2 GiB":                     newNg(le).iface(1, 0xffffffff).block(blockEnhanced, uint32(0), uint64(0), uint32(0x7fffffff), uint32(0x7fffffff)).bytes,
		"interface of 4 GiB":                  append(newNg(le).bytes, g.fields(uint32(1), uint32(0xfffffffc), uint32(1), uint32(0))...),
	}
}

// bombs are gzip files of a few kB that unpack to 16 MiB.
func bombs(t testing.TB) map[string][]byte {
	return map[string][]byte{
		"gzip of zeros":                zipped(t, make([]byte, 16<<20)),
		"gzip of a huge unknown block": zipped(t, newNg(binary.LittleEndian).block(0xbad, make([]byte, 16<<20)).bytes),
	}
}

// TestHostileFilesCostNoMemory: all of them are errors, and none makes the reader allocate as much as 8 MB.
func TestHostileFilesCostNoMemory(t *testing.T) {
	files := hostile()
	maps.Copy(files, bombs(t))
	for name, data := range files {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := read(data)
		runtime.ReadMemStats(&after)
		require.Error(t, err, name)
		spent := after.TotalAlloc - before.TotalAlloc
		assert.Less(t, spent, uint64(8_000_000), name)
		t.Logf("%-40s %6d kB  %v", name, spent/1000, err)
	}
}

// TestUnpackingIsBounded: a gzip file must not fill the memory, with bytes or with records of none. A file that is not
// packed has a larger bound.
func TestUnpackingIsBounded(t *testing.T) {
	empty := plainPcap.build(make([]pcapRecord, 10_000)...) // 160 kB, and 1,600 kB of records
	block := newNg(binary.LittleEndian).block(0xbad, make([]byte, 500_000)).iface(1, 0).packet(0, 1, 60).bytes
	for _, data := range [][]byte{empty, block} {
		_, err := readFrom("f", bytes.NewReader(zipped(t, data)), options{bound: 200_000})
		require.ErrorContains(t, err, "unpacks to more than ")
		_, err = readFrom("f", bytes.NewReader(zipped(t, data)), options{bound: 2_000_000})
		require.NoError(t, err)
		_, err = readFrom("f", bytes.NewReader(data), options{bound: 100, plain: 2_000_000})
		require.NoError(t, err)
		_, err = readFrom("f", bytes.NewReader(data), options{bound: 100, plain: 300_000})
		require.ErrorContains(t, err, "keep a part of it: editcap")
	}
}

func TestRecordSize(t *testing.T) {
	assert.GreaterOrEqual(t, recordSize, 2*int(unsafe.Sizeof(Record{})), "a list that grows is there twice")
}

// FuzzRead checks what must hold on any bytes: no panic, and either an *Error or a capture whose records keep to the
// limits, with counts that agree with them.
func FuzzRead(f *testing.F) {
	for _, data := range hostile() {
		f.Add(data)
	}
	f.Add(plainPcap.build(whole(1, 0, 60), record(60, 1514)))
	f.Add(pcapFile{binary.BigEndian, magicNano, 2, 65535, 1}.build(whole(1, 0, 60)))
	f.Add(good2())
	f.Add(newNg(binary.BigEndian).iface(1, 16).block(blockSimple, uint32(5), []byte("hello")).bytes)
	f.Add(zipped(f, good2()))
	f.Add(zstandard(f, good2()))
	f.Add(xzipped(f, good2()))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := read(data)
		if err != nil {
			if e, ok := err.(*Error); !ok || c != nil || e.File != "f" || bytes.ContainsAny([]byte(e.Detail), "\n\r") {
				t.Fatalf("%v with %q", c, err)
			}
			if bytes.Contains([]byte(err.Error()), []byte("cannot be read: ")) {
				t.Fatalf("a panic: %v", err)
			}
			return
		}
		snapped := 0
		for _, r := range c.Records {
			if r.Wire < len(r.Data) || r.Wire > MaxFrame || len(r.Data) != cap(r.Data) {
				t.Fatalf("%d bytes captured of %d", len(r.Data), r.Wire)
			}
			if r.Wire > len(r.Data) {
				snapped++
			}
		}
		if len(c.Records) == 0 || c.Snapped != snapped || c.SteppedBack >= len(c.Records) {
			t.Fatalf("counts %+v", c)
		}
	})
}
