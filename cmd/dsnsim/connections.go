package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/dsnsim/dsnsim/cmd/dsnsim/exit"
	"github.com/dsnsim/dsnsim/reports"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/experiments"

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
Connections replace the scenario's traffic, or run beside it (--background). docs/throughput.md explains how.`,
		Example: `  dsnsim connections scenarios/slow-path.yaml
  dsnsim connections scenarios/slow-path.yaml --set dsn.upcall=pass --loss 0%,1% --bisect
  dsnsim connections scenarios/slow-path.yaml --background --frames 7 --concurrent=false --format csv`,
		Args: exactlyOneFile,
	}
	c.RunE = func(c *cobra.Command, args []string) error {
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
	f.add(flags, common{formats: reports.DocumentNames(true), jobs: "searches", example: "dsn.insertion=arm", force: "simulate"})
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
	if err := f.checkCommon(c); err != nil {
		return err
	}
	spec, err := f.spec()
	if err != nil {
		return exit.BadUsage(fmt.Errorf("%s: %w", c.CommandPath(), err))
	}
	return simulateEach(c, &f.runFlags, file, func(ctx context.Context, s *scenarios.Scenario, opt run.Options) (*experiments.ConnectionsReport, error) {
		return experiments.Connections(ctx, s, spec, opt)
	}, func(w io.Writer, x *experiments.ConnectionsReport) error {
		x.Tool = tool()
		return reports.WriteDocument(w, f.format, x.Document(), f.look(c.OutOrStdout()))
	})
}
