package reports

import (
	"encoding/xml"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/joshdk/go-junit"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// element is what a JUnit schema says of one: which children in which order, and what each attribute must look like. A
// child that ends in * may come any number of times, one that ends in ? at most once; a group in () is a choice of one.
type element struct {
	children   string
	attributes map[string]string
}

// Both schemas say this together: Ant's (JUnit.xsd) wants more, Jenkins' (junit-10.xsd) allows fewer attributes, and times with
// at most three decimals. It is written from their rules, not copied.
var junitRules = map[string]element{
	"testsuites": {"(testsuite )*", nil},
	"testsuite": {"properties (testcase )*system-out system-err ", map[string]string{
		"name": `\S.*`, "package": `.*`, "id": `\d+`, "tests": `\d+`, "failures": `\d+`, "errors": `\d+`, "skipped": `\d+`,
		"time": `\d+\.\d{3}`, "timestamp": `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d`, "hostname": `\S+`}},
	"properties": {"(property )*", nil},
	"property":   {"", map[string]string{"name": `\S+`, "value": `(?s).*`}},
	"testcase":   {"((skipped |error |failure ))?", map[string]string{"name": `\S.*`, "classname": `\S.*`, "time": `\d+\.\d{3}`}},
	"skipped":    {"", map[string]string{"message": `(?s).*`}},
	"error":      {"", map[string]string{"message": `(?s).*`, "type": `\S+`}},
	"failure":    {"", map[string]string{"message": `(?s).*`, "type": `\S+`}},
	"system-out": {"", nil},
	"system-err": {"", nil},
}

// node is any XML.
type node struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Children []node     `xml:",any"`
	Text     string     `xml:",chardata"`
}

func (n *node) attr(name string) string {
	i := slices.IndexFunc(n.Attrs, func(a xml.Attr) bool { return a.Name.Local == name })
	if i < 0 {
		return ""
	}
	return n.Attrs[i].Value
}

// requireJUnit checks a document by the rules, and that its counts are those of its cases.
func requireJUnit(t require.TestingT, text string) *node {
	d := xml.NewDecoder(strings.NewReader(text))
	var root node
	require.NoError(t, d.Decode(&root))
	_, err := d.Token()
	for err == nil {
		_, err = d.Token()
	}
	require.ErrorIs(t, err, io.EOF)
	require.Equal(t, "testsuites", root.XMLName.Local)
	requireElement(t, &root)
	for i := range root.Children {
		suite := &root.Children[i]
		require.Equal(t, strconv.Itoa(i), suite.attr("id"))
		count, names := map[string]int{}, map[string]bool{}
		for _, c := range suite.Children {
			if c.XMLName.Local != "testcase" {
				continue
			}
			count["tests"]++
			require.False(t, names[c.attr("name")], "two cases %q", c.attr("name"))
			names[c.attr("name")] = true
			for _, what := range c.Children {
				count[what.XMLName.Local]++
			}
		}
		for attr, what := range map[string]string{"tests": "tests", "failures": "failure", "errors": "error", "skipped": "skipped"} {
			require.Equal(t, strconv.Itoa(count[what]), suite.attr(attr), attr)
		}
	}
	return &root
}

func requireElement(t require.TestingT, n *node) {
	rule, known := junitRules[n.XMLName.Local]
	require.True(t, known, "element %s", n.XMLName.Local)
	order := ""
	for i := range n.Children {
		order += n.Children[i].XMLName.Local + " "
		requireElement(t, &n.Children[i])
	}
	require.Regexp(t, regexp.MustCompile("^(?:"+rule.children+")$"), order, n.XMLName.Local)
	require.Len(t, n.Attrs, len(rule.attributes), n.XMLName.Local)
	for _, a := range n.Attrs {
		pattern, known := rule.attributes[a.Name.Local]
		require.True(t, known, "%s has no attribute %s", n.XMLName.Local, a.Name.Local)
		require.Regexp(t, regexp.MustCompile("^(?:"+pattern+")$"), a.Value, a.Name.Local)
	}
}

func TestJUnitKeepsToTheSchemas(t *testing.T) {
	strict := fourScenarios()
	strict.Entries[2].Report.AllowUndecided = false
	empty := &result.Suite{Complete: true}
	odd := &result.Suite{Entries: []result.Entry{{}, {File: "../x/../a.yaml"}, {File: " "}}}
	for _, s := range []*result.Suite{fourScenarios(), strict, empty, odd} {
		requireJUnit(t, renderSuite(t, "junit", s, Options{}))
	}
	for _, r := range []*result.Report{quickReport(), repeatedReport(), awkwardReport(), refusedReport()} {
		requireJUnit(t, render(t, "junit", r, Options{}))
	}
}

// The rules above must notice what is wrong.
func TestJUnitRulesNotice(t *testing.T) {
	good := renderSuite(t, "junit", fourScenarios(), Options{})
	for _, c := range [][2]string{
		{` hostname="localhost"`, ``}, {`tests="3"`, `tests="4"`}, {`failures="2"`, `failures="0"`}, {`time="0.000"`, `time="0.0001"`},
		{`<system-err></system-err>`, ``}, {`id="1"`, `id="7"`}, {`<testsuites>`, `<testsuites name="x">`},
		{` (2)"`, `"`}, {`T05:06:07"`, `T05:06:07Z"`}, {`type="fails"`, ``},
	} {
		require.Contains(t, good, c[0])
		probe := &noticed{}
		func() {
			defer func() { _ = recover() }()
			requireJUnit(probe, strings.Replace(good, c[0], c[1], 1))
		}()
		assert.True(t, probe.failed, "%q for %q went unnoticed", c[1], c[0])
	}
}

// noticed records that a check failed, and ends it.
type noticed struct{ failed bool }

func (f *noticed) Errorf(string, ...any) { f.failed = true }
func (f *noticed) FailNow()              { panic("failed") }

// Another program's parser, of those that CI viewers use, sees the same.
func TestJUnitIsReadByOthers(t *testing.T) {
	suites, err := junit.Ingest([]byte(renderSuite(t, "junit", fourScenarios(), Options{})))
	require.NoError(t, err)
	require.Len(t, suites, 5, "four scenarios, and what was skipped")
	total := junit.Totals{}
	for _, s := range suites {
		total.Tests += s.Totals.Tests
		total.Passed += s.Totals.Passed
		total.Failed += s.Totals.Failed
		total.Skipped += s.Totals.Skipped
		total.Error += s.Totals.Error
	}
	assert.Equal(t, junit.Totals{Tests: 7, Passed: 2, Failed: 2, Skipped: 2, Error: 1}, total)
	edge := suites[0]
	assert.Equal(t, []string{"edge", "scenarios/edge.yaml", "1"}, []string{edge.Name, edge.Package, edge.Properties["scenario.seed"]})
	assert.Equal(t, "scenarios.edge", edge.Tests[1].Classname)
	assert.Equal(t, junit.StatusFailed, edge.Tests[1].Status)
	assert.Equal(t, "nic.loss.ratio is 0.25, against 0", edge.Tests[1].Message)
	assert.Equal(t, "scenarios/edge.yaml:31:5: nic.loss.ratio == 0\nnic.loss.ratio is 0.25, against 0\n", edge.Tests[1].Error.Error())
	assert.Equal(t, "nic.loss.ratio == 0 (2)", edge.Tests[2].Name)
	assert.Equal(t, "scenarios.rack.slow_v2", suites[2].Tests[0].Classname)
	assert.Contains(t, suites[3].Tests[0].Error.Error(), "scenarios/wrong.yaml:2:1: unknown key \"nmae\"")
}

// TestJUnitAgainstSchemas checks against the schemas themselves where they and xmllint are at hand; they are not part of
// the project.
func TestJUnitAgainstSchemas(t *testing.T) {
	folder := os.Getenv("DSNSIM_JUNIT_XSD")
	lint, err := exec.LookPath("xmllint")
	if folder == "" || err != nil {
		t.Skip("needs xmllint, and DSNSIM_JUNIT_XSD, a folder with JUnit.xsd (windyroad/JUnit-Schema) and junit-10.xsd (jenkinsci/xunit-plugin)")
	}
	file := filepath.Join(t.TempDir(), "junit.xml")
	require.NoError(t, os.WriteFile(file, []byte(renderSuite(t, "junit", fourScenarios(), Options{})), 0o644))
	schemas, err := filepath.Glob(filepath.Join(folder, "*.xsd"))
	require.NoError(t, err)
	require.NotEmpty(t, schemas)
	for _, schema := range schemas {
		out, err := exec.Command(lint, "--noout", "--schema", schema, file).CombinedOutput()
		assert.NoError(t, err, "%s: %s", schema, out)
	}
}

// Whatever stands in names and reasons, the XML is well-formed, keeps to the schemas, and holds what XML can hold of it.
func TestJUnitOfHostileTexts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"]]>", "<!--", "&#0;", "\x00\x01\x1b[1m", "\xff\xfe", "a\r\nb\tc", "\ufffe\uffff"})).Draw
		s := &result.Suite{Tool: result.Tool{Version: text(t, "version")}, Entries: []result.Entry{{File: text(t, "file"),
			Faults: []result.Fault{{File: text(t, "where"), Text: text(t, "fault")}},
			Report: &result.Report{Scenario: result.Scenario{Name: text(t, "name")}, Expectations: []result.Expectation{
				{Text: text(t, "text"), Verdict: "fails", Why: text(t, "why")}, {Text: text(t, "other"), Verdict: "undecided", Why: text(t, "reason")}}}}}}
		var out strings.Builder
		require.NoError(t, WriteSuite(&out, "junit", s, Options{}))
		root := requireJUnit(t, out.String())
		require.Len(t, root.Children, 1)
		_, err := junit.Ingest([]byte(out.String()))
		require.NoError(t, err)
		var annotations strings.Builder
		require.NoError(t, WriteAnnotations(&annotations, s))
		require.Equal(t, 3, strings.Count(annotations.String(), "\n"), "a line each: %q", annotations.String())
	})
}

// A file of one path gets one class, another another.
func TestClassNames(t *testing.T) {
	for file, want := range map[string]string{
		"scenarios/rack/quick.yaml": "scenarios.rack.quick", "./a.yaml": "a", "../../a/b.c.yml": "a.b_c", "/abs/x.yaml": "abs.x", "": "unnamed", "..": "_", "a b.yaml": "a b",
	} {
		assert.Equal(t, want, className(file), file)
	}
}
