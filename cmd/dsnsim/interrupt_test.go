package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/cmd/dsnsim/exit"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

func reportOf(t *testing.T, text string) result.Report {
	t.Helper()
	var r result.Report
	require.NoError(t, json.Unmarshal([]byte(text), &r))
	return r
}

// shortScenario returns the path of the short scenario in a folder of its own.
func shortScenario(t *testing.T) string {
	folder := t.TempDir()
	require.NoError(t, copyScenarios(folder))
	return filepath.Join(folder, "short.yaml")
}

func TestInterruptedBeforeAnything(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	scenario := shortScenario(t)
	code, stdout, stderr := invoke(t, ctx, "compare", scenario, "--format", "json")
	assert.Equal(t, exit.Interrupted, code)
	assert.Equal(t, "dsnsim: interrupted before the first simulation was finished; the report holds no figures\n", stderr)
	r := reportOf(t, stdout)
	assert.False(t, r.Complete)
	assert.Empty(t, r.Results)

	code, stdout, _ = invoke(t, ctx, "compare", scenario)
	assert.Equal(t, exit.Interrupted, code)
	assert.Contains(t, stdout, "INCOMPLETE")

	// An error of the scenario is found all the same.
	code, stdout, _ = invoke(t, ctx, "run", scenario, "--set", "traffic.0.load=fast")
	assert.Equal(t, exit.Invalid, code)
	assert.Empty(t, stdout)

	code, _, stderr = invoke(t, ctx, "pcie", "--size", "64")
	assert.Equal(t, exit.Interrupted, code)
	assert.Equal(t, "dsnsim: interrupted\n", stderr)
}

// What was finished before Ctrl-C is in the report, in each format, and stderr says how much that is.
func TestInterruptedKeepsWhatWasFinished(t *testing.T) {
	scenario := shortScenario(t)
	said := regexp.MustCompile(`^dsnsim: interrupted after (\d+) of 500 simulations; the report holds only those\n$`)
	// The machine may be slow: wait longer until some simulations were finished. 500 take many times as long.
	for wait := 50 * time.Millisecond; ; wait *= 2 {
		require.Less(t, wait, time.Minute)
		file := filepath.Join(t.TempDir(), "out.json")
		ctx, cancel := context.WithCancel(t.Context())
		timer := time.AfterFunc(wait, cancel)
		code, stdout, stderr := invoke(t, ctx, "run", scenario, "--placement", "nic", "--set", "run.replications=500",
			"--jobs", "2", "--format", "json", "-o", file)
		timer.Stop()
		cancel()
		require.Equal(t, exit.Interrupted, code, stderr)
		assert.Empty(t, stdout)
		m := said.FindStringSubmatch(stderr)
		if m == nil {
			require.Contains(t, stderr, "before the first simulation")
			continue
		}
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		alone(t, file)
		r := reportOf(t, string(text))
		assert.False(t, r.Complete)
		require.Len(t, r.Results, 3)
		assert.Equal(t, m[1], fmt.Sprint(r.Results[0].Replications), "what stderr tells is what the report holds")
		assert.Positive(t, r.Results[0].Metrics["offered.gbps"])
		return
	}
}

func TestInterruptedMessages(t *testing.T) {
	assert.EqualError(t, exit.InterruptedError{Done: 3, All: 5}, "interrupted after 3 of 5 simulations; the report holds only those")
	assert.Equal(t, exit.Interrupted, exit.Code(fmt.Errorf("x: %w", exit.InterruptedError{Done: 3, All: 5})))
	assert.Equal(t, exit.Interrupted, exit.Code(context.Canceled))
}

// alone checks that a file is the only one in its folder: no temporary one was left behind.
func alone(t *testing.T, file string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(file))
	require.NoError(t, err)
	assert.Len(t, entries, 1)
}
