package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/dsnsim/dsnsim/reports"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/result"
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
	c.RunE = func(c *cobra.Command, args []string) error {
		if c.Flags().Changed("seed") {
			f.sets = append(f.sets, fmt.Sprintf("run.seed=%d", f.seed))
		}
		return f.power(c, args[0], loads)
	}
	flags := c.Flags()
	flags.StringSliceVar(&loads, "loads", defaultLoads, "loads in % of a server's link, rising, comma-separated")
	flags.StringSliceVar(&f.placements, "placement", nil, "placements to run, comma-separated (default: those of the scenario)")
	flags.StringArrayVar(&f.sets, "set", nil, "override a value of the scenario: path=value, such as rack.server.nic.rate=100Gbps")
	flags.Uint64Var(&f.seed, "seed", 0, "override the scenario's seed")
	flags.IntVar(&f.jobs, "jobs", runtime.NumCPU(), "simulations at the same time; never changes a result")
	flags.StringVar(&f.format, "format", "table", "format: "+strings.Join(reports.PowerNames(), ", "))
	flags.StringVarP(&f.output, "output", "o", "-", "write to a file, whole or not at all")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "no progress")
	flags.BoolVar(&f.noColor, "no-color", false, "no colour (as NO_COLOR does)")
	return c
}

func (f *runFlags) power(c *cobra.Command, file string, loads []string) error {
	if f.jobs < 1 {
		return usageError{fmt.Errorf("%s: --jobs is %d, want at least 1", c.CommandPath(), f.jobs)}
	}
	if !slices.Contains(reports.PowerNames(), f.format) {
		return usageError{fmt.Errorf("%s: --format %q is not known%s", c.CommandPath(), f.format, didYouMean(f.format, reports.PowerNames()))}
	}
	shares, err := parseLoads(loads)
	if err != nil {
		return usageError{fmt.Errorf("%s: --loads: %w", c.CommandPath(), err)}
	}
	if err := f.checkPlacements(c); err != nil {
		return err
	}
	if err := checkOutput(f.output); err != nil {
		return err
	}
	list, err := f.loadFor(file)
	if err != nil {
		return inputError(err)
	}
	var found []*result.PowerCurves
	for i := 0; i < len(list) && err == nil; i++ {
		var x *result.PowerCurves
		f.place(list[i], false)
		if x, err = f.curves(c.Context(), list[i], shares, c.ErrOrStderr()); x == nil {
			return inputError(err)
		}
		x.Tool = tool()
		found = append(found, x)
	}
	if writeErr := writeOutput(c.OutOrStdout(), f.output, func(w io.Writer) error {
		return inTurn(w, len(found), func(i int) error {
			return reports.WritePower(w, f.format, found[i], f.look(c.OutOrStdout()))
		})
	}); writeErr != nil {
		return writeErr
	}
	return err
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
	return list, run.CheckLoads(list)
}

// curves simulates. When it is interrupted, the curves hold what was finished and the error is an interruptedError.
func (f *runFlags) curves(ctx context.Context, s *scenarios.Scenario, loads []units.Ratio, stderr io.Writer) (*result.PowerCurves, error) {
	progress := newProgress(stderr, isTerminal(stderr), f.quiet)
	var finished, all atomic.Int64
	x, err := run.Power(ctx, s, loads, run.Options{Jobs: f.jobs, Phase: progress.Phase, Progress: func(done, of int) {
		finished.Add(1)
		all.Store(int64(of))
		progress.Update(done, of)
	}})
	progress.Done()
	if errors.Is(err, context.Canceled) {
		err = interruptedError{int(finished.Load()), int(all.Load())}
	}
	return x, err
}
