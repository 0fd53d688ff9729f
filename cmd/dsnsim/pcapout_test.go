package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/dsnsim/dsnsim/cmd/dsnsim/exit"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// dsnsim runs one command line and returns what a shell would see.
func dsnsim(args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = execute(context.Background(), args, &out, &err)
	return code, out.String(), err.String()
}

const quickstart = "../../scenarios/quickstart.yaml"

// quick are the arguments of a run that takes a moment.
func quick(more ...string) []string {
	return append([]string{"run", quickstart, "--quiet", "--placement", "nic", "--format", "json",
		"--set", "run.duration=100us", "--set", "run.warmup=10us", "--set", "run.replications=2"}, more...)
}

func TestPcapOut(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "captures")
	_, without, _ := dsnsim(quick()...)
	for range 2 { // into a folder that is made, then into one that is there
		code, out, stderr := dsnsim(quick("--pcap-out", dir, "--pcap-packets", "50")...)
		require.Contains(t, []int{exit.OK, exit.Unexpected}, code, stderr)
		assert.Equal(t, without, out, "the report is the same")
		list, err := os.ReadDir(dir)
		require.NoError(t, err)
		var names []string
		for _, f := range list {
			names = append(names, f.Name())
		}
		assert.Equal(t, []string{"README.txt", "esp_sa", "nic.pcapng", "preferences"}, names)
	}
}

func TestPcapOutFaults(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	fresh := filepath.Join(dir, "fresh")
	for _, c := range []struct {
		code   int
		detail string
		args   []string
	}{
		{exit.Usage, "--pcap-out " + file + ": not a folder", []string{"--pcap-out", file}},
		{exit.Usage, "not a folder", []string{"--pcap-out", filepath.Join(file, "below")}},
		{exit.Usage, "--pcap-out is empty, want a folder", []string{"--pcap-out", ""}},
		{exit.Usage, "--pcap-packets needs --pcap-out", []string{"--pcap-packets", "5"}},
		{exit.Usage, "--pcap-packets is 0, want 1 to 1000000", []string{"--pcap-out", fresh, "--pcap-packets", "0"}},
		{exit.Usage, "--pcap-packets is 1000001", []string{"--pcap-out", fresh, "--pcap-packets", "1000001"}},
		{exit.Invalid, "no-such.pcap", []string{"--pcap-out", fresh, "--set", "traffic.0.pcap=no-such.pcap"}},
	} {
		code, out, stderr := dsnsim(quick(c.args...)...)
		assert.Equal(t, c.code, code, c.args)
		assert.Contains(t, stderr, c.detail)
		assert.Empty(t, out)
		assert.NoDirExists(t, fresh, "nothing is left of a run that failed")
	}
}
