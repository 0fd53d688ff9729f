package reports

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/dsnsim/dsnsim/reports/layout"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// JUnit's XML has no standard. What is written here keeps to the two schemas that are used most, Jenkins' junit-10.xsd and
// Ant's JUnit.xsd: the latter wants a host and times. It is the only format that the clock shows in: the timestamp is when the run
// began, and the time is what a scenario took, which stands at its first case since all of its cases share one run.
const (
	noHost     = "localhost" // the report is the same wherever it is made
	stampForm  = "2006-01-02T15:04:05"
	hostNote   = "the host is a placeholder; time and timestamp are of the clock, and all else depends on scenario and seed only"
	notRunName = "files that are no scenarios"
)

// seconds writes a time as both schemas have it.
func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }

func stamp(t time.Time) string {
	if t.IsZero() {
		t = time.Unix(0, 0)
	}
	return t.UTC().Format(stampForm)
}

type junitSuites struct {
	XMLName xml.Name     `xml:"testsuites"`
	Suites  []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Package    string          `xml:"package,attr"`
	ID         int             `xml:"id,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       string          `xml:"time,attr"`
	Timestamp  string          `xml:"timestamp,attr"`
	Hostname   string          `xml:"hostname,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
	Out        junitText       `xml:"system-out"`
	Err        junitText       `xml:"system-err"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

// junitCase has at most one of what is below its name.
type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	Time    string        `xml:"time,attr"`
	Skipped *junitSkipped `xml:"skipped"`
	Error   *junitProblem `xml:"error"`
	Failure *junitProblem `xml:"failure"`
}

type junitSkipped struct {
	Message string `xml:"message,attr"`
}

type junitProblem struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	junitText
}

// junitText is text that keeps its lines apart where the XML is read as it is; what XML cannot hold becomes U+FFFD.
type junitText struct {
	XML string `xml:",innerxml"`
}

func asText(s string) junitText {
	var out bytes.Buffer
	_ = xml.EscapeText(&out, []byte(s)) // a buffer does not fail
	return junitText{strings.NewReplacer("&#xA;", "\n", "&#34;", `"`, "&#39;", "'").Replace(out.String())}
}

// writeOneJUnit writes a report as the suite of its only scenario.
func writeOneJUnit(out *bytes.Buffer, r *result.Report, opt Options) error {
	suite := result.Suite{Tool: r.Tool, Complete: r.Complete, Entries: []result.Entry{{File: r.Scenario.File, Report: r}}}
	suite.Began, suite.Entries[0].Took = opt.Began, opt.Took
	suite.Judge()
	return writeJUnit(out, &suite, opt)
}

// writeJUnit writes a test suite for each scenario and a test case for each expectation. One that fails is a failure, an
// undecided one too, unless it is allowed and skipped; a scenario that could not be simulated is an error. Files that are no
// scenarios are skipped cases of a suite of their own.
func writeJUnit(out *bytes.Buffer, s *result.Suite, _ Options) error {
	doc := junitSuites{Suites: make([]junitSuite, len(s.Entries))}
	for i := range s.Entries {
		doc.Suites[i] = junitOf(s, i)
	}
	if len(s.Skipped) > 0 {
		doc.Suites = append(doc.Suites, junitSkips(s))
	}
	out.WriteString(xml.Header)
	e := xml.NewEncoder(out)
	e.Indent("", "  ")
	if err := e.Encode(doc); err != nil {
		return err
	}
	out.WriteByte('\n')
	return nil
}

func junitOf(s *result.Suite, i int) junitSuite {
	e := &s.Entries[i]
	js := junitSuite{Name: token(entryName(e)), Package: token(slashed(e.File)), ID: i, Time: seconds(e.Took), Timestamp: stamp(s.Began), Hostname: noHost}
	js.Properties = junitProperties(s.Tool, e)
	js.Cases = junitCases(e)
	js.Cases[0].Time = js.Time
	js.count()
	js.Out = asText(junitOutput(e))
	return js
}

// junitSkips is a suite of what was passed over, so that it is counted.
func junitSkips(s *result.Suite) junitSuite {
	js := junitSuite{Name: notRunName, Package: notRunName, ID: len(s.Entries), Time: seconds(0), Timestamp: stamp(s.Began), Hostname: noHost}
	js.Properties = []junitProperty{{"dsnsim.version", s.Tool.Version}}
	for _, file := range s.Skipped {
		js.Cases = append(js.Cases, junitCase{Name: token(slashed(file)), Class: className(file), Time: seconds(0), Skipped: &junitSkipped{"no scenario"}})
	}
	js.count()
	return js
}

// count counts the cases by what became of them.
func (js *junitSuite) count() {
	for _, c := range js.Cases {
		js.Tests++
		switch {
		case c.Failure != nil:
			js.Failures++
		case c.Error != nil:
			js.Errors++
		case c.Skipped != nil:
			js.Skipped++
		}
	}
}

// junitOutput tells what was measured for each expectation, those that hold with the others.
func junitOutput(e *result.Entry) string {
	var text strings.Builder
	if e.Report != nil {
		if c := stateCounts(e.Report); c != "" {
			text.WriteString("placements: " + c + "\n")
		}
		for _, first := range firstThings(e) {
			text.WriteString(first + "\n")
		}
		for _, it := range expectations(e.Report) {
			text.WriteString(it.Term + ": " + it.Text + "\n")
		}
		for _, n := range e.Report.Notes {
			text.WriteString("note: " + n + "\n")
		}
	}
	return text.String()
}

func entryName(e *result.Entry) string {
	if e.Report != nil && e.Report.Scenario.Name != "" {
		return e.Report.Scenario.Name
	}
	return e.File
}

func junitProperties(tool result.Tool, e *result.Entry) []junitProperty {
	list := []junitProperty{{"dsnsim.version", tool.Version}, {"dsnsim.revision", tool.Revision}, {"scenario.file", slashed(e.File)}}
	if r := e.Report; r != nil {
		list = append(list, junitProperty{"scenario.sha256", r.Scenario.SHA256}, junitProperty{"scenario.seed", strconv.FormatUint(r.Scenario.Seed, 10)},
			junitProperty{"complete", strconv.FormatBool(r.Complete)})
		for _, s := range r.States {
			list = append(list, junitProperty{"state." + s.Placement, s.State})
		}
	}
	return append(list, junitProperty{"clock", hostNote})
}

// junitCases lists the test cases of a scenario, each with a name of its own: viewers tell them apart by class and name.
func junitCases(e *result.Entry) []junitCase {
	class := className(e.File)
	if e.Variant != "" {
		class += "." + token(strings.NewReplacer(".", "_", "/", "_").Replace(e.Variant))
	}
	var list []junitCase
	seen := map[string]int{}
	add := func(name string) *junitCase {
		name = token(name)
		if seen[name]++; seen[name] > 1 {
			name = fmt.Sprintf("%s (%d)", name, seen[name])
		}
		list = append(list, junitCase{Name: name, Class: class, Time: seconds(0)})
		return &list[len(list)-1]
	}
	if len(e.Faults) > 0 || e.Report == nil || len(e.Report.Expectations) == 0 {
		c := add("simulates")
		if len(e.Faults) > 0 || e.Report == nil {
			c.Error = faultsOf(e)
		}
	}
	if e.Report == nil {
		return list
	}
	for _, x := range e.Report.Expectations {
		c := add(x.Text)
		at := Problem{Fault: result.Fault{File: slashed(cmp.Or(x.File, e.File)), Line: x.Line, Col: x.Col}}
		text := fmt.Sprintf("%s%s\n%s\n", at.At(), x.Text, x.Why)
		switch {
		case x.Verdict == "fails":
			c.Failure = &junitProblem{x.Why, "fails", asText(text)}
		case x.LeftOut:
			c.Skipped = &junitSkipped{x.Why}
		case x.Verdict != "holds" && !e.Report.AllowUndecided:
			c.Failure = &junitProblem{x.Why, "undecided", asText(text)}
		case x.Verdict != "holds":
			c.Skipped = &junitSkipped{"undecided, which is allowed: " + x.Why}
		}
	}
	if d := e.Report.Baseline; d != nil {
		c := add("no worse than the baseline")
		if c.Failure = regressionsOf(d); c.Failure == nil && d.Compared == 0 {
			c.Skipped = &junitSkipped{strings.Join(d.Notes, "; ")}
		}
	}
	return list
}

// regressionsOf lists what is worse; nil where nothing is.
func regressionsOf(d *result.Diff) *junitProblem {
	if len(d.Regressions) == 0 && d.Nothing == "" {
		return nil
	}
	text := ""
	if d.Nothing != "" {
		text = d.Nothing + "\n"
	}
	for _, c := range d.Regressions {
		text += ChangeText(c) + "\n"
	}
	return &junitProblem{DiffTotal(d), "regression", asText(text)}
}

func faultsOf(e *result.Entry) *junitProblem {
	p := &junitProblem{Message: "not simulated", Type: "error"}
	text := ""
	for i, f := range e.Faults {
		if i == 0 {
			p.Message = f.Text
		}
		at := Problem{Fault: f}
		text += at.At() + f.Text + "\n"
	}
	p.junitText = asText(text)
	return p
}

// className makes what viewers fold by of a file's path: scenarios.rack.quick of scenarios/rack/quick.yaml.
func className(file string) string {
	file = strings.Trim(path.Clean(slashed(file)), "/")
	file = strings.TrimSuffix(file, path.Ext(file))
	parts := strings.Split(file, "/")
	for len(parts) > 1 && (parts[0] == ".." || parts[0] == ".") {
		parts = parts[1:]
	}
	for i := range parts {
		parts[i] = strings.ReplaceAll(parts[i], ".", "_")
	}
	return token(strings.Join(parts, "."))
}

// token is a text in one line with single spaces, never empty, as the attributes that name things must be.
func token(text string) string {
	text = strings.Map(func(r rune) rune {
		if r == 0xfffe || r == 0xffff {
			return 0xfffd // what no XML can hold, as the encoder has it: names must differ afterwards too
		}
		return r
	}, layout.Clean(text))
	text = strings.Join(strings.Fields(text), " ")
	if text == "" {
		return "unnamed"
	}
	return text
}
