package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/joshdk/go-junit"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/reports/diff"

	"github.com/dsnsim/dsnsim/cmd/dsnsim/exit"
	"github.com/dsnsim/dsnsim/scenarios/load"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// checkJUnit reads a JUnit file with another program's parser and counts its cases: "junit FILE TESTS FAILED ERRORS SKIPPED".
func checkJUnit(ts *testscript.TestScript, _ bool, args []string) {
	suites, err := junit.Ingest([]byte(ts.ReadFile(args[0])))
	ts.Check(err)
	var total junit.Totals
	for _, s := range suites {
		total.Tests += s.Totals.Tests
		total.Failed += s.Totals.Failed
		total.Error += s.Totals.Error
		total.Skipped += s.Totals.Skipped
	}
	got := strings.Join([]string{strconv.Itoa(total.Tests), strconv.Itoa(total.Failed), strconv.Itoa(total.Error), strconv.Itoa(total.Skipped)}, " ")
	if want := strings.Join(args[1:], " "); got != want {
		ts.Fatalf("%s: %s tests, failed, errors, skipped; want %s", args[0], got, want)
	}
}

// The gravest of what became of several scenarios is the exit code.
func TestGravity(t *testing.T) {
	order := []int{exit.OK, exit.Unexpected, exit.Invalid, exit.Failed, exit.Interrupted}
	for i, code := range order {
		list := []ran{{entry: result.Entry{Verdict: result.Passed, Report: &result.Report{}}}}
		for _, less := range order[:i+1] {
			list = append(list, ran{entry: result.Entry{Verdict: result.NotSimulated, Faults: []result.Fault{{Text: "x"}}}, code: less})
		}
		s := &result.Suite{Complete: true}
		for _, r := range list {
			s.Entries = append(s.Entries, r.entry)
		}
		assert.Equal(t, code, exit.Code(verdictOf(s, list, true)))
	}
}

func TestEntryOfErrors(t *testing.T) {
	assert.Equal(t, []result.Fault{}, entryOf("a.yaml", nil, nil).Faults)
	assert.Equal(t, []result.Fault{{File: "a.yaml", Text: "file does not exist"}}, entryOf("a.yaml", nil, errors.New("scenario a.yaml: file does not exist")).Faults)
	assert.Equal(t, []result.Fault{{File: "a.yaml", Text: "x.pcap: cut"}}, entryOf("a.yaml", nil, errors.New("x.pcap: cut")).Faults)
	s := suiteOf("a.yaml", &result.Report{}, exit.ExpectationError{{Text: "t"}}, time.Time{})
	assert.Empty(t, s.Entries[0].Faults, "an expectation that fails is no fault")
}

// An interrupted run of several scenarios says so in each that was not finished, and in the code.
func TestInterruptedSuite(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"a.yaml", "b.yaml"} {
		require.NoError(t, os.WriteFile(name, []byte("version: 1\ntraffic: [{sizes: imix, load: 10%}]\n"), 0o644))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	code, stdout, stderr := invoke(t, ctx, "run", ".", "--junit", "junit.xml")
	assert.Equal(t, exit.Interrupted, code)
	assert.Contains(t, stdout, "ERROR      a.yaml\n  a.yaml: interrupted before it began\n")
	assert.Contains(t, stdout, "2 scenarios: 2 error; INCOMPLETE: interrupted\n")
	assert.Contains(t, stderr, "dsnsim: 2 scenarios: 2 error; INCOMPLETE: interrupted\n")
	assert.FileExists(t, "junit.xml")
}

// What several scenarios give does not depend on how many run at the same time; nor does it race.
func TestSuiteIsTheSameWhateverTheJobs(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"a", "b", "c"} {
		text := "version: 1\nname: " + name + "\ntraffic: [{sizes: imix, load: 20%}]\nservices: [ipsec, route]\nrun: {duration: 20us, warmup: 2us, replications: 2}\nexpect: [nic.loss.ratio == 0]\n"
		require.NoError(t, os.WriteFile(name+".yaml", []byte(text), 0o644))
	}
	var first string
	for _, jobs := range []string{"1", "8"} {
		code, stdout, stderr := invoke(t, t.Context(), "run", ".", "--jobs", jobs, "--format", "json")
		require.Equal(t, exit.OK, code, stderr)
		if first == "" {
			first = stdout
		}
		require.Equal(t, first, stdout)
	}
}

// docCommand is a command line of docs/ci.md.
var docCommand = regexp.MustCompile(`(?m)^ +(?:- run: \./)?(dsnsim (?:run|diff) [^#\n]*)`)

// Every command line of the document is one that the program takes.
func TestCommandsOfTheDocument(t *testing.T) {
	text, err := os.ReadFile("../../docs/ci.md")
	require.NoError(t, err)
	found := docCommand.FindAllStringSubmatch(string(text), -1)
	require.GreaterOrEqual(t, len(found), 7)
	for _, m := range found {
		c, rest, err := commandTree().Find(strings.Fields(m[1])[1:])
		require.NoError(t, err, m[1])
		require.NoError(t, c.ParseFlags(rest), m[1])
		require.NoError(t, c.Args(c, c.Flags().Args()), m[1])
		for _, text := range tolerances(c) {
			_, err := diff.ParseTolerance(text)
			require.NoError(t, err, m[1])
		}
	}
}

func tolerances(c *cobra.Command) []string {
	list, _ := c.Flags().GetStringArray("tolerance")
	return list
}

// A panic in one scenario is exit code 1, says where it was, and costs the others nothing.
func TestCrashOfOne(t *testing.T) {
	good, err := load.Bytes("good.yaml", []byte("version: 1\ntraffic: [{sizes: imix, load: 10%}]\nplacements: [nic]\nrun: {duration: 50us, warmup: 5us}\n"), nil)
	require.NoError(t, err)
	f := &runFlags{jobs: 2, quiet: true}
	var stderr bytes.Buffer
	list := f.runAll(t.Context(), []loaded{{file: "broken.yaml", scenario: nil}, {file: "good.yaml", scenario: good}}, &stderr)
	assert.Equal(t, []int{exit.Failed, exit.OK}, []int{list[0].code, list[1].code})
	assert.Contains(t, list[0].entry.Faults[0].Text, "internal error in broken.yaml: runtime error: invalid memory address")
	assert.Contains(t, stderr.String(), "goroutine ")
	assert.NotNil(t, list[1].entry.Report)
}
