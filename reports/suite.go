package reports

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/internal/figure"
	"github.com/dsnsim/dsnsim/internal/spell"
	"github.com/dsnsim/dsnsim/reports/layout"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// suiteFormats are those of a suite: for people a line or two a scenario, for programs everything.
var suiteFormats = [...]struct {
	name  string
	write func(*bytes.Buffer, *result.Suite, Options) error
}{
	{"table", writeVerdicts},
	{"csv", writeSuiteCSV},
	{"json", writeSuiteJSON},
	{"markdown", writeSummary},
	{"junit", writeJUnit},
}

// WriteSuite writes what several scenarios found, in one of the formats of Names. It fails as Write does.
func WriteSuite(w io.Writer, name string, s *result.Suite, opt Options) error {
	for i := range s.Entries {
		if r := s.Entries[i].Report; r != nil {
			if err := check(r); err != nil {
				return fmt.Errorf("report on %s as %s: %w", s.Entries[i].File, name, err)
			}
		}
	}
	for _, f := range suiteFormats {
		if f.name != name {
			continue
		}
		var out bytes.Buffer
		if err := f.write(&out, s, opt); err != nil {
			return fmt.Errorf("report as %s: %w", name, err)
		}
		if _, err := w.Write(out.Bytes()); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
		return nil
	}
	return fmt.Errorf("report format %q is not known%s", name, spell.DidYouMean(name, Names()))
}

// writeVerdicts writes a line for each scenario, and below it each expectation that does not hold with the place that has it.
func writeVerdicts(out *bytes.Buffer, s *result.Suite, opt Options) error {
	widest := 0
	for i := range s.Entries {
		widest = max(widest, layout.Width(layout.Clean(s.Entries[i].Title())))
	}
	for i := range s.Entries {
		e := &s.Entries[i]
		file := layout.Clean(e.Title())
		line := fmt.Sprintf("%-9s  %s%s  %s", strings.ToUpper(e.Verdict), file, strings.Repeat(" ", widest-layout.Width(file)), tally(e))
		out.WriteString(strings.TrimRight(line, " ") + "\n")
		for _, p := range Problems(e) {
			text := "  " + layout.Clean(p.At()+p.Text)
			if opt.Color && p.Bad {
				text = "\x1b[1m" + text + "\x1b[0m"
			}
			out.WriteString(text + "\n")
		}
		for _, text := range firstThings(e) {
			out.WriteString("  " + layout.Clean(text) + "\n")
		}
	}
	out.WriteString(Total(s) + "\n")
	for _, n := range suiteNotes(s) {
		out.WriteString(layout.Clean(n) + "\n")
	}
	return nil
}

// firstThings are what a reader must know of an entry before its figures: placements that are not steady, and cautions.
func firstThings(e *result.Entry) []string {
	if e.Report == nil {
		return nil
	}
	return append(unsteady(e.Report), e.Report.Cautions...)
}

// suiteNotes lists what concerns no scenario alone.
func suiteNotes(s *result.Suite) []string {
	var list []string
	for _, f := range s.Skipped {
		list = append(list, "skipped, no scenario: "+slashed(f))
	}
	return append(list, s.Notes...)
}

// tally counts the expectations of a scenario.
func tally(e *result.Entry) string {
	if e.Report == nil {
		return ""
	}
	n := result.CountVerdicts(e.Report.Expectations)
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{{n.Hold, "hold"}, {n.Fail, "fail"}, {n.Undecided, "undecided"}, {n.LeftOut, "left out"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	if len(parts) == 0 {
		parts = append(parts, "nothing is expected")
	}
	if d := e.Report.Baseline; d != nil && len(d.Regressions) > 0 {
		parts = append(parts, figure.Counted(len(d.Regressions), "regression"))
	} else if d != nil && d.Compared == 0 {
		parts = append(parts, "nothing compared")
	}
	if len(unsteady(e.Report)) > 0 {
		return strings.Join(parts, ", ") + "; " + stateCounts(e.Report)
	}
	return strings.Join(parts, ", ")
}

// Total says how many scenarios of a suite passed, failed and so on.
func Total(s *result.Suite) string {
	count := map[string]int{}
	for i := range s.Entries {
		count[s.Entries[i].Verdict]++
	}
	parts := []string{}
	for _, v := range []string{result.Passed, result.Failed, result.NotDecided, result.NotSimulated} {
		if count[v] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count[v], v))
		}
	}
	text := figure.Counted(len(s.Entries), "scenario") + ": " + strings.Join(parts, ", ")
	if n := len(s.Skipped); n > 0 {
		text += fmt.Sprintf("; %s skipped", figure.Counted(n, "file"))
	}
	if !s.Complete {
		text += "; INCOMPLETE: interrupted"
	}
	return text
}

// Problem is one thing of a scenario that is not as it should be.
type Problem struct {
	result.Fault
	// Expectation is the text of the one that is concerned, or the name of the figure that is worse than in the baseline; "" for a fault.
	Expectation string
	// Bad is false for what is only undecided, and allowed to be.
	Bad bool
}

// At returns "file:line:col: ", or what there is of it.
func (p *Problem) At() string {
	switch {
	case p.File == "":
		return ""
	case p.Line == 0:
		return p.File + ": "
	}
	return fmt.Sprintf("%s:%d:%d: ", p.File, p.Line, p.Col)
}

// Problems lists the faults of a scenario and the expectations that do not hold, in the order of the file.
func Problems(e *result.Entry) []Problem {
	var list []Problem
	for _, f := range e.Faults {
		list = append(list, Problem{Fault: f, Bad: true})
	}
	if e.Report == nil {
		return list
	}
	for _, x := range e.Report.Expectations {
		if x.Verdict == "holds" || x.LeftOut {
			continue
		}
		word := "fails"
		if x.Verdict != "fails" {
			word = "undecided"
		}
		list = append(list, Problem{result.Fault{File: cmp.Or(x.File, e.File), Line: x.Line, Col: x.Col, Text: fmt.Sprintf("%s: %s: %s", word, x.Text, x.Why)}, x.Text, word == "fails" || !e.Report.AllowUndecided})
	}
	if d := e.Report.Baseline; d != nil {
		if d.Nothing != "" {
			list = append(list, Problem{result.Fault{File: e.File, Text: d.Nothing}, "baseline", true})
		}
		for _, c := range d.Regressions {
			list = append(list, Problem{result.Fault{File: e.File, Text: "regression: " + ChangeText(c)}, c.Name(), true})
		}
	}
	return list
}

// writeSuiteCSV writes the rows of all scenarios below one header.
func writeSuiteCSV(out *bytes.Buffer, s *result.Suite, _ Options) error {
	metrics := stats.All()
	w := csv.NewWriter(out)
	if err := w.Write(csvHeader(metrics)); err != nil {
		return err
	}
	for i := range s.Entries {
		if r := s.Entries[i].Report; r != nil {
			if err := csvRows(w, r, metrics); err != nil {
				return err
			}
		}
	}
	w.Flush()
	return w.Error()
}

// writeSuiteJSON writes one object, each scenario's report in it as it would stand alone.
func writeSuiteJSON(out *bytes.Buffer, s *result.Suite, _ Options) error {
	suite := *s
	suite.Skipped, suite.Notes = orEmpty(s.Skipped), orEmpty(s.Notes)
	suite.Entries = slices.Clone(orEmpty(s.Entries))
	for i := range suite.Entries {
		e := &suite.Entries[i]
		e.Faults = orEmpty(e.Faults)
		if e.Report != nil {
			e.Report = e.Report.Filled()
		}
	}
	return writeIndented(out, &suite)
}

// slashed writes a path the same on every system.
func slashed(path string) string { return filepath.ToSlash(path) }
