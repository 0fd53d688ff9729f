package run

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
