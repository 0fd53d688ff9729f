package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/dsnsim/dsnsim/cmd/dsnsim/exit"
	"github.com/dsnsim/dsnsim/cmd/dsnsim/output"
	"github.com/dsnsim/dsnsim/reports"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/expect"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/run"
	"github.com/dsnsim/dsnsim/scenarios/trial"
)

// runFlags are the flags of the commands that simulate.
type runFlags struct {
	placements []string
	sets       []string
	seed       uint64
	jobs       int
	format     string
	output     string
	quiet      bool
	noColor    bool
	trace      int64
	stepwise   bool
	pcap       pcapFlags
	why        whyFlag
	ci         ciFlags
	inputs     inputFlags
	force      bool
	formats    []string // that --format takes
	// allowUndecided lets an expectation pass that nothing decides.
	allowUndecided bool
}

func newRunCommand() *cobra.Command {
	return simulating(&cobra.Command{
		Use:   "run FILE|DIR...",
		Short: "Simulate a scenario, or several and say which are as expected",
		Long: `run simulates one scenario and reports all of it; or several, those of folders with them, at the same time, and reports
which are as they expect themselves to be. docs/ci.md says how to use that in CI.`,
		Example: `  dsnsim run scenarios/quickstart.yaml
  dsnsim run scenarios/quickstart.yaml --placement nic,tor --format csv -o out.csv
  dsnsim run scenarios/quickstart.yaml --set traffic.0.pcap=scenarios/captures/mix.pcap --format json
  dsnsim run scenarios/quickstart.yaml --placement nic --trace-packet 7
  dsnsim run scenarios/quickstart.yaml --placement nic --pcap-out captures
  dsnsim run scenarios --placement nic --set run.duration=50us --set run.warmup=5us --set expect=[] --junit junit.xml`,
	}, false)
}

func newCompareCommand() *cobra.Command {
	return simulating(&cobra.Command{
		Use:   "compare FILE",
		Short: "Simulate a scenario in all five placements, side by side, and derive Table 9-1",
		Example: `  dsnsim compare scenarios/quickstart.yaml
  dsnsim compare scenarios/quickstart.yaml --set run.replications=10
  dsnsim compare scenarios/quickstart.yaml --why performance/tor`,
	}, true)
}

// simulating adds what run and compare share. all runs every placement, whatever the scenario lists.
func simulating(c *cobra.Command, all bool) *cobra.Command {
	f := &runFlags{}
	flags := c.Flags()
	f.add(flags, common{formats: reports.Names(), jobs: "simulations", example: "traffic.0.load=60%", force: "simulate"})
	flags.Int64Var(&f.trace, "trace-packet", -1, "print the way of packet N of each source, from 0, instead of a report")
	f.pcap.add(flags)
	if all {
		f.why.add(flags)
	}
	flags.BoolVar(&f.allowUndecided, "allow-undecided", false, "do not fail for an expectation that the run leaves undecided; the report says so")
	flags.BoolVar(&f.stepwise, "step-by-step", false, "make every hop an event; slower, the same result (a check of the engine)")
	c.Args = exactlyOneFile
	if !all {
		f.ci.add(flags)
		c.Args = atLeastOneFile
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		return f.simulate(c, args, all)
	}
	return c
}

func atLeastOneFile(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return exactlyOneFile(c, args)
	}
	return nil
}

func exactlyOneFile(c *cobra.Command, args []string) error {
	if len(args) != 1 {
		got := ""
		if len(args) > 0 {
			got = fmt.Sprintf("got %d: %s; ", len(args), strings.Join(args, ", "))
		}
		return exit.BadUsage(fmt.Errorf("%s: need one scenario file; %sfor example %s scenarios/quickstart.yaml", c.CommandPath(), got, c.CommandPath()))
	}
	return nil
}

// check refuses flag values that are impossible.
func (f *runFlags) check(c *cobra.Command) error {
	if err := f.checkCommon(c); err != nil {
		return err
	}
	if c.Flags().Changed("trace-packet") && f.trace < 0 {
		return exit.BadUsage(fmt.Errorf("%s: --trace-packet is %d, want a packet's number from 0", c.CommandPath(), f.trace))
	}
	if f.trace >= 0 && f.format != reports.Names()[0] {
		return exit.BadUsage(fmt.Errorf("%s: --trace-packet prints text; leave out --format %s", c.CommandPath(), f.format))
	}
	return f.why.check(c, f)
}

func (f *runFlags) simulate(c *cobra.Command, args []string, all bool) error {
	if err := f.check(c); err != nil {
		return err
	}
	if err := f.pcap.check(c); err != nil {
		return err
	}
	if !all { // compare has none of these flags
		if err := f.ci.check(c); err != nil {
			return err
		}
	}
	if !all && many(args) {
		return f.suite(c, args)
	}
	began := time.Now()
	list, err := f.loadAll(c, args[0])
	if len(list) > 1 {
		return f.variants(c, args[0], list, all)
	}
	var report *result.Report
	if err == nil {
		report, err = f.one(c, list[0], all, began)
	} else {
		err = inputError(err)
	}
	var usage exit.UsageError
	if errors.As(err, &usage) {
		return err
	}
	return errors.Join(err, f.ci.write(c.ErrOrStderr(), suiteOf(args[0], report, err, began)))
}

// one simulates a single scenario and writes all of its report, which it returns as far as there is one.
func (f *runFlags) one(c *cobra.Command, s *scenarios.Scenario, all bool, began time.Time) (*result.Report, error) {
	f.place(s, all)
	if err := f.ci.baseline.accepts(s); err != nil {
		return nil, err
	}
	if err := f.pcap.begin(s.Placements); err != nil {
		return nil, err
	}
	defer f.pcap.end()
	report, traces, err := f.run(c.Context(), s, c.ErrOrStderr(), all)
	if report == nil {
		return nil, inputError(err)
	}
	report.Tool = result.Tool{Version: version, Revision: revision()}
	f.allow(report)
	if err == nil && f.trace >= 0 && len(traces) == 0 {
		return nil, exit.BadUsage(fmt.Errorf("%s: --trace-packet %d: no source sent that many packets", c.CommandPath(), f.trace))
	}
	if err == nil {
		if err := f.ci.baseline.compare(report); err != nil {
			return nil, err
		}
		f.ci.baseline.refuseNothing(report)
	}
	if writeErr := f.write(c.OutOrStdout(), report, traces, began); writeErr != nil {
		return report, writeErr
	}
	if writeErr := f.pcap.write(s); writeErr != nil {
		return report, writeErr
	}
	if err == nil {
		err = unwelcome(report)
	}
	return report, err
}

// unwelcome is what a run that went well found and should not have: expectations that fail, figures that got worse.
func unwelcome(r *result.Report) error {
	var errs []error
	if failed := failures(r); len(failed) > 0 {
		errs = append(errs, failed)
	}
	if r.Baseline != nil && r.Baseline.Nothing != "" {
		errs = append(errs, exit.NothingError(r.Baseline.Nothing))
	}
	if r.Baseline != nil && len(r.Baseline.Regressions) > 0 {
		errs = append(errs, exit.RegressionError{Scenario: false, List: r.Baseline.Regressions})
	}
	return errors.Join(errs...)
}

// place gives a scenario the placements that the command line asks for.
func (f *runFlags) place(s *scenarios.Scenario, all bool) {
	switch {
	case len(f.placements) > 0:
		s.Choose(f.placements)
	case all:
		s.Placements = scenarios.AllPlacements()
	}
}

// run simulates. When it is interrupted, the report holds what was finished and the error is an interruptedError.
func (f *runFlags) run(ctx context.Context, s *scenarios.Scenario, stderr io.Writer, table91 bool) (*result.Report, []run.Trace, error) {
	progress := output.NewProgress(stderr, output.IsTerminal(stderr), f.quiet)
	var finished, all atomic.Int64
	count := func(done, of int) {
		finished.Add(1)
		all.Store(int64(of))
		progress.Update(done, of)
	}
	report, traces, err := run.Scenario(ctx, s, run.Options{Jobs: f.jobs, Force: f.force, TraceSeq: f.trace, Stepwise: f.stepwise, Progress: count,
		Phase: progress.Phase, Taps: f.pcap.taps, Table91: table91})
	progress.Done()
	if errors.Is(err, context.Canceled) {
		err = exit.InterruptedError{Done: int(finished.Load()), All: int(all.Load())}
	}
	return report, traces, err
}

func (f *runFlags) write(stdout io.Writer, report *result.Report, traces []run.Trace, began time.Time) error {
	return output.Write(stdout, f.output, func(w io.Writer) error {
		if f.trace >= 0 {
			return writeTraces(w, report, traces)
		}
		if f.why.asked != nil {
			return reports.WriteWhy(w, report, *f.why.asked, f.look(stdout))
		}
		look := f.look(stdout)
		look.Began, look.Took = began, time.Since(began)
		return reports.Write(w, f.format, report, look)
	})
}

// look is how a report for people looks; one in a file must not depend on the terminal that it was made at.
func (f *runFlags) look(stdout io.Writer) reports.Options {
	if f.output != "-" || !output.IsTerminal(stdout) {
		return reports.Options{}
	}
	return reports.Options{Width: output.Width(stdout), Color: !f.noColor && os.Getenv("NO_COLOR") == ""}
}

// allow marks a report whose undecided expectations are no failure, where there are any.
func (f *runFlags) allow(r *result.Report) {
	if n := result.CountVerdicts(r.Expectations).Undecided; f.allowUndecided && n > 0 {
		r.AllowUndecided = true
		r.Notes = append(r.Notes, fmt.Sprintf("%d of the %d expectations are undecided, and pass since --allow-undecided says so", n, len(r.Expectations)))
	}
}

// failures are the expectations that fail, and those that are undecided unless that is allowed.
func failures(r *result.Report) exit.ExpectationError {
	var failed exit.ExpectationError
	for _, e := range r.Expectations {
		if e.Verdict == expect.Fails || e.Verdict == expect.Undecided && !e.LeftOut && !r.AllowUndecided {
			failed = append(failed, e)
		}
	}
	return failed
}

// inputError marks an error that comes from reading an input as such; a run's own error stays what it is.
func inputError(err error) error {
	var crash *run.Crash
	if exit.Code(err) != exit.Failed || errors.Is(err, trial.ErrBalance) || errors.Is(err, trial.ErrLittle) || errors.Is(err, run.ErrMemory) || errors.As(err, &crash) {
		return err
	}
	return exit.InvalidInput(err)
}
