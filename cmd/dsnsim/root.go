package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dsnsim/dsnsim/sim/strict"
)

// execute runs one command line and returns the exit code.
func execute(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err != nil {
		explain(stderr, err)
	}
	return exitCode(err)
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "dsnsim",
		Short: "Simulate a Distributed Services Node in five placements",
		Long: `dsnsim runs the same traffic through a Distributed Services Node (DSN) in five places - software on the host, NIC
adapter, bump-in-the-wire, ToR switch, appliance - and reports throughput, loss, latency, jitter and what limits each.

Exit codes: 0 all well, 1 the run failed, 2 bad usage, 3 an invalid scenario or capture, 99 an expectation failed,
130 interrupted.`,
		Example: `  dsnsim compare scenarios/quickstart.yaml
  dsnsim run scenarios/quickstart.yaml --placement nic,tor --format csv -o out.csv
  dsnsim run scenarios/quickstart.yaml --set traffic.0.load=80% --format json`,
		Version:       version,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.ArbitraryArgs,
		RunE:          unknownCommand,
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return flagError(c, err) })
	root.AddCommand(newRunCommand(), newCompareCommand(), newValidateCommand(), newMetricsCommand(),
		newProfilesCommand(), newPCIeCommand(), newVersionCommand())
	return root
}

// unknownCommand is the root without a command that it knows: that is bad usage, not a success.
func unknownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usageError{fmt.Errorf("need a command, such as %s\n\n%s", "dsnsim compare scenarios/quickstart.yaml", c.UsageString())}
	}
	var names []string
	for _, sub := range c.Commands() {
		names = append(names, sub.Name())
	}
	return usageError{fmt.Errorf("unknown command %q%s", args[0], didYouMean(args[0], names))}
}

// flagError names the flag that is nearest to an unknown one.
func flagError(c *cobra.Command, err error) error {
	text := err.Error()
	unknown, ok := strings.CutPrefix(text, "unknown flag: --")
	if !ok {
		return usageError{fmt.Errorf("%s: %s", c.CommandPath(), text)}
	}
	return usageError{fmt.Errorf("%s: unknown flag --%s%s", c.CommandPath(), unknown, didYouMean(unknown, flagNames(c)))}
}

func didYouMean(word string, known []string) string {
	if near := strict.Nearest(word, known); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return fmt.Sprintf(" (known: %s)", strings.Join(known, ", "))
}
