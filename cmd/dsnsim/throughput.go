package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dsnsim/dsnsim/cmd/dsnsim/exit"
	"github.com/dsnsim/dsnsim/reports"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/demand"
	"github.com/dsnsim/dsnsim/scenarios/experiments"

	"github.com/dsnsim/dsnsim/scenarios/run"
	"github.com/dsnsim/dsnsim/sim/units"
)

// defaultFrames are the frame sizes of RFC 2544, section 9.1, with an IMIX and jumbo frames.
var defaultFrames = []string{"64", "128", "256", "512", "1024", "1280", "1518", "imix", "9018"}

// hockeyStick is loads at which latency against load shows its bend.
var hockeyStick = []string{"10%", "20%", "30%", "40%", "50%", "60%", "70%", "80%", "90%", "95%", "98%", "99%", "99.5%", "100%"}

// throughputFlags are the flags of dsnsim throughput, without the ones that it shares with run.
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
replaced by frames of the size in equal gaps, unless --sizes scenario keeps them. docs/throughput.md explains how, and how exactly.`,
		Example: `  dsnsim throughput scenarios/quickstart.yaml --placement nic,tor --sizes 64,imix,1518
  dsnsim throughput scenarios/quickstart.yaml --placement nic --sizes 256 --loss 0%,0.1%,1% --bisect
  dsnsim throughput scenarios/quickstart.yaml --placement bump-in-the-wire --sizes 400 --latency 10%,50%,90%,95%,99%,100% --format csv
  dsnsim throughput scenarios/quickstart.yaml --placement tor --sizes 512 --frame-loss --back-to-back --recovery`,
		Args: exactlyOneFile,
	}
	f.register(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := f.checkCommon(c); err != nil {
			return err
		}
		spec, err := f.spec()
		if err != nil {
			return exit.BadUsage(fmt.Errorf("%s: %w", c.CommandPath(), err))
		}
		return simulateEach(c, &f.runFlags, args[0], func(ctx context.Context, s *scenarios.Scenario, opt run.Options) (*experiments.ThroughputReport, error) {
			return experiments.Throughput(ctx, s, spec, opt)
		}, func(w io.Writer, x *experiments.ThroughputReport) error {
			x.Tool = tool()
			return reports.WriteDocument(w, f.format, x.Document(), f.look(c.OutOrStdout()))
		})
	}
	return c
}

// register adds the flags.
func (f *throughputFlags) register(c *cobra.Command) {
	flags := c.Flags()
	flags.StringSliceVar(&f.frames, "sizes", defaultFrames, "frame sizes with FCS, imix, genomes of RFC 6985, or scenario for its own packets; comma-separated")
	flags.StringSliceVar(&f.losses, "loss", []string{"0%", "0.5%"}, "shares that may be lost, each a search; comma-separated")
	flags.StringSliceVar(&f.curve, "latency", []string{"10%", "50%", "90%"}, "shares of the load without loss at which latency is measured; comma-separated, none for none, curve for a row that is densest at the end")
	flags.StringVar(&f.width, "width", "0.05%", "how close the bounds of a search must be")
	flags.Int64Var(&f.packets, "packets", 20_000, "packets that a server's link carries in a trial that counts")
	flags.BoolVar(&f.bisect, "bisect", false, "also search by bisection, and tell its trials")
	flags.BoolVar(&f.lossCurve, "frame-loss", false, "loss from 100% of the link downwards (RFC 2544, 26.3)")
	flags.BoolVar(&f.burst, "back-to-back", false, "the longest burst without loss (RFC 2544, 26.4)")
	flags.BoolVar(&f.recover, "recovery", false, "how long losses go on after an overload (RFC 2544, 26.5)")
	f.add(c.Flags(), common{formats: reports.DocumentNames(true), jobs: "searches", example: "rack.server.nic.rate=100Gbps", force: "simulate"})
}

// spec reads the flags.
func (f *throughputFlags) spec() (spec experiments.ThroughputSpec, err error) {
	for _, text := range f.frames {
		frames := experiments.Frames{Name: strings.TrimSpace(text)}
		if frames.Name != "scenario" {
			if frames.Sizes, frames.Ordered, err = demand.ParseSizes(frames.Name); err != nil {
				return spec, fmt.Errorf("--sizes: %w", err)
			}
		}
		spec.Frames = append(spec.Frames, frames)
	}
	if spec.Losses, err = shares("--loss", f.losses, 0, 0.5); err != nil {
		return spec, err
	}
	if slices.Equal(f.curve, []string{"curve"}) {
		f.curve = hockeyStick
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
