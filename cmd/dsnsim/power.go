package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dsnsim/dsnsim/cmd/dsnsim/exit"
	"github.com/dsnsim/dsnsim/reports"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/experiments"

	"github.com/dsnsim/dsnsim/scenarios/run"
	"github.com/dsnsim/dsnsim/sim/units"
)

// defaultLoads are from idle to saturation.
var defaultLoads = []string{"0%", "10%", "20%", "30%", "40%", "50%", "60%", "70%", "80%", "90%", "100%"}

func newPowerCommand() *cobra.Command {
	f := &runFlags{}
	var loads []string
	c := &cobra.Command{
		Use:   "power FILE",
		Short: "Simulate power against load, from idle to saturation, with the budget of each place",
		Long: `power simulates the scenario under a row of loads, shares of a server's link: its traffic entries keep their proportions, and a
capture without a load gets one. For each placement it prints what is delivered, what a DSN takes in all and by component, host
and total power, energy by packet and by bit, clock and temperature; where the budget of the DSN's place is crossed; and what
would have to change to fit it. The scenario's attacks and expectations are left out.`,
		Example: `  dsnsim power scenarios/quickstart.yaml
  dsnsim power scenarios/quickstart.yaml --placement nic,tor --loads 0%,50%,100% --format csv -o power.csv
  dsnsim power scenarios/quickstart.yaml --placement nic --set dsn.power.budget=20W --set dsn.power.over=throttle`,
		Args: exactlyOneFile,
	}
	f.add(c.Flags(), common{formats: reports.DocumentNames(true), jobs: "simulations", example: "rack.server.nic.rate=100Gbps", force: "simulate"})
	c.Flags().StringSliceVar(&loads, "loads", defaultLoads, "loads in % of a server's link, rising, comma-separated")
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := f.checkCommon(c); err != nil {
			return err
		}
		shares, err := parseLoads(loads)
		if err != nil {
			return exit.BadUsage(fmt.Errorf("%s: --loads: %w", c.CommandPath(), err))
		}
		return simulateEach(c, f, args[0], func(ctx context.Context, s *scenarios.Scenario, opt run.Options) (*experiments.PowerCurves, error) {
			return experiments.Power(ctx, s, shares, opt)
		}, func(w io.Writer, x *experiments.PowerCurves) error {
			x.Tool = tool()
			return reports.WriteDocument(w, f.format, x.Document(), f.look(c.OutOrStdout()))
		})
	}
	return c
}

func parseLoads(texts []string) ([]units.Ratio, error) {
	var list []units.Ratio
	for _, text := range texts {
		r, err := units.ParseRatio(strings.TrimSpace(text))
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, experiments.CheckLoads(list)
}
