package reports

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/dsnsim/dsnsim/reports/layout"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// SummaryLimit is how many bytes GitHub takes as the summary of a step, of which a summary of ours uses at most SummaryShare: other
// commands of the step may add to it.
const (
	SummaryLimit = 1024 * 1024
	SummaryShare = SummaryLimit / 4
)

// marks are what a reader of a page finds a verdict by.
var marks = map[string]string{result.Passed: "✅", result.Failed: "❌", result.NotDecided: "❔", result.NotSimulated: "💥"}

// writeSummary writes a table of the scenarios, and below it what is not as it should be.
func writeSummary(out *bytes.Buffer, s *result.Suite, _ Options) error {
	out.WriteString("## dsnsim: " + layout.Escape(Total(s)) + "\n\n")
	out.WriteString("| | scenario | file | expectations |\n|:-:|:--|:--|:--|\n")
	for i := range s.Entries {
		e := &s.Entries[i]
		name := ""
		if e.Report != nil {
			name = e.Report.Scenario.Name
		}
		fmt.Fprintf(out, "| %s %s | %s | %s | %s |\n", marks[e.Verdict], e.Verdict, layout.Escape(name), layout.Escape(slashed(e.File)), layout.Escape(tally(e)))
	}
	out.WriteByte('\n')
	for i := range s.Entries {
		e := &s.Entries[i]
		problems, first := Problems(e), firstThings(e)
		if len(problems)+len(first) == 0 {
			continue
		}
		out.WriteString("### " + layout.Escape(slashed(e.Title())) + "\n\n")
		for _, p := range problems {
			out.WriteString("- " + layout.Escape(p.At()+p.Text) + "\n")
		}
		for _, text := range first {
			out.WriteString("- " + layout.Escape(text) + "\n")
		}
		out.WriteByte('\n')
	}
	for _, n := range suiteNotes(s) {
		out.WriteString("- " + layout.Escape(n) + "\n")
	}
	out.WriteString("\n" + layout.Escape(strings.TrimSpace("dsnsim "+s.Tool.Version+" "+short(s.Tool.Revision))) + "\n")
	return nil
}

// WriteStepSummary writes the Markdown of a suite for a page that takes only so many bytes: whole lines, and a last one that says that
// there were more.
func WriteStepSummary(w io.Writer, s *result.Suite, most int) error {
	var out bytes.Buffer
	if err := WriteSuite(&out, "markdown", s, Options{}); err != nil {
		return err
	}
	text := out.Bytes()
	const more = "\n\nThe rest is left out: the summary of a step has an upper limit.\n"
	if len(text) > most {
		cut := bytes.LastIndexByte(text[:max(0, most-len(more))], '\n')
		text = append(text[:max(0, cut):max(0, cut)], more...)
	}
	_, err := w.Write(text)
	return err
}
