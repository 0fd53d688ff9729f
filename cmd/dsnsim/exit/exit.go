// Package exit is the exit codes of the program, a contract with scripts, and the errors that lead to them.
package exit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/dsnsim/dsnsim/internal/plain"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/reports"
	"github.com/dsnsim/dsnsim/scenarios/expect"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/run"
	"github.com/dsnsim/dsnsim/sim/capture"
)

// The exit codes.
const (
	OK          = 0
	Failed      = 1   // the run failed: I/O, internal
	Usage       = 2   // bad usage
	Invalid     = 3   // an invalid scenario, capture or profile
	Unexpected  = 99  // an expectation failed or is undecided, a figure got worse, or nothing was compared
	Interrupted = 130 // Ctrl-C: what was finished is written
)

// UsageError is a fault of the command line.
type UsageError struct{ error }

// BadUsage makes an error a fault of the command line.
func BadUsage(err error) error { return UsageError{err} }

// invalidError is a fault of an input file that has no type of its own.
type invalidError struct{ error }

// InvalidInput makes an error a fault of an input file.
func InvalidInput(err error) error { return invalidError{err} }

// ExpectationError is the expectations that failed. They are printed on stderr too: not every report format has them.
type ExpectationError []result.Expectation

func (e ExpectationError) Error() string {
	lines := make([]string, len(e))
	for i, x := range e {
		word := "failed"
		if x.Verdict == expect.Undecided {
			word = "undecided"
		}
		lines[i] = fmt.Sprintf("dsnsim: expectation %s: %s: %s", word, x.Text, x.Why)
		if word == "undecided" && i == len(e)-1 {
			lines[i] += "\ndsnsim: what is undecided fails, unless --allow-undecided lets it pass"
		}
	}
	return strings.Join(lines, "\n")
}

// RegressionError is the figures that got worse. They are printed on stderr too.
type RegressionError struct {
	Scenario bool // names the scenario of each
	List     []result.Change
}

// mostTold is how many regressions are printed on stderr; the report has all.
const mostTold = 10

func (e RegressionError) Error() string {
	var lines []string
	for _, c := range e.List[:min(mostTold, len(e.List))] {
		name := ""
		if e.Scenario {
			name = c.Scenario + ": "
		}
		lines = append(lines, "dsnsim: regression: "+name+reports.ChangeText(c))
	}
	if more := len(e.List) - mostTold; more > 0 {
		lines = append(lines, fmt.Sprintf("dsnsim: and %d regressions more, which the report lists", more))
	}
	return strings.Join(lines, "\n")
}

// NothingError is a comparison that compared nothing.
type NothingError string

func (e NothingError) Error() string { return "dsnsim: " + string(e) }

// InterruptedError says how far a run came.
type InterruptedError struct{ Done, All int }

func (e InterruptedError) Error() string {
	if e.Done == 0 {
		return "interrupted before the first simulation was finished; the report holds no figures"
	}
	return fmt.Sprintf("interrupted after %d of %d simulations; the report holds only those", e.Done, e.All)
}

// Is makes it the cancelled context that it stands for.
func (e InterruptedError) Is(target error) bool { return target == context.Canceled }

// SuiteError is what is wrong with scenarios that ran together. The gravest decides the code: 130 before 1 before 3 before 99.
type SuiteError struct {
	Code int
	Text string
}

func (e SuiteError) Error() string { return e.Text }

// Code returns the code for the error of a command.
func Code(err error) int {
	var usage UsageError
	var invalid invalidError
	var faults strict.Errors
	var fault strict.Error
	var capture *capture.Error
	var failed ExpectationError
	var worse RegressionError
	var suite SuiteError
	var nothing NothingError
	switch {
	case err == nil:
		return OK
	case errors.As(err, &suite):
		return suite.Code
	case errors.Is(err, context.Canceled):
		return Interrupted
	case errors.As(err, &failed), errors.As(err, &worse), errors.As(err, &nothing):
		return Unexpected
	case errors.As(err, &usage):
		return Usage
	case errors.As(err, &faults), errors.As(err, &fault), errors.As(err, &capture), errors.As(err, &invalid):
		return Invalid
	}
	return Failed
}

// Explain prints an error, each fault on a line of its own. Those of input files begin with file:line:col, so that an
// editor can follow them; all others begin with the name of the program or of the command.
func Explain(w io.Writer, err error, release string) {
	text := err.Error()
	var interrupted InterruptedError
	var suite SuiteError
	switch {
	case errors.As(err, &suite):
	case errors.Is(err, context.Canceled) && !errors.As(err, &interrupted):
		text = "dsnsim: interrupted"
	case Code(err) != Invalid && !strings.HasPrefix(text, "dsnsim"):
		text = "dsnsim: " + text
	}
	fmt.Fprintln(w, plain.Lines(text))
	var crash *run.Crash
	if errors.As(err, &crash) {
		fmt.Fprintf(w, "dsnsim %s\n%s", release, crash.Stack)
	}
}
