package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dsnsim/dsnsim/cmd/dsnsim/exit"
	"github.com/dsnsim/dsnsim/cmd/dsnsim/output"
	"github.com/dsnsim/dsnsim/reports"
	"github.com/dsnsim/dsnsim/reports/diff"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// policyFlags say which changes count.
type policyFlags struct {
	tolerances []string
	confidence float64
	incomplete bool
	policy     diff.Policy
}

func (f *policyFlags) add(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.tolerances, "tolerance", nil, "how far a figure may move: 2%, or of one metric or family latency.p99=5%, latency=200ns (repeatable; default 1%)")
	flags.Float64Var(&f.confidence, "confidence", 0.95, "how sure it must be that a change is not of chance")
	flags.BoolVar(&f.incomplete, "incomplete", false, "compare reports of interrupted runs too")
}

// check refuses flag values that are impossible.
func (f *policyFlags) check(c *cobra.Command) error {
	f.policy = diff.Policy{Confidence: f.confidence, Incomplete: f.incomplete}
	for _, text := range f.tolerances {
		t, err := diff.ParseTolerance(text)
		if err != nil {
			return exit.BadUsage(fmt.Errorf("%s: --tolerance %s: %w", c.CommandPath(), text, err))
		}
		f.policy.Tolerances = append(f.policy.Tolerances, t)
	}
	if !(f.confidence > 0 && f.confidence < 1) {
		return exit.BadUsage(fmt.Errorf("%s: --confidence is %v, want more than 0 and less than 1, such as 0.99", c.CommandPath(), f.confidence))
	}
	return nil
}

func newDiffCommand() *cobra.Command {
	policy, f := &policyFlags{}, &runFlags{}
	c := &cobra.Command{
		Use: "diff OLD NEW", Short: "Say what is worse than in an earlier report, beyond tolerance and noise",
		Long: `diff compares the figures of reports that run or compare wrote as JSON or CSV. A change counts when it is beyond the tolerance and
beyond noise, which is judged by the replications of both (Welch's t-test). Whether it is for the better is in "dsnsim metrics".
It exits with 99 when some figure got worse. docs/ci.md has the rules.`,
		Example: `  dsnsim diff main.json branch.json
  dsnsim diff main.json branch.json --tolerance 2% --tolerance latency.p99=5%`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 2 {
				return exit.BadUsage(fmt.Errorf("%s: need two reports, the earlier one first; got %d; for example %s main.json branch.json", c.CommandPath(), len(args), c.CommandPath()))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error { return f.diff(c, args[0], args[1], policy) },
	}
	flags := c.Flags()
	policy.add(flags)
	flags.StringVar(&f.format, "format", "table", "report format: "+strings.Join(reports.DiffNames(), ", "))
	flags.StringVarP(&f.output, "output", "o", "-", "write the report to a file, whole or not at all")
	flags.BoolVar(&f.noColor, "no-color", false, "no colour (as NO_COLOR does)")
	return c
}

func (f *runFlags) diff(c *cobra.Command, from, to string, policy *policyFlags) error {
	if err := policy.check(c); err != nil {
		return err
	}
	if !slices.Contains(reports.DiffNames(), f.format) {
		return exit.BadUsage(fmt.Errorf("%s: --format %q is not known%s", c.CommandPath(), f.format, didYouMean(f.format, reports.DiffNames())))
	}
	if err := output.Check(f.output); err != nil {
		return err
	}
	if err := refuseClash(f.targets(), []string{from, to}); err != nil {
		return exit.BadUsage(fmt.Errorf("%s: %w", c.CommandPath(), err))
	}
	was, err := diff.ReadFile(from)
	is, errNew := diff.ReadFile(to)
	if err := errors.Join(err, errNew); err != nil {
		return exit.InvalidInput(err)
	}
	d, err := diff.Compare(was, is, policy.policy)
	if err != nil {
		return exit.InvalidInput(err)
	}
	if d.Compared == 0 {
		d.Nothing = fmt.Sprintf("nothing compared: %s and %s have no figure in common", from, to)
	}
	if err := output.Write(c.OutOrStdout(), f.output, func(w io.Writer) error {
		return reports.WriteDiff(w, f.format, d, f.look(c.OutOrStdout()))
	}); err != nil {
		return err
	}
	if d.Nothing != "" {
		return exit.NothingError(d.Nothing)
	}
	if len(d.Regressions) > 0 {
		return exit.RegressionError{Scenario: true, List: d.Regressions}
	}
	return nil
}

// baselineFlags compare a run with an earlier one.
type baselineFlags struct {
	policyFlags
	file    string
	changed bool
	set     diff.Set
}

func (f *baselineFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.file, "baseline", "", "an earlier report, as JSON or CSV: what is worse than there fails, as in dsnsim diff")
	flags.BoolVar(&f.changed, "baseline-changed", false, "compare with a baseline of another version of the scenario too")
	f.policyFlags.add(flags)
}

// check reads the baseline, before a long run.
func (f *baselineFlags) check(c *cobra.Command) error {
	if err := f.policyFlags.check(c); err != nil {
		return err
	}
	if !c.Flags().Changed("baseline") {
		for _, flag := range []string{"tolerance", "confidence", "incomplete", "baseline-changed"} {
			if c.Flags().Changed(flag) {
				return exit.BadUsage(fmt.Errorf("%s: --%s needs --baseline, the report to compare with", c.CommandPath(), flag))
			}
		}
		return nil
	}
	set, err := diff.ReadFile(f.file)
	if err != nil {
		return exit.InvalidInput(err)
	}
	f.set = set
	return nil
}

// accepts refuses a scenario that the baseline is of another version of, before it is simulated.
func (f *baselineFlags) accepts(s *scenarios.Scenario) error {
	if f.file == "" || f.changed {
		return nil
	}
	was, err := f.of(s.Name, s.File)
	if err != nil || len(was.Reports) == 0 {
		return err
	}
	if old := was.Reports[0].Scenario.SHA256; old != "" && old != s.SHA256 {
		return exit.InvalidInput(fmt.Errorf("baseline %s is of another version of scenario %s (sha256 %.12s, now %.12s): write it again, or compare all the same with --baseline-changed",
			f.file, s.Name, old, s.SHA256))
	}
	return nil
}

func (f *baselineFlags) of(name, file string) (diff.Set, error) {
	was, err := f.set.Of(name, file)
	if err != nil {
		return was, exit.InvalidInput(err)
	}
	return was, nil
}

// compare puts what changed into the report. A scenario that the baseline has not is new, which is no fault where others are compared.
func (f *baselineFlags) compare(r *result.Report) error {
	if f.file == "" {
		return nil
	}
	was, err := f.of(r.Scenario.Name, r.Scenario.File)
	if err != nil {
		return err
	}
	r.Baseline, err = diff.Compare(was, diff.Set{Name: "now", Reports: []*result.Report{r}}, f.policy)
	if err != nil {
		return exit.InvalidInput(err)
	}
	if len(was.Reports) == 0 {
		r.Baseline.Added = []result.Figure{}
		r.Baseline.Notes = append(r.Baseline.Notes, fmt.Sprintf("%s has no scenario %s: it is new, and nothing is compared", f.file, r.Scenario.Name))
	}
	return nil
}

// refuseNothing makes a comparison fail that compares nothing: a gate must not be green by mistake.
func (f *baselineFlags) refuseNothing(r *result.Report) {
	if d := r.Baseline; d != nil && d.Compared == 0 {
		d.Nothing = fmt.Sprintf("nothing compared: baseline %s has no figure of scenario %s; write it again, or leave out --baseline", f.file, r.Scenario.Name)
		if len(f.set.Reports) > 0 {
			d.Nothing += " (it has " + f.has() + ")"
		}
	}
}

// refuseNothingAtAll does so where none of several scenarios has a figure in the baseline.
func (f *baselineFlags) refuseNothingAtAll(s *result.Suite) {
	compared := func(e result.Entry) bool {
		return e.Report != nil && e.Report.Baseline != nil && e.Report.Baseline.Compared > 0
	}
	if f.file == "" || slices.ContainsFunc(s.Entries, compared) {
		return
	}
	for i := range s.Entries {
		if r := s.Entries[i].Report; r != nil {
			f.refuseNothing(r)
		}
	}
}

// has lists the scenarios of the baseline for a message.
func (f *baselineFlags) has() string {
	const most = 5
	var names []string
	for _, r := range f.set.Reports[:min(most, len(f.set.Reports))] {
		names = append(names, r.Scenario.Name)
	}
	if more := len(f.set.Reports) - most; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}

// notRun names the scenarios of the baseline that were not run: one that is gone must not go unnoticed.
func (f *baselineFlags) notRun(s *result.Suite) []string {
	var list []string
	for _, was := range f.set.Reports {
		name := was.Scenario.Name
		if !slices.ContainsFunc(s.Entries, func(e result.Entry) bool {
			return e.Report != nil && e.Report.Scenario.Name == name || e.Report == nil && e.File == was.Scenario.File
		}) {
			list = append(list, fmt.Sprintf("only in %s, not run: %s", f.file, name))
		}
	}
	for _, e := range s.Entries {
		if e.Report != nil && e.Report.Baseline != nil && e.Report.Baseline.Compared == 0 {
			list = append(list, fmt.Sprintf("not in %s, not compared: %s", f.file, e.Report.Scenario.Name))
		}
	}
	return list
}
