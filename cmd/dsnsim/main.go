// Command dsnsim simulates a Distributed Services Node in five placements. See the README.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/dsnsim/dsnsim/cmd/dsnsim/exit"
	"github.com/dsnsim/dsnsim/internal/stdout"
)

// longestEnd is how long an interrupted program may take to end simulations and to write what was finished. Assumed: ten times
// what the largest scenarios take.
const longestEnd = 10 * time.Second

func main() {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as nohup has it
		signals = append(signals, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	context.AfterFunc(ctx, func() {
		time.Sleep(longestEnd)
		fmt.Fprintln(os.Stderr, "dsnsim: interrupted; what was under way could not be ended in time and is lost")
		os.Exit(exit.Interrupted)
	})
	code := execute(ctx, os.Args[1:], stdout.Writer(), os.Stderr)
	stop()
	os.Exit(code)
}
