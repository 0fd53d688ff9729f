package reports

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/dsnsim/dsnsim/reports/layout"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// mostAnnotations is how many of a kind GitHub shows of one step; it drops the others without a word.
const mostAnnotations = 10

// properties and messages are escaped by the rules of GitHub's workflow commands: a newline would end the command, and a
// colon or a comma the property.
var (
	messageEscapes  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// WriteAnnotations writes GitHub's workflow commands that show each problem at its line of the scenario file: an error for
// what fails, a warning for what is undecided, and a notice for a placement that is not steady. Where there are more of a kind than GitHub shows, the last says how many.
func WriteAnnotations(w io.Writer, s *result.Suite) error {
	var errors, warnings, notices []string
	for i := range s.Entries {
		e := &s.Entries[i]
		for _, p := range Problems(e) {
			if p.Bad {
				errors = append(errors, annotation("error", &p))
			} else {
				warnings = append(warnings, annotation("warning", &p))
			}
		}
		for _, text := range firstThings(e) {
			notices = append(notices, annotation("notice", &Problem{Fault: result.Fault{File: e.File, Text: text}}))
		}
	}
	var out bytes.Buffer
	for _, kind := range []struct {
		name string
		list []string
	}{{"error", errors}, {"warning", warnings}, {"notice", notices}} {
		list := kind.list
		if len(list) > mostAnnotations {
			left := len(list) - mostAnnotations + 1
			list = append(list[:mostAnnotations-1:mostAnnotations-1], fmt.Sprintf("::%s title=dsnsim::%d more are in the log and in the report", kind.name, left))
		}
		for _, line := range list {
			out.WriteString(line + "\n")
		}
	}
	_, err := w.Write(out.Bytes())
	return err
}

func annotation(kind string, p *Problem) string {
	title := "dsnsim"
	if p.Expectation != "" {
		title = "dsnsim: " + p.Expectation
	}
	var properties []string
	add := func(name, value string) {
		properties = append(properties, name+"="+propertyEscapes.Replace(layout.Clean(value)))
	}
	text := p.Text
	if strings.HasPrefix(p.File, "--") { // an override, which is of no file
		text = p.At() + text
	} else if p.File != "" {
		add("file", slashed(p.File))
	}
	if p.Line > 0 {
		add("line", fmt.Sprint(p.Line))
		add("col", fmt.Sprint(p.Col))
	}
	add("title", title)
	return "::" + kind + " " + strings.Join(properties, ",") + "::" + messageEscapes.Replace(text)
}
