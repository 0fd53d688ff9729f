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
	"github.com/dsnsim/dsnsim/scenarios/experiments"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/run"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// connectionsFlags are the flags of dsnsim connections, without the ones that it shares with run.
type connectionsFlags struct {
	runFlags
	losses                   []string
	width, frame             string
	frames                   int
	connections              int64
	background, held, bisect bool
}

func newConnectionsCommand() *cobra.Command {
	f := &connectionsFlags{}
	c := &cobra.Command{
		Use:   "connections FILE",
		Short: "Search for the most connections a second, and at a time, that a stateful firewall follows",
		Long: `connections searches for the highest rate of new connections that the stateful firewall of each placement follows without a failure,
and then opens connections until there is no room for another, as RFC 9411 asks of security devices in its sections 7.2 and 7.5.
Connections take the place of the scenario's traffic, or come beside it (--background). docs/throughput.md tells how.`,
		Example: `  dsnsim connections scenarios/slow-path.yaml
  dsnsim connections scenarios/slow-path.yaml --set dsn.upcall=pass --loss 0%,1% --bisect
  dsnsim connections scenarios/slow-path.yaml --background --frames 7 --concurrent=false --format csv`,
		Args: exactlyOneFile,
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		if c.Flags().Changed("seed") {
			f.sets = append(f.sets, fmt.Sprintf("run.seed=%d", f.seed))
		}
		return f.run(c, args[0])
	}
	f.register(c)
	return c
}

// register adds the flags.
func (f *connectionsFlags) register(c *cobra.Command) {
	flags := c.Flags()
	flags.StringSliceVar(&f.losses, "loss", []string{"0%"}, "shares of the connections that may fail, each a search; comma-separated")
	flags.StringVar(&f.width, "width", "0.05%", "how close the bounds of a search must be")
	flags.StringVar(&f.frame, "size", "64B", "size of a connection's frames with FCS")
	flags.IntVar(&f.frames, "frames", 6, "frames of a connection, those of both sides together (6: one that is opened and closed)")
	flags.Int64Var(&f.connections, "connections", 10_000, "connections that each server gets in a trial that counts")
	flags.BoolVar(&f.background, "background", false, "keep the scenario's own traffic beside the connections")
	flags.BoolVar(&f.held, "concurrent", true, "open connections until there is no room for another")
	flags.BoolVar(&f.bisect, "bisect", false, "also search by bisection, and tell its trials")
	flags.StringSliceVar(&f.placements, "placement", nil, "placements to run, comma-separated (default: those of the scenario)")
	flags.StringArrayVar(&f.sets, "set", nil, "override a value of the scenario: path=value, such as dsn.insertion=arm")
	flags.Uint64Var(&f.seed, "seed", 0, "override the scenario's seed")
	flags.IntVar(&f.jobs, "jobs", runtime.NumCPU(), "searches at the same time; never changes a result")
	flags.StringVar(&f.format, "format", "table", "format: "+strings.Join(reports.DocumentNames(true), ", "))
	flags.StringVarP(&f.output, "output", "o", "-", "write to a file, whole or not at all")
	f.inputs.add(flags)
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "no progress")
	flags.BoolVar(&f.noColor, "no-color", false, "no colour (as NO_COLOR does)")
}

// spec reads the flags.
func (f *connectionsFlags) spec() (spec experiments.ConnectionsSpec, err error) {
	if spec.Losses, err = shares("--loss", f.losses, 0, 0.5); err != nil {
		return spec, err
	}
	width, err := shares("--width", []string{f.width}, 0.0001, 0.2)
	if err != nil {
		return spec, err
	}
	size, err := units.ParseBytes(f.frame)
	if err != nil || size < traffic.MinFrame || size > traffic.MaxFrame {
		return spec, fmt.Errorf("--size: expected a size from %dB to %dB, got %q", traffic.MinFrame, traffic.MaxFrame, f.frame)
	}
	const mostFrames = 1000
	if f.frames < 1 || f.frames > mostFrames {
		return spec, fmt.Errorf("--frames is %d, want 1 to %d", f.frames, mostFrames)
	}
	const fewest, most = 500, 1_000_000
	if f.connections < fewest || f.connections > most {
		return spec, fmt.Errorf("--connections is %d, want %d to %d", f.connections, fewest, most)
	}
	spec.Width, spec.Frame, spec.Frames, spec.Connections = width[0], size, f.frames, f.connections
	spec.Background, spec.Held, spec.Bisect = f.background, f.held, f.bisect
	return spec, nil
}

func (f *connectionsFlags) run(c *cobra.Command, file string) error {
	if f.jobs < 1 {
		return usageError{fmt.Errorf("%s: --jobs is %d, want at least 1", c.CommandPath(), f.jobs)}
	}
	if !slices.Contains(reports.DocumentNames(true), f.format) {
		return usageError{fmt.Errorf("%s: --format %q is not known%s", c.CommandPath(), f.format, didYouMean(f.format, reports.DocumentNames(true)))}
	}
	spec, err := f.spec()
	if err != nil {
		return usageError{fmt.Errorf("%s: %w", c.CommandPath(), err)}
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
	var found []*result.Connections
	for i := 0; i < len(list) && err == nil; i++ {
		var x *result.Connections
		f.place(list[i], false)
		if x, err = f.search(c.Context(), list[i], spec, c.ErrOrStderr()); x == nil {
			return inputError(err)
		}
		x.Tool = tool()
		found = append(found, x)
	}
	if writeErr := writeOutput(c.OutOrStdout(), f.output, func(w io.Writer) error {
		return inTurn(w, len(found), func(i int) error {
			return reports.WriteDocument(w, f.format, experiments.ConnectionsDocument(found[i]), f.look(c.OutOrStdout()))
		})
	}); writeErr != nil {
		return writeErr
	}
	return err
}

// search searches. When it is interrupted, the report holds what was finished and the error is an interruptedError.
func (f *connectionsFlags) search(ctx context.Context, s *scenarios.Scenario, spec experiments.ConnectionsSpec, stderr io.Writer) (*result.Connections, error) {
	progress := newProgress(stderr, isTerminal(stderr), f.quiet)
	var finished, all atomic.Int64
	x, err := experiments.Connections(ctx, s, spec, run.Options{Jobs: f.jobs, Phase: progress.Phase, Progress: func(done, of int) {
		finished.Store(int64(done))
		all.Store(int64(of))
		progress.Update(done, of)
	}})
	progress.Done()
	if errors.Is(err, context.Canceled) {
		err = interruptedError{int(finished.Load()), int(all.Load())}
	}
	return x, err
}
