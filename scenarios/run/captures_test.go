package run

import (
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/internal/shareddata"
)

// TestEveryCaptureRuns: all real captures run, damaged ones too as far as they can be read: re-timed, for as long as they take, and at
// their own times.
func TestEveryCaptureRuns(t *testing.T) {
	const text = `version: 1
rack: {server: {vms: 1, nic: {rate: 100Gbps}}, uplink: 100Gbps}
services: [firewall, route]
traffic: [{name: c, pcap: a.pcap, direction: inbound}]
run: {duration: 100us, warmup: 0s}
placements: [nic]
`
	files := 0
	require.NoError(t, filepath.WalkDir(shareddata.Path(t, "data", "pcap"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		s := scenario(t, text, "traffic.0.pcap="+path)
		assert.Positive(t, simulate(t, s).Sources[0].Packets, path)
		s = scenario(t, text, "traffic.0.pcap="+path, "traffic.0.load=40%", "run.duration=capture")
		assert.Positive(t, simulate(t, s).Sources[0].Packets, path)
		return nil
	}))
	assert.Greater(t, files, 100)
	t.Logf("%d captures run", files)
}
