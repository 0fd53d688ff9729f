// Command dsnsim simulates a Distributed Services Node in five placements. See the README.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/dsnsim/dsnsim/internal/stdout"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	code := execute(ctx, os.Args[1:], stdout.Writer(), os.Stderr)
	stop()
	os.Exit(code)
}
