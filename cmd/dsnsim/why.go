package main

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dsnsim/dsnsim/cmd/dsnsim/exit"
	"github.com/dsnsim/dsnsim/reports"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/table91"
)

// whyFlag asks for the evidence of a cell of Table 9-1.
type whyFlag struct {
	text  string
	asked *reports.Question // nil where nobody asks
}

func (w *whyFlag) add(flags *pflag.FlagSet) {
	flags.StringVar(&w.text, "why", "", "print from what cells of Table 9-1 follow, instead of a report: PROPERTY or PROPERTY/PLACEMENT, such as performance/tor")
}

// check reads the question, before anything is simulated.
func (w *whyFlag) check(c *cobra.Command, f *runFlags) error {
	if !c.Flags().Changed("why") {
		return nil
	}
	placements := f.placements
	if len(placements) == 0 {
		placements = scenarios.AllPlacements()
	}
	q, err := reports.ParseQuestion(w.text, table91.Keys(), placements)
	switch {
	case err != nil:
		return exit.BadUsage(fmt.Errorf("%s: --why %q: %w", c.CommandPath(), w.text, err))
	case f.format != reports.Names()[0]:
		return exit.BadUsage(fmt.Errorf("%s: --why prints text; leave out --format %s, whose json has the evidence too", c.CommandPath(), f.format))
	case f.trace >= 0:
		return exit.BadUsage(fmt.Errorf("%s: --why and --trace-packet exclude each other: each is printed instead of a report", c.CommandPath()))
	}
	w.asked = &q
	return nil
}
