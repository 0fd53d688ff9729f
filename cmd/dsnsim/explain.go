package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dsnsim/dsnsim/reports"
	"github.com/dsnsim/dsnsim/scenarios/result"

	"github.com/dsnsim/dsnsim/scenarios/arithmetic"
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
	flags := c.Flags()
	flags.StringSliceVar(&f.placements, "placement", nil, "placements to explain, comma-separated (default: those of the scenario)")
	flags.StringArrayVar(&f.sets, "set", nil, "override a value of the scenario: path=value, such as traffic.0.load=60%")
	flags.BoolVar(&f.force, "force", false, "work out placements that cannot be deployed, too")
	flags.StringVar(&f.format, "format", "table", "format: "+strings.Join(reports.DocumentNames(false), ", "))
	flags.StringVarP(&f.output, "output", "o", "-", "write to a file, whole or not at all")
	f.inputs.add(flags)
	flags.BoolVar(&f.noColor, "no-color", false, "no colour (as NO_COLOR does)")
	return c
}

func (f *runFlags) explain(c *cobra.Command, file string) error {
	if !slices.Contains(reports.DocumentNames(false), f.format) {
		return usageError{fmt.Errorf("%s: --format %q is not known%s", c.CommandPath(), f.format, didYouMean(f.format, reports.DocumentNames(false)))}
	}
	if err := f.checkPlacements(c); err != nil {
		return err
	}
	if err := checkOutput(f.output); err != nil {
		return err
	}
	list, err := f.loadFor(c, file)
	if err != nil {
		return inputError(err)
	}
	explain := arithmetic.Explain
	if f.force {
		explain = arithmetic.ExplainForced
	}
	found := make([]*result.Explanation, len(list))
	for i, s := range list {
		f.place(s, false)
		if found[i], err = explain(s); err != nil {
			return inputError(err)
		}
		found[i].Tool = tool()
	}
	return writeOutput(c.OutOrStdout(), f.output, func(w io.Writer) error {
		return inTurn(w, len(found), func(i int) error {
			return reports.WriteDocument(w, f.format, arithmetic.Document(found[i]), f.look(c.OutOrStdout()))
		})
	})
}
