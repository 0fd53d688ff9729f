package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/strict"
)

// The exit codes, a contract with scripts.
const (
	exitOK          = 0
	exitFailed      = 1   // the run failed: I/O, internal
	exitUsage       = 2   // bad usage
	exitInvalid     = 3   // an invalid scenario, capture or profile
	exitExpectation = 99  // an expectation failed
	exitInterrupted = 130 // Ctrl-C: what was finished is written
)

// usageError is a fault of the command line.
type usageError struct{ error }

// invalidError is a fault of an input file that has no type of its own.
type invalidError struct{ error }

// errExpectation says that an expectation of the scenario failed; the report tells which.
var errExpectation = errors.New("an expectation failed")

// exitCode returns the code for the error of a command.
func exitCode(err error) int {
	var usage usageError
	var invalid invalidError
	var faults strict.Errors
	var fault strict.Error
	var capture *capture.Error
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.Is(err, errExpectation):
		return exitExpectation
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &faults), errors.As(err, &fault), errors.As(err, &capture), errors.As(err, &invalid):
		return exitInvalid
	}
	return exitFailed
}

// explain prints an error, each fault on a line of its own.
func explain(w io.Writer, err error) {
	var usage usageError
	switch {
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(w, "dsnsim: interrupted; what was finished is in the report, marked incomplete")
	case errors.As(err, &usage):
		fmt.Fprintf(w, "dsnsim: %v\n", err)
	default:
		fmt.Fprintln(w, err)
	}
}
