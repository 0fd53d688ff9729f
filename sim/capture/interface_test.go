package capture

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The packets of one interface are those that were written to it, in order, wherever they stand among others.
func TestOneInterface(t *testing.T) {
	var file bytes.Buffer
	w, err := NewNgWriter(&file, NgSection{}, []NgInterface{{Name: "net"}, {Name: "vm"}, {Name: "drops"}})
	require.NoError(t, err)
	want := map[string][][]byte{}
	for i := range 20 {
		frame := bytes.Repeat([]byte{byte(i)}, 60+i)
		at := i * 7 % 5 % 2
		require.NoError(t, w.Write(at, Record{TimeNs: int64(i), Wire: len(frame), Data: frame}, ""))
		name := [...]string{"net", "vm"}[at]
		want[name] = append(want[name], frame)
		want[""] = append(want[""], frame)
	}
	path := filepath.Join(t.TempDir(), "c.pcapng")
	require.NoError(t, os.WriteFile(path, file.Bytes(), 0o600))
	for name, frames := range want {
		c, err := ReadInterface(path, name)
		require.NoError(t, err)
		var got [][]byte
		for _, r := range c.Records {
			got = append(got, r.Data)
		}
		assert.Equal(t, frames, got, name)
	}
	_, err = ReadInterface(path, "drops")
	assert.EqualError(t, err, path+`: holds no packets of interface "drops"`)
	_, err = ReadInterface(path, "eth0")
	assert.EqualError(t, err, path+`: has no interface "eth0"; it has "net", "vm", "drops"`)
	_, err = ReadInterface(filepath.Join("..", "..", "scenarios", "captures", "mix.pcap"), "net")
	assert.ErrorContains(t, err, "is a pcap file, which has no interfaces")
}
