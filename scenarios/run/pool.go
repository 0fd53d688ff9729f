package run

import (
	"context"
	"sync"
	"sync/atomic"
)

// Each calls f with each number below n, as many calls at the same time as there are jobs, in order of their beginning. The first
// error cancels the context of the calls, and no more begin; it is returned, or why ctx was done before.
func Each(ctx context.Context, jobs, n int, f func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(max(1, jobs), n) {
		group.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := f(ctx, i); err != nil {
					cancel(err)
				}
			}
		})
	}
	group.Wait()
	return context.Cause(ctx)
}

// Pool bounds how many simulations run at the same time over several calls of Scenario; a nil pool bounds nothing.
type Pool struct{ slots chan struct{} }

// NewPool returns a pool for so many simulations, at least one.
func NewPool(jobs int) *Pool { return &Pool{make(chan struct{}, max(1, jobs))} }

// do calls f when the pool has room. f must not call do.
func (p *Pool) do(f func()) {
	if p == nil {
		f()
		return
	}
	p.slots <- struct{}{}
	defer func() { <-p.slots }()
	f()
}
