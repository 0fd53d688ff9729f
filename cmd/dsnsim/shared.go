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

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/run"
)

// This file is what the commands share that simulate a scenario again and again: power, throughput.

// addShared adds the flags that they have in common. what is done at the same time is named for --jobs.
func (f *runFlags) addShared(c *cobra.Command, formats []string, what string) {
	flags := c.Flags()
	flags.StringSliceVar(&f.placements, "placement", nil, "placements to run, comma-separated (default: those of the scenario)")
	flags.StringArrayVar(&f.sets, "set", nil, "override a value of the scenario: path=value, such as rack.server.nic.rate=100Gbps")
	flags.Uint64Var(&f.seed, "seed", 0, "override the scenario's seed")
	flags.IntVar(&f.jobs, "jobs", runtime.NumCPU(), what+" at the same time; never changes a result")
	flags.StringVar(&f.format, "format", "table", "format: "+strings.Join(formats, ", "))
	flags.StringVarP(&f.output, "output", "o", "-", "write to a file, whole or not at all")
	f.inputs.add(flags)
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "no progress")
	flags.BoolVar(&f.noColor, "no-color", false, "no colour (as NO_COLOR does)")
}

// checkShared refuses values of them that are impossible, and takes over the seed.
func (f *runFlags) checkShared(c *cobra.Command, formats []string) error {
	if c.Flags().Changed("seed") {
		f.sets = append(f.sets, fmt.Sprintf("run.seed=%d", f.seed))
	}
	if f.jobs < 1 {
		return usageError{fmt.Errorf("%s: --jobs is %d, want at least 1", c.CommandPath(), f.jobs)}
	}
	if !slices.Contains(formats, f.format) {
		return usageError{fmt.Errorf("%s: --format %q is not known%s", c.CommandPath(), f.format, didYouMean(f.format, formats))}
	}
	if err := f.checkPlacements(c); err != nil {
		return err
	}
	return checkOutput(f.output)
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
	if writeErr := writeOutput(c.OutOrStdout(), f.output, func(w io.Writer) error {
		return inTurn(w, len(found), func(i int) error { return write(w, found[i]) })
	}); writeErr != nil {
		return writeErr
	}
	return err
}

// watched simulates with progress on a terminal. When it is interrupted, the error is an interruptedError.
func watched[T any](c *cobra.Command, f *runFlags, s *scenarios.Scenario, simulate func(context.Context, *scenarios.Scenario, run.Options) (*T, error)) (*T, error) {
	stderr := c.ErrOrStderr()
	progress := newProgress(stderr, isTerminal(stderr), f.quiet)
	var finished, all atomic.Int64
	x, err := simulate(c.Context(), s, run.Options{Jobs: f.jobs, Phase: progress.Phase, Progress: func(done, of int) {
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
