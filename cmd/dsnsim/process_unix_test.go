//go:build unix

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/dsnsim/dsnsim/cmd/dsnsim/exit"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// process prepares a run of the program, which testscript.Main put into the search path, as a process of its own.
func process(args ...string) (c *exec.Cmd, stderr *bytes.Buffer) {
	c = exec.Command("dsnsim", args...)
	stderr = &bytes.Buffer{}
	c.Stderr = stderr
	return c, stderr
}

// dsnsim ... | head -1: the reader has gone. That must not look like a fault of the program.
func TestClosedPipe(t *testing.T) {
	scenario := shortScenario(t)
	for _, args := range [][]string{
		{"run", scenario, "--placement", "nic"},
		{"run", scenario, "--placement", "nic", "--format", "csv"},
		{"run", scenario, "--placement", "nic", "--trace-packet", "3"},
		{"metrics"}, {"profiles", "reference-100g"}, {"--help"}, {"validate", scenario}, {"pcie", "--size", "64"}, {"completion", "bash"},
	} {
		r, w, err := os.Pipe()
		require.NoError(t, err)
		require.NoError(t, r.Close())
		c, stderr := process(args...)
		c.Stdout = w
		err = c.Run()
		require.NoError(t, w.Close())
		var ended *exec.ExitError
		require.ErrorAs(t, err, &ended, "%q", args)
		status := ended.Sys().(syscall.WaitStatus)
		quiet := status.Signaled() && status.Signal() == syscall.SIGPIPE || status.ExitStatus() == exit.Failed
		assert.True(t, quiet, "%q: %v", args, err)
		assert.NotContains(t, stderr.String(), "panic")
		assert.NotContains(t, stderr.String(), "goroutine")
	}
}

// A full disk behind stdout is a failure, never a silent success.
func TestFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("needs /dev/full, a device that is always full")
	}
	defer full.Close()
	scenario := shortScenario(t)
	for _, args := range [][]string{
		{"run", scenario, "--placement", "nic"},
		{"run", scenario, "--placement", "nic", "--trace-packet", "3"},
		{"metrics"}, {"profiles"}, {"profiles", "reference-100g"}, {"version"}, {"validate", scenario}, {"pcie", "--size", "64"},
		{"--help"}, {"help", "run"}, {"run", "--help"},
	} {
		c, stderr := process(args...)
		c.Stdout = full
		err := c.Run()
		var ended *exec.ExitError
		require.ErrorAs(t, err, &ended, "%q", args)
		assert.Equal(t, exit.Failed, ended.ExitCode(), "%q", args)
		assert.Regexp(t, "^dsnsim: .*no space left on device\n$", stderr.String(), "%q", args)
	}
}

// Ctrl-C and a request to end, as the kernel delivers them: 130, a report that is whole, and no temporary file.
func TestSignals(t *testing.T) {
	scenario := shortScenario(t)
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		// A signal that comes before the program listens kills it: wait longer then.
		for wait := 200 * time.Millisecond; ; wait *= 2 {
			require.Less(t, wait, time.Minute)
			file := filepath.Join(t.TempDir(), "out.json")
			c, stderr := process("run", scenario, "--placement", "nic", "--set", "run.duration=1s", "--set", "run.replications=1000",
				"--format", "json", "-o", file)
			require.NoError(t, c.Start())
			time.Sleep(wait)
			require.NoError(t, c.Process.Signal(signal))
			var ended *exec.ExitError
			require.ErrorAs(t, c.Wait(), &ended)
			if ended.Sys().(syscall.WaitStatus).Signaled() {
				continue
			}
			assert.Equal(t, exit.Interrupted, ended.ExitCode(), stderr.String())
			assert.Regexp(t, "^dsnsim: interrupted .*\n$", stderr.String())
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			alone(t, file)
			assert.False(t, reportOf(t, string(text)).Complete)
			break
		}
	}
}

// Signals end the program from the first moment: while it waits for standard input, and while it builds tables for seconds.
func TestSignalsBeforeSimulations(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "tables.yaml")
	require.NoError(t, os.WriteFile(file, []byte("version: 1\nservices: [{route: {routes: 4M}}]\ntraffic: [{sizes: imix, load: 10%}]\n"), 0o644))
	for _, args := range [][]string{{"run", "-"}, {"validate", "-"}, {"explain", "/dev/stdin"}, {"run", file}, {"explain", file}, {"power", file}} {
		for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
			for wait := 200 * time.Millisecond; ; wait *= 2 {
				require.Less(t, wait, time.Minute)
				c, stderr := process(args...)
				in, err := c.StdinPipe()
				require.NoError(t, err)
				require.NoError(t, c.Start())
				time.Sleep(wait)
				require.NoError(t, c.Process.Signal(signal))
				begin := time.Now()
				var ended *exec.ExitError
				require.ErrorAs(t, c.Wait(), &ended, "%q", args)
				_ = in.Close() // Wait has closed it
				if ended.Sys().(syscall.WaitStatus).Signaled() {
					continue // it did not listen yet
				}
				assert.Equal(t, exit.Interrupted, ended.ExitCode(), "%q: %s", args, stderr)
				assert.Regexp(t, "^dsnsim: interrupted.*\n$", stderr.String(), "%q", args)
				assert.Less(t, time.Since(begin), longestEnd/2, "%q", args)
				break
			}
		}
	}
}

// nohup stays what it is.
func TestIgnoredHangup(t *testing.T) {
	c, _ := process("run", "-")
	c.Path, c.Args = "/bin/sh", append([]string{"sh", "-c", `trap "" HUP; exec "$0" "$@"`}, append([]string{c.Path}, c.Args[1:]...)...)
	in, err := c.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	time.Sleep(300 * time.Millisecond)
	require.NoError(t, c.Process.Signal(syscall.SIGHUP))
	time.Sleep(100 * time.Millisecond)
	_, err = in.Write([]byte("version: 1\ntraffic: [{sizes: imix, load: 10%}]\nplacements: [nic]\nrun: {duration: 50us, warmup: 5us}\n"))
	require.NoError(t, err)
	require.NoError(t, in.Close())
	assert.NoError(t, c.Wait())
}
