package unpack

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"hash/crc32"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/ulikunitz/xz"
)

// packed returns data in each format.
func packed(t testing.TB, data []byte) map[string][]byte {
	t.Helper()
	list := map[string][]byte{}
	for name, open := range map[string]func(io.Writer) (io.WriteCloser, error){
		"gzip": func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil },
		"zstd": func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) },
		"xz":   func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) },
	} {
		var out bytes.Buffer
		w, err := open(&out)
		require.NoError(t, err)
		_, err = w.Write(data)
		require.NoError(t, err)
		require.NoError(t, w.Close())
		list[name] = out.Bytes()
	}
	return list
}

func unpackAll(data []byte, most int64) ([]byte, error) {
	r, err := New(bufio.NewReader(bytes.NewReader(data)), most)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func TestUnpack(t *testing.T) {
	want := []byte(strings.Repeat("some text, ", 10_000))
	for name, data := range packed(t, want) {
		assert.Equal(t, name, Kind(data))
		got, err := unpackAll(data, int64(len(want))+1)
		require.NoError(t, err, name)
		require.True(t, bytes.Equal(want, got), name)
		_, err = unpackAll(data, int64(len(want))-1)
		assert.ErrorIs(t, err, TooLong{int64(len(want)) - 1}, name)
		_, err = unpackAll(data[:len(data)/2], MaxBytes)
		assert.ErrorIs(t, err, io.ErrUnexpectedEOF, name)
	}
	assert.EqualError(t, TooLong{MaxBytes}, "unpacks to more than 1024 MiB: unpack it first")
}

func TestNotPacked(t *testing.T) {
	for _, text := range []string{"", "a", "version: 1", "\xfd7zXZ"} {
		assert.Empty(t, Kind([]byte(text)))
		r, err := New(bufio.NewReader(strings.NewReader(text)), MaxBytes)
		assert.NoError(t, err)
		assert.Nil(t, r)
	}
	for name, text := range map[string]string{"gzip": "\x1f\x8b\x09", "xz": "\xfd7zXZ\x00 and no more than that"} {
		_, err := New(bufio.NewReader(strings.NewReader(text)), MaxBytes)
		assert.ErrorContains(t, err, "starts like "+name+" and is not: ")
	}
}

// TestXZDictionary: a file of 40 bytes that asks for a dictionary of 4 GiB gets none.
func TestXZDictionary(t *testing.T) {
	data := packed(t, []byte("x"))["xz"]
	size, ok := dictionary(data)
	require.True(t, ok)
	require.EqualValues(t, 8<<20, size, "the default of the writer")
	for code, text := range map[byte]string{31: "at most 128", 40: "at most 128"} {
		big := append([]byte(nil), data...)
		const header = 12 // of the stream
		end := header + (int(big[header])+1)*4
		at := bytes.Index(big[header:end], []byte{0x21, 1})
		require.Positive(t, at)
		big[header+at+2] = code
		binary.LittleEndian.PutUint32(big[end-4:], crc32.ChecksumIEEE(big[header:end-4]))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := unpackAll(big, MaxBytes)
		runtime.ReadMemStats(&after)
		require.ErrorContains(t, err, text)
		assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
	}
}

// FuzzUnpack: no panic on any bytes, and never more than the bound.
func FuzzUnpack(f *testing.F) {
	for _, data := range packed(f, []byte(strings.Repeat("some text, ", 100))) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		const most = 1 << 20
		if Kind(data) == "" {
			return
		}
		if got, _ := unpackAll(data, most); len(got) > most {
			t.Fatalf("unpacked to %d bytes", len(got))
		}
	})
}
