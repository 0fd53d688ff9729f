package capture

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/gopacket/pcapgo"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var twoTaps = []NgInterface{{"net", "towards the network"}, {"vm", "towards the tenant"}}

// What is written is read back, by our reader and by gopacket's: frames, times, lengths, interfaces, texts.
func TestNgWriterRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b bytes.Buffer
		w, err := NewNgWriter(&b, NgSection{"a chip", "dsnsim", "a test"}, twoTaps)
		require.NoError(t, err)
		var want []Record
		var ifaces []int
		for range rapid.IntRange(1, 20).Draw(t, "records") {
			data := rapid.SliceOfN(rapid.Byte(), 14, 100).Draw(t, "data")
			r := Record{TimeNs: rapid.Int64Range(0, 1<<62).Draw(t, "time"), Wire: len(data) + rapid.IntRange(0, 50).Draw(t, "cut"), Data: data}
			i := rapid.IntRange(0, 1).Draw(t, "interface")
			require.NoError(t, w.Write(i, r, rapid.StringN(0, 30, -1).Draw(t, "comment")))
			want, ifaces = append(want, r), append(ifaces, i)
		}
		c, err := ReadFrom("f", bytes.NewReader(b.Bytes()))
		require.NoError(t, err)
		require.Equal(t, "pcapng, little-endian", c.Format)
		require.Equal(t, want, c.Records)

		ng, err := pcapgo.NewNgReader(bytes.NewReader(b.Bytes()), pcapgo.DefaultNgReaderOptions)
		require.NoError(t, err)
		for k, r := range want {
			data, info, err := ng.ReadPacketData()
			require.NoError(t, err)
			require.Equal(t, r.Data, data)
			require.Equal(t, ifaces[k], info.InterfaceIndex)
			require.Equal(t, r.Wire, info.Length)
		}
		s := ng.SectionInfo()
		require.Equal(t, []string{"a chip", "dsnsim", "a test"}, []string{s.Hardware, s.Application, s.Comment})
		for k, tap := range twoTaps[:ng.NInterfaces()] {
			i, err := ng.Interface(k)
			require.NoError(t, err)
			require.Equal(t, tap, NgInterface{i.Name, i.Description})
			require.EqualValues(t, 9, i.TimestampResolution)
		}
	})
}

// A packet block byte by byte: nothing of the comment's place or its padding is left to a reader's mercy.
func TestNgWriterBytes(t *testing.T) {
	var b bytes.Buffer
	w, err := NewNgWriter(&b, NgSection{}, []NgInterface{{Name: "x"}})
	require.NoError(t, err)
	b.Reset()
	require.NoError(t, w.Write(0, Record{TimeNs: 1<<32 + 2, Wire: 9, Data: []byte{1, 2, 3, 4, 5}}, "lost!"))
	assert.Equal(t, "\x06\x00\x00\x00\x38\x00\x00\x00"+
		"\x00\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x05\x00\x00\x00\x09\x00\x00\x00"+
		"\x01\x02\x03\x04\x05\x00\x00\x00"+
		"\x01\x00\x05\x00lost!\x00\x00\x00\x00\x00\x00\x00"+
		"\x38\x00\x00\x00", b.String())
}

type roomFor struct{ room int }

func (f *roomFor) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, errors.New("disk full")
	}
	return len(p), nil
}

func TestNgWriterFaults(t *testing.T) {
	var b bytes.Buffer
	w, err := NewNgWriter(&b, NgSection{}, twoTaps)
	require.NoError(t, err)
	size := b.Len()
	for detail, write := range map[string]func() error{
		"interface 2 of 2":                 func() error { return w.Write(2, Record{}, "") },
		"interface -1 of 2":                func() error { return w.Write(-1, Record{}, "") },
		"time -1 ns":                       func() error { return w.Write(0, Record{TimeNs: -1}, "") },
		"at most 262144":                   func() error { return w.Write(0, Record{Wire: MaxFrame + 1}, "") },
		"2 bytes captured of a frame of 1": func() error { return w.Write(0, Record{Wire: 1, Data: []byte{1, 2}}, "") },
		"longer than the 65,535":           func() error { return w.Write(0, Record{}, strings.Repeat("x", 1<<16)) },
	} {
		require.ErrorContains(t, write(), detail)
		require.Equal(t, size, b.Len(), "nothing is written")
	}
	require.NoError(t, w.Write(0, Record{}, strings.Repeat("x", 1<<16-1)))
	for room := range size {
		_, err := NewNgWriter(&roomFor{room}, NgSection{}, twoTaps)
		require.ErrorContains(t, err, "disk full")
	}
}
