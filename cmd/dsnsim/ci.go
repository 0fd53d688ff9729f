package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dsnsim/dsnsim/cmd/dsnsim/exit"
	"github.com/dsnsim/dsnsim/cmd/dsnsim/output"
	"github.com/dsnsim/dsnsim/reports"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// gitHub is what --annotations and --summary take for GitHub's own ways.
const gitHub = "github"

// ciFlags are the flags that write what a CI system reads, beside the report.
type ciFlags struct {
	junit, summary, annotations string
	times                       bool
	baseline                    baselineFlags
}

func (f *ciFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.junit, "junit", "", "also write JUnit XML to a file, whole or not at all")
	flags.StringVar(&f.summary, "summary", "", "also append a Markdown summary to a file; github: to that of the step, $GITHUB_STEP_SUMMARY")
	flags.StringVar(&f.annotations, "annotations", "", "also print annotations for the lines of the scenarios, to stderr: github")
	flags.Bool("fail-undecided", true, "what always holds now")
	_ = flags.MarkHidden("fail-undecided") // it is there; scripts that have it from before go on
	f.baseline.add(flags)
	flags.BoolVar(&f.times, "times", false, "say on stderr how long each of several scenarios took")
}

// check refuses flag values that are impossible, before a long run.
func (f *ciFlags) check(c *cobra.Command) error {
	if c.Flags().Changed("annotations") && f.annotations != gitHub {
		return exit.BadUsage(fmt.Errorf("%s: --annotations %q is not known%s", c.CommandPath(), f.annotations, didYouMean(f.annotations, []string{gitHub})))
	}
	if f.junit == "-" {
		return exit.BadUsage(fmt.Errorf("%s: --junit wants a file; --format junit prints to standard output", c.CommandPath()))
	}
	if c.Flags().Changed("junit") {
		if err := output.CheckFile("--junit", f.junit, "junit.xml", ""); err != nil {
			return err
		}
	}
	if err := f.baseline.check(c); err != nil {
		return err
	}
	if f.summary == gitHub {
		if f.summary = os.Getenv("GITHUB_STEP_SUMMARY"); f.summary == "" {
			return exit.BadUsage(fmt.Errorf("%s: --summary github needs $GITHUB_STEP_SUMMARY, which is set in a step of GitHub Actions only; or name a file", c.CommandPath()))
		}
	}
	if c.Flags().Changed("summary") {
		return output.CheckFile("--summary", f.summary, "summary.md", "")
	}
	return nil
}

// write writes the files that the flags name.
func (f *ciFlags) write(stderr io.Writer, s *result.Suite) error {
	s.Judge()
	var errs []error
	if f.annotations == gitHub {
		errs = append(errs, reports.WriteAnnotations(stderr, s))
	}
	if f.junit != "" {
		errs = append(errs, output.WriteFile("--junit", f.junit, func(w io.Writer) error { return reports.WriteSuite(w, "junit", s, reports.Options{}) }))
	}
	if f.summary != "" {
		errs = append(errs, output.Fault("--summary", f.summary, f.appendSummary(s)))
	}
	return errors.Join(errs...)
}

func (f *ciFlags) appendSummary(s *result.Suite) error {
	file, err := os.OpenFile(f.summary, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	return errors.Join(reports.WriteStepSummary(file, s, reports.SummaryShare), file.Close())
}
