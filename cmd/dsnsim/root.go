package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"
)

// execute runs one command line and returns the exit code.
func execute(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	out := &checkedWriter{to: stdout}
	root.SetOut(out)
	root.SetErr(stderr)
	addHelpers(root) // they keep the stream that is set now
	err := root.ExecuteContext(ctx)
	if err == nil {
		err = out.err // help is printed by the library, which does not look
	}
	if err != nil {
		explain(stderr, err)
	}
	return exitCode(err)
}

// checkedWriter keeps the first error of writing.
type checkedWriter struct {
	to  io.Writer
	err error
}

func (w *checkedWriter) Write(p []byte) (int, error) {
	n, err := w.to.Write(p)
	if w.err == nil {
		w.err = err
	}
	return n, err
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "dsnsim",
		Short: "Simulate a Distributed Services Node in five placements",
		Long: `dsnsim runs the same traffic through a Distributed Services Node (DSN) in five places - software on the host, NIC
adapter, bump-in-the-wire, ToR switch, appliance - and reports throughput, loss, latency, jitter and what limits each.

Exit codes: 0 all well, 1 the run failed, 2 bad usage, 3 an invalid scenario or capture, 99 an expectation failed or is undecided, a
figure got worse than in the baseline or nothing was compared with it, 130 interrupted.`,
		Example: `  dsnsim compare scenarios/quickstart.yaml
  dsnsim run scenarios/quickstart.yaml --placement nic,tor --format csv -o out.csv
  dsnsim run scenarios/quickstart.yaml --set traffic.0.load=80% --format json`,
		Version:       release(),
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.ArbitraryArgs,
		RunE:          unknownCommand,
	}
	root.SetVersionTemplate("dsnsim {{.Version}}\n")
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(newRunCommand(), newCompareCommand(), newValidateCommand(), newMetricsCommand(),
		newProfilesCommand(), newPricesCommand(), newPCIeCommand(), newExplainCommand(), newPowerCommand(), newThroughputCommand(), newConnectionsCommand(), newDiffCommand(), newInitCommand(), newSchemaCommand(), newVersionCommand())
	return root
}
