package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/dsnsim/dsnsim/internal/plain"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/scenarios/expect"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/run"
	"github.com/dsnsim/dsnsim/sim/capture"
)

// The exit codes, a contract with scripts.
const (
	exitOK          = 0
	exitFailed      = 1   // the run failed: I/O, internal
	exitUsage       = 2   // bad usage
	exitInvalid     = 3   // an invalid scenario, capture or profile
	exitExpectation = 99  // an expectation failed or is undecided, a figure got worse, or nothing was compared
	exitInterrupted = 130 // Ctrl-C: what was finished is written
)

// usageError is a fault of the command line.
type usageError struct{ error }

// invalidError is a fault of an input file that has no type of its own.
type invalidError struct{ error }

// expectationError is the expectations that failed. They are printed on stderr too: not every report format has them.
type expectationError []result.Expectation

func (e expectationError) Error() string {
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

// nothingError is a comparison that compared nothing.
type nothingError string

func (e nothingError) Error() string { return "dsnsim: " + string(e) }

// interruptedError says how far a run came.
type interruptedError struct{ done, all int }

func (e interruptedError) Error() string {
	if e.done == 0 {
		return "interrupted before the first simulation was finished; the report holds no figures"
	}
	return fmt.Sprintf("interrupted after %d of %d simulations; the report holds only those", e.done, e.all)
}

// Is makes it the cancelled context that it stands for.
func (e interruptedError) Is(target error) bool { return target == context.Canceled }

// suiteError is what is wrong with scenarios that ran together. The gravest decides the code: 130 before 1 before 3 before 99.
type suiteError struct {
	code int
	text string
}

func (e suiteError) Error() string { return e.text }

// exitCode returns the code for the error of a command.
func exitCode(err error) int {
	var usage usageError
	var invalid invalidError
	var faults strict.Errors
	var fault strict.Error
	var capture *capture.Error
	var failed expectationError
	var worse regressionError
	var suite suiteError
	var nothing nothingError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &suite):
		return suite.code
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &failed), errors.As(err, &worse), errors.As(err, &nothing):
		return exitExpectation
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &faults), errors.As(err, &fault), errors.As(err, &capture), errors.As(err, &invalid):
		return exitInvalid
	}
	return exitFailed
}

// explain prints an error, each fault on a line of its own. Those of input files begin with file:line:col, so that an
// editor can follow them; all others begin with the name of the program or of the command.
func explain(w io.Writer, err error) {
	text := err.Error()
	var interrupted interruptedError
	var suite suiteError
	switch {
	case errors.As(err, &suite):
	case errors.Is(err, context.Canceled) && !errors.As(err, &interrupted):
		text = "dsnsim: interrupted"
	case exitCode(err) != exitInvalid && !strings.HasPrefix(text, "dsnsim"):
		text = "dsnsim: " + text
	}
	fmt.Fprintln(w, plain.Lines(text))
	var crash *run.Crash
	if errors.As(err, &crash) {
		fmt.Fprintf(w, "dsnsim %s\n%s", release(), crash.Stack)
	}
}
