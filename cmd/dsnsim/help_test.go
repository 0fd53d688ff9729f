package main

import (
	"bytes"
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/dsnsim/dsnsim/cmd/dsnsim/exit"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// invoke runs a command line in this process.
func invoke(t *testing.T, ctx context.Context, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = execute(ctx, args, &out, &errs)
	return code, out.String(), errs.String()
}

// commandTree is every command that a user can reach.
func commandTree() *cobra.Command {
	root := newRoot()
	addHelpers(root)
	return root
}

// walk calls visit for a command and all below it.
func walk(c *cobra.Command, visit func(*cobra.Command)) {
	visit(c)
	for _, sub := range c.Commands() {
		walk(sub, visit)
	}
}

// shortExamples enters a copy of the scenarios in which the quickstart is short: what the examples say must be right, how much
// they simulate is proved elsewhere. It has the replications that its expectations need.
func shortExamples(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, copyScenarios(folder+"/scenarios"))
	text, err := os.ReadFile(folder + "/scenarios/quickstart.yaml")
	require.NoError(t, err)
	text = runLine.ReplaceAll(text, []byte("run: {duration: 300us, warmup: 50us, seed: 1, replications: 5}"))
	require.NoError(t, os.WriteFile(folder+"/scenarios/quickstart.yaml", text, 0o644))
	require.NoError(t, os.Remove(folder+"/scenarios/short.yaml"))
	t.Chdir(folder)
	for _, name := range []string{"main.json", "branch.json"} { // what diff compares
		code, _, stderr := invoke(t, t.Context(), "run", "scenarios/quickstart.yaml", "--placement", "nic", "--format", "json", "-o", name)
		require.Equal(t, exit.OK, code, stderr)
	}
}

// fewer makes the trials of searches small, unless an example says how large they are.
func fewer(args []string) []string {
	for command, flag := range map[string]string{"throughput": "--packets", "connections": "--connections"} {
		if args[0] == command && !slices.Contains(args, flag) {
			return append(args, flag, "1000")
		}
	}
	return args
}

// Every command shows examples, and every example runs as it is printed.
func TestExamplesRun(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long with the race detector, and has one goroutine, or those of tests that stay")
	}
	shortExamples(t)
	ran := map[string]bool{}
	walk(commandTree(), func(c *cobra.Command) {
		code, help, stderr := invoke(t, t.Context(), append(strings.Fields(c.CommandPath())[1:], "--help")...)
		require.Equal(t, exit.OK, code, stderr)
		assert.Contains(t, help, "Examples:\n"+c.Example+"\n", c.CommandPath())
		for line := range strings.Lines(c.Example) {
			line = strings.TrimSpace(line)
			if ran[line] {
				continue
			}
			ran[line] = true
			args := strings.Fields(line)
			require.NotEmpty(t, args, "%s: an empty line among the examples", c.CommandPath())
			require.Equal(t, "dsnsim", args[0], line)
			require.True(t, c == c.Root() || strings.HasPrefix(line, c.CommandPath()), "%s: example of another command: %s", c.CommandPath(), line)
			code, stdout, stderr := invoke(t, t.Context(), fewer(args[1:])...)
			assert.Equal(t, exit.OK, code, "%s: %s", line, stderr)
			assert.Empty(t, stderr, line)
			if _, file, ok := strings.Cut(line, " -o "); ok {
				assert.FileExists(t, file, line)
			} else {
				assert.NotEmpty(t, stdout, line)
			}
		}
	})
	assert.Greater(t, len(ran), 10)
}

// Commands and flags are described, all in one voice: flags without a capital and a full stop, as cobra's own.
func TestAllIsDescribed(t *testing.T) {
	walk(commandTree(), func(c *cobra.Command) {
		assert.NotEmpty(t, c.Short, c.CommandPath())
		assert.NotRegexp(t, `\.$`, c.Short, c.CommandPath())
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			assert.NotEmpty(t, f.Usage, "%s --%s", c.CommandPath(), f.Name)
			assert.NotRegexp(t, `^[A-Z][a-z]|\.$`, f.Usage, "%s --%s", c.CommandPath(), f.Name)
		})
	})
}

// Whatever is given where an example stands, nothing panics and no error is silent.
func TestEveryCommandRefusesNonsense(t *testing.T) {
	walk(commandTree(), func(c *cobra.Command) {
		path := strings.Fields(c.CommandPath())[1:]
		for _, nonsense := range [][]string{{"--no-such-flag"}, {"-Z"}, {"", "", ""}, {"no\x00such", "file"}} {
			code, stdout, stderr := invoke(t, t.Context(), append(append([]string{}, path...), nonsense...)...)
			assert.Contains(t, []int{exit.Usage, exit.Invalid}, code, "%s %q", c.CommandPath(), nonsense)
			assert.Empty(t, stdout, "%s %q", c.CommandPath(), nonsense)
			assert.NotEmpty(t, stderr, "%s %q", c.CommandPath(), nonsense)
		}
	})
}
