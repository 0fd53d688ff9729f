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

// defaultFrames are those of RFC 2544, section 9.1, with an IMIX and jumbo frames.
var defaultFrames = []string{"64", "128", "256", "512", "1024", "1280", "1518", "imix", "9018"}

// throughputFlags are those of dsnsim throughput beside the ones that it shares with run.
type throughputFlags struct {
	runFlags
	frames, losses, curve             []string
	width                             string
	packets                           int64
	bisect, lossCurve, burst, recover bool
}

func newThroughputCommand() *cobra.Command {
	f := &throughputFlags{}
	c := &cobra.Command{
		Use:   "throughput FILE",
		Short: "Search for the highest load of each placement and frame size that loses nothing, or next to nothing",
		Long: `throughput searches as RFC 2544 asks, by the ideas of Multiple Loss Ratio search: for each placement and frame size it finds the
highest load without loss (NDR) and the highest with a little (PDR), by trials that grow longer as the range gets narrower, and
the latency at shares of the first. The scenario's traffic entries keep their proportions and directions; their packets are
replaced by frames of the size in equal gaps, unless --sizes scenario keeps them. docs/throughput.md tells how and how exactly.`,
		Example: `  dsnsim throughput scenarios/quickstart.yaml --placement nic,tor --sizes 64,imix,1518
  dsnsim throughput scenarios/quickstart.yaml --placement nic --sizes 256 --loss 0%,0.1%,1% --bisect
  dsnsim throughput scenarios/quickstart.yaml --placement bump-in-the-wire --sizes 400 --latency 10%,50%,90%,95%,99%,100% --format csv
  dsnsim throughput scenarios/quickstart.yaml --placement tor --sizes 512 --frame-loss --back-to-back --recovery`,
		Args: exactlyOneFile,
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		if c.Flags().Changed("seed") {
			f.sets = append(f.sets, fmt.Sprintf("run.seed=%d", f.seed))
		}
		return f.throughput(c, args[0])
	}
	f.register(c)
	return c
}

// register adds the flags.
func (f *throughputFlags) register(c *cobra.Command) {
	flags := c.Flags()
	flags.StringSliceVar(&f.frames, "sizes", defaultFrames, "frame sizes with FCS, imix, genomes of RFC 6985, or scenario for its own packets; comma-separated")
	flags.StringSliceVar(&f.losses, "loss", []string{"0%", "0.5%"}, "shares that may be lost, each a search; comma-separated")
	flags.StringSliceVar(&f.curve, "latency", []string{"10%", "50%", "90%"}, "shares of the load without loss at which latency is measured; comma-separated, none for none")
	flags.StringVar(&f.width, "width", "0.05%", "how close the bounds of a search must be")
	flags.Int64Var(&f.packets, "packets", 20_000, "packets that a server's link carries in a trial that counts")
	flags.BoolVar(&f.bisect, "bisect", false, "also search by bisection, and tell its trials")
	flags.BoolVar(&f.lossCurve, "frame-loss", false, "loss from 100% of the link downwards (RFC 2544, 26.3)")
	flags.BoolVar(&f.burst, "back-to-back", false, "the longest burst without loss (RFC 2544, 26.4)")
	flags.BoolVar(&f.recover, "recovery", false, "how long losses go on after an overload (RFC 2544, 26.5)")
	flags.StringSliceVar(&f.placements, "placement", nil, "placements to run, comma-separated (default: those of the scenario)")
	flags.StringArrayVar(&f.sets, "set", nil, "override a value of the scenario: path=value, such as rack.server.nic.rate=100Gbps")
	flags.Uint64Var(&f.seed, "seed", 0, "override the scenario's seed")
	flags.IntVar(&f.jobs, "jobs", runtime.NumCPU(), "searches at the same time; never changes a result")
	flags.StringVar(&f.format, "format", "table", "format: "+strings.Join(reports.ThroughputNames(), ", "))
	flags.StringVarP(&f.output, "output", "o", "-", "write to a file, whole or not at all")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "no progress")
	flags.BoolVar(&f.noColor, "no-color", false, "no colour (as NO_COLOR does)")
}

// spec reads the flags.
func (f *throughputFlags) spec() (spec run.ThroughputSpec, err error) {
	for _, text := range f.frames {
		frames := run.Frames{Name: strings.TrimSpace(text)}
		if frames.Name != "scenario" {
			if frames.Sizes, frames.Ordered, err = scenarios.ParseSizes(frames.Name); err != nil {
				return spec, fmt.Errorf("--sizes: %w", err)
			}
		}
		spec.Frames = append(spec.Frames, frames)
	}
	if spec.Losses, err = shares("--loss", f.losses, 0, 0.5); err != nil {
		return spec, err
	}
	if !slices.Equal(f.curve, []string{"none"}) {
		if spec.Shares, err = shares("--latency", f.curve, 0.001, 1); err != nil {
			return spec, err
		}
	}
	width, err := shares("--width", []string{f.width}, 0.0001, 0.2)
	if err != nil {
		return spec, err
	}
	const fewest, most = 1000, 10_000_000
	if f.packets < fewest || f.packets > most {
		return spec, fmt.Errorf("--packets is %d, want %d to %d", f.packets, fewest, most)
	}
	spec.Width, spec.Packets = width[0], f.packets
	spec.Bisect, spec.LossCurve, spec.Burst, spec.Recovery = f.bisect, f.lossCurve, f.burst, f.recover
	return spec, nil
}

// shares reads shares in % that rise.
func shares(flag string, texts []string, least, most float64) ([]float64, error) {
	var list []float64
	for _, text := range texts {
		r, err := units.ParseRatio(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", flag, err)
		}
		share := float64(r) / float64(units.Whole)
		if share < least || share > most {
			return nil, fmt.Errorf("%s: expected shares from %v%% to %v%%, got %s", flag, 100*least, 100*most, text)
		}
		if len(list) > 0 && share <= list[len(list)-1] {
			return nil, fmt.Errorf("%s: expected shares that rise, got %s", flag, strings.Join(texts, ", "))
		}
		list = append(list, share)
	}
	return list, nil
}

func (f *throughputFlags) throughput(c *cobra.Command, file string) error {
	if f.jobs < 1 {
		return usageError{fmt.Errorf("%s: --jobs is %d, want at least 1", c.CommandPath(), f.jobs)}
	}
	if !slices.Contains(reports.ThroughputNames(), f.format) {
		return usageError{fmt.Errorf("%s: --format %q is not known%s", c.CommandPath(), f.format, didYouMean(f.format, reports.ThroughputNames()))}
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
	s, err := scenarios.LoadFile(file, f.sets)
	if err != nil {
		return inputError(err)
	}
	if len(f.placements) > 0 {
		s.Placements = f.placements
	}
	x, err := f.search(c.Context(), s, spec, c.ErrOrStderr())
	if x == nil {
		return inputError(err)
	}
	x.Tool = result.Tool{Version: version, Revision: revision()}
	if writeErr := writeOutput(c.OutOrStdout(), f.output, func(w io.Writer) error {
		return reports.WriteThroughput(w, f.format, x, f.look(c.OutOrStdout()))
	}); writeErr != nil {
		return writeErr
	}
	return err
}

// search searches. When it is interrupted, the report holds what was finished and the error is an interruptedError.
func (f *throughputFlags) search(ctx context.Context, s *scenarios.Scenario, spec run.ThroughputSpec, stderr io.Writer) (*result.Throughput, error) {
	progress := newProgress(stderr, isTerminal(stderr), f.quiet)
	var finished, all atomic.Int64
	x, err := run.Throughput(ctx, s, spec, run.Options{Jobs: f.jobs, Phase: progress.Phase, Progress: func(done, of int) {
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
