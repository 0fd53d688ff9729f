package main

import (
	"context"
	"io"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/dsnsim/dsnsim/cmd/dsnsim/exit"
	"github.com/dsnsim/dsnsim/cmd/dsnsim/output"
	"github.com/dsnsim/dsnsim/cmd/dsnsim/pciecmd"
	"github.com/dsnsim/dsnsim/scenarios/run"
)

// execute runs one command line and returns the exit code.
func execute(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	out := &output.Checked{To: stdout}
	root.SetOut(out)
	root.SetErr(stderr)
	addHelpers(root) // they keep the stream that is set now
	err := recovered(func() error { return root.ExecuteContext(ctx) })
	if err == nil {
		err = out.Err // help is printed by the library, which does not look
	}
	if err != nil {
		exit.Explain(stderr, err, release())
	}
	return exit.Code(err)
}

// recovered makes an error of a panic: it is the fault of the program, and exit code 1 as any other failure of it.
func recovered(f func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = &run.Crash{Cause: cause, Stack: debug.Stack()}
		}
	}()
	return f()
}

// untilInterrupted runs what does not look at the context, and leaves it behind when the context ends: the program is about to end.
func untilInterrupted(ctx context.Context, f func() error) error {
	done := make(chan error, 1)
	go func() { done <- recovered(f) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
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
  dsnsim run scenarios/quickstart.yaml --set traffic.0.load=60% --format json`,
		Version:       release(),
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.ArbitraryArgs,
		RunE:          unknownCommand,
	}
	root.SetVersionTemplate("dsnsim {{.Version}}\n")
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(newRunCommand(), newCompareCommand(), newValidateCommand(), newMetricsCommand(),
		newProfilesCommand(), newPricesCommand(), pciecmd.New(), newExplainCommand(), newPowerCommand(), newThroughputCommand(), newConnectionsCommand(), newDiffCommand(), newInitCommand(), newSchemaCommand(), newVersionCommand())
	return root
}
