// Command testsummary reads what `go test -json` writes and prints it as `go test` does, then which tests were skipped and why: a
// check that did not take place must not look like one that passed. It exits with 1 where a test failed, or where the input ends
// before all packages did.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
)

// event is a line of test2json.
type event struct {
	Action, Package, Test, Output string
}

// name is one test of one package; the package itself where Test is empty.
type name struct{ Package, Test string }

type summary struct {
	out     io.Writer
	said    map[name]*strings.Builder // what tests that run have printed
	running map[string]bool           // packages that began and did not end
	skipped map[string][]string       // tests by reason
	passed  int
	failed  bool
}

func main() {
	if !summarise(os.Stdin, os.Stdout) {
		os.Exit(1)
	}
}

// summarise returns whether all passed.
func summarise(in io.Reader, out io.Writer) bool {
	s := &summary{out: out, said: map[name]*strings.Builder{}, running: map[string]bool{}, skipped: map[string][]string{}}
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		var e event
		switch {
		case len(line) == 0:
		case json.Unmarshal(line, &e) != nil:
			fmt.Fprintf(out, "%s", line) // of go itself
		default:
			s.take(e)
		}
		if err != nil {
			break
		}
	}
	return s.end()
}

func (s *summary) take(e event) {
	at := name{e.Package, e.Test}
	switch e.Action {
	case "start":
		s.running[e.Package] = true
	case "build-output":
		fmt.Fprint(s.out, e.Output)
	case "build-fail":
		s.failed = true
	case "output":
		s.hear(at, e.Output)
	case "pass", "skip", "fail":
		s.settle(at, e.Action)
	}
}

// hear keeps what a test prints, and passes on what a package says of itself.
func (s *summary) hear(at name, text string) {
	if at.Test == "" {
		if text != "PASS\n" {
			fmt.Fprint(s.out, text)
		}
		return
	}
	if s.said[at] == nil {
		s.said[at] = &strings.Builder{}
	}
	s.said[at].WriteString(text)
}

func (s *summary) settle(at name, how string) {
	said := ""
	if b := s.said[at]; b != nil {
		said = b.String()
		delete(s.said, at)
	}
	switch {
	case at.Test == "":
		delete(s.running, at.Package)
		s.failed = s.failed || how == "fail"
	case how == "pass":
		s.passed++
	case how == "fail":
		s.failed = true
		fmt.Fprint(s.out, said)
	default:
		why := reason(said)
		s.skipped[why] = append(s.skipped[why], at.Package+" "+at.Test)
	}
}

var (
	logged = regexp.MustCompile(`(?m)^ +[\w.]+\.go:\d+: (.*)$`)
	shared = regexp.MustCompile(`^needs \S+ of`)
)

// reason is what a skipped test said last. Files that are not there are one reason.
func reason(said string) string {
	all := logged.FindAllStringSubmatch(said, -1)
	if len(all) == 0 {
		return "no reason given"
	}
	return shared.ReplaceAllString(all[len(all)-1][1], "needs a file of")
}

// end prints the summary. Tests that were cut off are shown with what they said.
func (s *summary) end() bool {
	for _, p := range slices.Sorted(maps.Keys(s.running)) {
		s.failed = true
		fmt.Fprintf(s.out, "FAIL\t%s [did not end]\n", p)
	}
	for _, at := range slices.SortedFunc(maps.Keys(s.said), func(a, b name) int { return strings.Compare(a.Package+a.Test, b.Package+b.Test) }) {
		fmt.Fprint(s.out, s.said[at].String())
	}
	count := 0
	for _, why := range slices.Sorted(maps.Keys(s.skipped)) {
		count += len(s.skipped[why])
		fmt.Fprintf(s.out, "skipped %d: %s\n", len(s.skipped[why]), why)
		for _, test := range slices.Sorted(slices.Values(s.skipped[why])) {
			fmt.Fprintf(s.out, "    %s\n", test)
		}
	}
	fmt.Fprintf(s.out, "%d tests passed, %d skipped\n", s.passed, count)
	if s.failed {
		fmt.Fprintln(s.out, "FAIL")
	}
	return !s.failed && s.passed > 0
}
