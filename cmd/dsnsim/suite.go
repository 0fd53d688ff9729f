package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/dsnsim/dsnsim/cmd/dsnsim/exit"
	"github.com/dsnsim/dsnsim/cmd/dsnsim/output"
	"github.com/dsnsim/dsnsim/internal/plain"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/reports"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/load"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/run"
)

// many reports whether the arguments ask for several scenarios: a folder does, even where it holds one.
func many(args []string) bool {
	if len(args) > 1 {
		return true
	}
	info, err := os.Stat(args[0])
	return err == nil && info.IsDir()
}

// ran is what became of one of several scenarios.
type ran struct {
	entry result.Entry
	code  int // the program's exit code, without expectations
	took  time.Duration
	crash error // with where it was; nil where there was none
}

// suite simulates several scenarios and reports on all of them, even if some fail.
func (f *runFlags) suite(c *cobra.Command, args []string) error {
	if err := f.refuseForMany(c); err != nil {
		return err
	}
	if err := f.inputs.open(c); err != nil {
		return err
	}
	found, err := load.Find(f.inputs.files, args)
	if err != nil {
		return exit.InvalidInput(err)
	}
	list, parts := f.loadFound(found, args)
	if err := f.refuseClash(c, append(found.Files, found.Alike...)); err != nil {
		return err
	}
	return f.runAndReport(c, list, append(found.Skipped, parts...))
}

// refuseForMany refuses flags that are for a single scenario.
func (f *runFlags) refuseForMany(c *cobra.Command) error {
	for _, flag := range []string{"trace-packet", "pcap-out"} {
		if c.Flags().Changed(flag) {
			return exit.BadUsage(fmt.Errorf("%s: --%s goes with one scenario; leave it out, or name one file, of whose matrix --set chooses the values", c.CommandPath(), flag))
		}
	}
	return nil
}

// runAndReport simulates what was loaded and writes the report of all, and what CI systems read.
func (f *runFlags) runAndReport(c *cobra.Command, loaded []loaded, skipped []string) error {
	began := time.Now()
	list := f.runAll(c.Context(), loaded, c.ErrOrStderr())
	suite := &result.Suite{Tool: tool(), Complete: c.Context().Err() == nil, Skipped: skipped, Began: began}
	for i := range list {
		suite.Entries = append(suite.Entries, list[i].entry)
		if f.ci.times {
			fmt.Fprintf(c.ErrOrStderr(), "dsnsim: %s took %.2f s\n", plain.Line(list[i].entry.Title()), list[i].took.Seconds())
		}
	}
	suite.Notes = f.ci.baseline.notRun(suite)
	f.ci.baseline.refuseNothingAtAll(suite)
	sideErr := f.ci.write(c.ErrOrStderr(), suite)
	err := output.Write(c.OutOrStdout(), f.output, func(w io.Writer) error {
		return reports.WriteSuite(w, f.format, suite, f.look(c.OutOrStdout()))
	})
	listed := f.format == "table" && f.output == "-"
	if err := errors.Join(err, sideErr); err != nil {
		return err
	}
	return verdictOf(suite, list, listed)
}

func tool() result.Tool { return result.Tool{Version: version, Revision: revision()} }

// loaded is one scenario of a file, or why the file has none.
type loaded struct {
	file     string
	scenario *scenarios.Scenario
	err      error
}

// loadFound reads what folders hold. A file that looks like a scenario without a version is a part where another extends it; else it
// is a mistake, which loading it tells.
func (f *runFlags) loadFound(found load.Found, args []string) (list []loaded, parts []string) {
	list = f.load(found.Files, args)
	var wrong []string
	for _, path := range found.Alike {
		if slices.ContainsFunc(f.inputs.named, func(other string) bool { return identify(other).same(identify(path)) }) {
			parts = append(parts, path)
		} else {
			wrong = append(wrong, path)
		}
	}
	return append(list, f.load(wrong, args)...), parts
}

// load reads files; those that are not named by the command line are of a folder. A matrix makes several scenarios of one.
func (f *runFlags) load(files, args []string) (list []loaded) {
	for _, file := range files {
		l := f.inputs.loader()
		l.Strict = !slices.Contains(args, file)
		variants, err := l.All(file, f.sets)
		if err != nil {
			list = append(list, loaded{file: file, err: err})
		}
		for _, s := range variants {
			list = append(list, loaded{file: file, scenario: s})
		}
	}
	return list
}

// runAll simulates every scenario, as many at the same time as there are jobs; the simulations of all of them share one pool.
// The result is in the order of the scenarios.
func (f *runFlags) runAll(ctx context.Context, files []loaded, stderr io.Writer) []ran {
	progress := output.NewProgress(stderr, output.IsTerminal(stderr), f.quiet)
	defer progress.Done()
	pool := run.NewPool(f.jobs)
	list := make([]ran, len(files))
	var done atomic.Int64
	progress.Phase(fmt.Sprintf("0 of %d scenarios", len(files)))
	_ = run.Each(context.WithoutCancel(ctx), f.jobs, len(files), func(_ context.Context, i int) error {
		list[i] = f.runFile(ctx, files[i], pool) // also of those that an interrupt left out
		if list[i].crash != nil {
			exit.Explain(stderr, list[i].crash, release())
		}
		progress.Phase(fmt.Sprintf("%d of %d scenarios", done.Add(1), len(files)))
		return nil
	})
	return list
}

// runFile simulates one of several scenarios.
func (f *runFlags) runFile(ctx context.Context, in loaded, pool *run.Pool) ran {
	if ctx.Err() != nil {
		return ran{entry: in.entry(nil, errors.New("interrupted before it began")), code: exit.Interrupted}
	}
	begin := time.Now()
	var report *result.Report
	err := recovered(func() (err error) {
		report, err = f.simulateOne(ctx, in, pool)
		return err
	})
	var crash *run.Crash
	if errors.As(err, &crash) && crash.Scenario == "" {
		crash.File = in.file
	}
	if report == nil {
		err = inputError(err)
	}
	if err == nil {
		err = f.ci.baseline.compare(report)
	}
	if errors.Is(err, context.Canceled) {
		return ran{entry: in.entry(report, errors.New("interrupted; what is here was finished")), code: exit.Interrupted}
	}
	took := time.Since(begin)
	entry := in.entry(report, err)
	entry.Took = took
	out := ran{entry: entry, code: exit.Code(err), took: took}
	if crash != nil {
		out.crash = crash
	}
	return out
}

func (f *runFlags) simulateOne(ctx context.Context, in loaded, pool *run.Pool) (*result.Report, error) {
	if in.err != nil {
		return nil, in.err
	}
	f.place(in.scenario, false)
	if err := f.ci.baseline.accepts(in.scenario); err != nil {
		return nil, err
	}
	report, _, err := run.Scenario(ctx, in.scenario, run.Options{Jobs: f.jobs, Force: f.force, Pool: pool, TraceSeq: -1, Stepwise: f.stepwise})
	if report != nil {
		report.Tool = tool()
		f.allow(report)
	}
	return report, err
}

// entry is what became of the scenario.
func (in loaded) entry(report *result.Report, err error) result.Entry {
	e := entryOf(in.file, report, err)
	if in.scenario != nil {
		e.Variant = in.scenario.Variant
	}
	return e
}

// suiteOf is the suite of a single scenario; err is what its run ended with.
func suiteOf(file string, report *result.Report, err error, began time.Time) *result.Suite {
	var failed exit.ExpectationError
	var worse exit.RegressionError
	var nothing exit.NothingError
	if errors.As(err, &failed) || errors.As(err, &worse) || errors.As(err, &nothing) {
		err = nil
	}
	s := &result.Suite{Tool: tool(), Complete: !errors.Is(err, context.Canceled), Entries: []result.Entry{entryOf(file, report, err)}, Began: began}
	s.Entries[0].Took = time.Since(began)
	s.Judge()
	return s
}

// entryOf tells the faults of an error apart.
func entryOf(file string, report *result.Report, err error) result.Entry {
	e := result.Entry{File: file, Report: report, Faults: []result.Fault{}}
	var faults strict.Errors
	var fault strict.Error
	switch {
	case err == nil:
	case errors.As(err, &faults):
		for _, one := range faults {
			e.Faults = append(e.Faults, result.Fault{File: one.File, Line: one.Line, Col: one.Col, Text: one.Msg})
		}
	case errors.As(err, &fault):
		e.Faults = append(e.Faults, result.Fault{File: fault.File, Line: fault.Line, Col: fault.Col, Text: fault.Msg})
	default:
		e.Faults = append(e.Faults, result.Fault{File: file, Text: strings.TrimPrefix(err.Error(), "scenario "+file+": ")})
	}
	return e
}

// verdictOf is what the program says at last: each fault, as of a single scenario; what else is not as it should be, where the
// report on standard output does not list it; and how many scenarios came to what.
func verdictOf(s *result.Suite, list []ran, listed bool) error {
	out := exit.SuiteError{}
	var lines []string
	for i := range s.Entries {
		e := &s.Entries[i]
		code := list[i].code
		if code == exit.OK && e.Verdict == result.Failed {
			code = exit.Unexpected
		}
		if gravity(code) > gravity(out.Code) {
			out.Code = code
		}
		for _, p := range reports.Problems(e) {
			switch {
			case p.Expectation == "":
				lines = append(lines, p.At()+p.Text)
			case p.Bad && !listed:
				lines = append(lines, p.At()+strings.Replace(p.Text, "fails: ", "expectation fails: ", 1))
			}
		}
	}
	if out.Code == exit.OK {
		return nil
	}
	out.Text = strings.Join(append(lines, "dsnsim: "+reports.Total(s)), "\n")
	return out
}

// gravity orders exit codes: an interrupted or broken run says less than a scenario that is invalid, and that one less than
// an expectation that fails.
func gravity(code int) int {
	for i, c := range []int{exit.OK, exit.Unexpected, exit.Invalid, exit.Failed, exit.Interrupted} {
		if c == code {
			return i
		}
	}
	return len("any other")
}
