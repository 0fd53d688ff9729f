package main

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/dsnsim/dsnsim/cmd/dsnsim/output"
	"github.com/dsnsim/dsnsim/reports"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// variants simulates the scenarios of a file with a matrix. run reports on them as on several files; compare, in the formats for
// people, writes the whole report of each, one after the other.
func (f *runFlags) variants(c *cobra.Command, file string, list []*scenarios.Scenario, all bool) error {
	if err := f.refuseForMany(c); err != nil {
		return err
	}
	if !all {
		in := make([]loaded, len(list))
		for i, s := range list {
			in[i] = loaded{file: file, scenario: s}
		}
		return f.runAndReport(c, in, nil)
	}
	suite, errs := &result.Suite{Tool: tool(), Complete: true}, []error(nil)
	for _, s := range list {
		f.place(s, true)
		report, _, err := f.run(c.Context(), s, c.ErrOrStderr(), true)
		if report == nil {
			return inputError(err)
		}
		report.Tool = tool()
		f.allow(report)
		suite.Entries = append(suite.Entries, loaded{file: file, scenario: s}.entry(report, nil))
		if failed := failures(report); err == nil && len(failed) > 0 {
			err = failed
		}
		if err != nil {
			errs = append(errs, err)
		}
		if c.Context().Err() != nil {
			suite.Complete = false
			break
		}
	}
	suite.Judge()
	if err := f.writeVariants(c, suite); err != nil {
		return err
	}
	return errors.Join(errs...)
}

// writeVariants writes the reports of all variants.
func (f *runFlags) writeVariants(c *cobra.Command, suite *result.Suite) error {
	look := f.look(c.OutOrStdout())
	return output.Write(c.OutOrStdout(), f.output, func(w io.Writer) error {
		if f.why.asked == nil && !slices.Contains([]string{"table", "markdown"}, f.format) {
			return reports.WriteSuite(w, f.format, suite, look)
		}
		return inTurn(w, len(suite.Entries), func(i int) error {
			report := suite.Entries[i].Report
			if f.why.asked == nil {
				return reports.Write(w, f.format, report, look)
			}
			if _, err := fmt.Fprintf(w, "%s\n", report.Scenario.Name); err != nil {
				return err
			}
			return reports.WriteWhy(w, report, *f.why.asked, look)
		})
	})
}

// inTurn writes several texts with an empty line between them.
func inTurn(w io.Writer, n int, write func(i int) error) error {
	for i := range n {
		if i > 0 {
			if _, err := io.WriteString(w, "\n"); err != nil {
				return err
			}
		}
		if err := write(i); err != nil {
			return err
		}
	}
	return nil
}
