package main

import (
	"encoding/json"
	"io/fs"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/cmd/dsnsim/exit"
	"github.com/dsnsim/dsnsim/internal/shareddata"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// Captures of all kinds that others recorded, broken ones among them: each is replayed, or refused in one line.
func TestEveryCapture(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	folder := shareddata.Path(t, "data", "pcap")
	scenario := shortScenario(t)
	var files []string
	require.NoError(t, filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && strings.Contains(d.Name(), ".pcap") {
			files = append(files, path)
		}
		return err
	}))
	require.Greater(t, len(files), 50)
	replayed := make(chan bool, len(files))
	t.Run("all", func(t *testing.T) {
		for _, file := range files {
			name, err := filepath.Rel(folder, file)
			require.NoError(t, err)
			t.Run(filepath.ToSlash(name), func(t *testing.T) {
				t.Parallel()
				replayed <- replay(t, scenario, file)
			})
		}
	})
	close(replayed)
	count := 0
	for ok := range replayed {
		if ok {
			count++
		}
	}
	assert.Greater(t, count, len(files)/2, "most captures can be replayed")
	t.Logf("%d of %d captures were replayed, on %d cores", count, len(files), runtime.NumCPU())
}

// replay runs one capture and reports whether it could.
func replay(t *testing.T, scenario, file string) bool {
	code, stdout, stderr := invoke(t, t.Context(), "run", scenario, "--placement", "nic", "--jobs", "1", "--format", "json",
		"--set", "traffic.0.pcap="+file, "--set", "run.duration=200us", "--set", "run.warmup=20us")
	if code == exit.Invalid {
		assert.Empty(t, stdout)
		require.Equal(t, 1, strings.Count(stderr, "\n"), stderr)
		assert.True(t, strings.HasPrefix(stderr, file+": "), "%s: names the file first", stderr)
		assert.Greater(t, len(stderr), len(file)+10, "and says what is wrong: %s", stderr)
		return false
	}
	require.Equal(t, exit.OK, code, stderr)
	assert.Empty(t, stderr)
	var r result.Report
	require.NoError(t, json.Unmarshal([]byte(stdout), &r))
	require.Len(t, r.Results, 3)
	for _, res := range r.Results {
		m := res.Metrics
		assert.Positive(t, m["offered.gbps"], res.Direction)
		assert.Positive(t, m["offered.mpps"], res.Direction)
		assert.Positive(t, m["latency.min"], res.Direction)
		assert.GreaterOrEqual(t, m["latency.p99"], m["latency.p50"], res.Direction)
		assert.InDelta(t, 0.5, m["loss.ratio"], 0.5, "a ratio")
	}
	return true
}
