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
	"github.com/spf13/pflag"

	"github.com/dsnsim/dsnsim/cmd/dsnsim/exit"
	"github.com/dsnsim/dsnsim/cmd/dsnsim/output"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/run"
)

// common is how a command tells the flags that it shares with others.
type common struct {
	formats []string
	jobs    string // what --jobs does at the same time; "" for a command that simulates nothing
	example string // of --set
	force   string // what --force does
}

// add adds the flags that the commands about scenarios have in common.
func (f *runFlags) add(flags *pflag.FlagSet, is common) {
	f.formats = is.formats
	flags.StringSliceVar(&f.placements, "placement", nil, "the placements to take, comma-separated (default: those of the scenario)")
	flags.StringArrayVar(&f.sets, "set", nil, "override a value of the scenario: path=value, such as "+is.example)
	flags.BoolVar(&f.force, "force", false, is.force+" placements that cannot be deployed, too; the reasons stay in the report")
	flags.StringVar(&f.format, "format", "table", "report format: "+strings.Join(is.formats, ", "))
	flags.StringVarP(&f.output, "output", "o", "-", "write the report to a file, whole or not at all")
	f.inputs.add(flags)
	flags.BoolVar(&f.noColor, "no-color", false, "no colour (as NO_COLOR does)")
	f.jobs = 1
	if is.jobs != "" {
		flags.Uint64Var(&f.seed, "seed", 0, "override the scenario's seed")
		flags.IntVar(&f.jobs, "jobs", runtime.NumCPU(), is.jobs+" at the same time; never changes a result")
		flags.BoolVarP(&f.quiet, "quiet", "q", false, "no progress")
	}
}

// checkCommon refuses values of them that are impossible, and takes over the seed.
func (f *runFlags) checkCommon(c *cobra.Command) error {
	if c.Flags().Changed("seed") {
		f.sets = append(f.sets, fmt.Sprintf("run.seed=%d", f.seed))
	}
	if f.jobs < 1 {
		return exit.BadUsage(fmt.Errorf("%s: --jobs is %d, want at least 1", c.CommandPath(), f.jobs))
	}
	if !slices.Contains(f.formats, f.format) {
		return exit.BadUsage(fmt.Errorf("%s: --format %q is not known%s", c.CommandPath(), f.format, didYouMean(f.format, f.formats)))
	}
	if err := f.checkPlacements(c); err != nil {
		return err
	}
	return output.Check(f.output)
}

func (f *runFlags) checkPlacements(c *cobra.Command) error {
	all := scenarios.KnownPlacements()
	if c.Flags().Changed("placement") && len(f.placements) == 0 {
		return exit.BadUsage(fmt.Errorf("%s: --placement names none (known: %s)", c.CommandPath(), strings.Join(all, ", ")))
	}
	for i, name := range f.placements {
		switch {
		case !slices.Contains(all, name):
			return exit.BadUsage(fmt.Errorf("%s: --placement %q is not known%s", c.CommandPath(), name, didYouMean(name, all)))
		case slices.Contains(f.placements[:i], name):
			return exit.BadUsage(fmt.Errorf("%s: --placement names %s twice", c.CommandPath(), name))
		}
	}
	return nil
}

// simulateEach simulates the scenario of a file, or each one of its matrix, and writes what came of it. simulate returns nil where nothing
// can be reported; when it is interrupted, what was finished.
func simulateEach[T any](c *cobra.Command, f *runFlags, file string, simulate func(context.Context, *scenarios.Scenario, run.Options) (*T, error),
	write func(io.Writer, *T) error) error {
	list, err := f.loadFor(c, file)
	if err != nil {
		return inputError(err)
	}
	var found []*T
	for i := 0; i < len(list) && err == nil; i++ {
		var x *T
		f.place(list[i], false)
		if x, err = watched(c, f, list[i], simulate); x == nil {
			return inputError(err)
		}
		found = append(found, x)
	}
	if writeErr := output.Write(c.OutOrStdout(), f.output, func(w io.Writer) error {
		return inTurn(w, len(found), func(i int) error { return write(w, found[i]) })
	}); writeErr != nil {
		return writeErr
	}
	return err
}

// watched simulates with progress on a terminal. When it is interrupted, the error is an interruptedError.
func watched[T any](c *cobra.Command, f *runFlags, s *scenarios.Scenario, simulate func(context.Context, *scenarios.Scenario, run.Options) (*T, error)) (*T, error) {
	stderr := c.ErrOrStderr()
	progress := output.NewProgress(stderr, output.IsTerminal(stderr), f.quiet)
	var finished, all atomic.Int64
	x, err := simulate(c.Context(), s, run.Options{Jobs: f.jobs, Force: f.force, Phase: progress.Phase, Progress: func(done, of int) {
		finished.Add(1)
		all.Store(int64(of))
		progress.Update(done, of)
	}})
	progress.Done()
	if errors.Is(err, context.Canceled) {
		err = exit.InterruptedError{Done: int(finished.Load()), All: int(all.Load())}
	}
	return x, err
}
