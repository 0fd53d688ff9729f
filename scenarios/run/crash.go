package run

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/trial"
)

// Crash is a fault of the program, or lack of memory that Go could tell: what was simulated, and where it happened.
type Crash struct {
	Scenario, Placement string // Placement is "" before the first simulation
	Replication         int    // from 1
	File                string // where not even the scenario is known
	Seed                uint64
	Cause               any
	Stack               []byte
}

// Error says what somebody needs to find it again; the stack is beside it.
func (c *Crash) Error() string {
	in := ""
	if c.File != "" {
		in = " in " + c.File
	}
	if c.Scenario == "" {
		return fmt.Sprintf("internal error%s: %v; this is a fault of dsnsim: please report it with the command line and what dsnsim version says", in, c.Cause)
	}
	where := "scenario " + c.Scenario
	if c.Placement != "" {
		where += fmt.Sprintf(", placement %s, replication %d", c.Placement, c.Replication)
	}
	return fmt.Sprintf("internal error in %s, seed %d: %v; this is a fault of dsnsim, not of the scenario: "+
		"please report it with the scenario and what dsnsim version says", where, c.Seed, c.Cause)
}

// Rescued runs f and makes an error of its panic. about fills in what was simulated.
func Rescued(about Crash, f func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			about.Cause, about.Stack = cause, debug.Stack()
			err = &about
		}
	}()
	return f()
}

// runGuarded simulates a job.
func runGuarded(j *trial.Job, ctx context.Context) (o *trial.Outcome, err error) {
	about := Crash{Scenario: j.Scenario.Name, Placement: j.Placement.Name, Replication: j.Replication + 1, Seed: j.Scenario.Run.Seed}
	err = Rescued(about, func() error {
		o, err = j.Run(ctx)
		return err
	})
	return o, err
}

// CrashOf is what is known of a crash before the first simulation.
func CrashOf(s *scenarios.Scenario) Crash { return Crash{Scenario: s.Name, Seed: s.Run.Seed} }

// Prepare runs what cannot be interrupted when the pool has room. When the context ends first, f is left behind: the program is about
// to end, and nobody looks at what f makes.
func (opt *Options) Prepare(ctx context.Context, s *scenarios.Scenario, f func() error) error {
	done := make(chan error, 1)
	go func() {
		opt.Pool.do(func() { done <- Rescued(CrashOf(s), f) })
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
