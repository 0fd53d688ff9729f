package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/dsnsim/dsnsim/reports"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/arithmetic"
	"github.com/dsnsim/dsnsim/scenarios/run"
)

func newExplainCommand() *cobra.Command {
	f := &runFlags{}
	c := &cobra.Command{
		Use:   "explain FILE",
		Short: "Say without traffic what fits, what limits each placement and how much it can carry",
		Long: `explain simulates nothing. For each placement it prints the stage map of the chip (which table is in which stage, how much of
its memories that takes, how long a packet is in it), what lives in memory behind the chip, how busy the scenario's load
makes each station in the mean, and the load at which the busiest of them has no time left: a bound, which bursts of real
traffic do not reach without loss.`,
		Example: `  dsnsim explain scenarios/quickstart.yaml
  dsnsim explain scenarios/quickstart.yaml --placement nic,tor --set traffic.0.load=60%
  dsnsim explain scenarios/quickstart.yaml --set dsn.profile=reference-25g --format json`,
		Args: exactlyOneFile,
		RunE: func(c *cobra.Command, args []string) error {
			return untilInterrupted(c.Context(), func() error { return f.explain(c, args[0]) })
		},
	}
	f.add(c.Flags(), common{formats: reports.DocumentNames(false), example: "traffic.0.load=60%", force: "work out"})
	return c
}

func (f *runFlags) explain(c *cobra.Command, file string) error {
	if err := f.checkCommon(c); err != nil {
		return err
	}
	return simulateEach(c, f, file, func(_ context.Context, s *scenarios.Scenario, opt run.Options) (*arithmetic.Explanation, error) {
		if opt.Force {
			return arithmetic.ExplainForced(s)
		}
		return arithmetic.Explain(s)
	}, func(w io.Writer, x *arithmetic.Explanation) error {
		x.Tool = tool()
		return reports.WriteDocument(w, f.format, x.Document(), f.look(c.OutOrStdout()))
	})
}
