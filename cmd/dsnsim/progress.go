package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// progress shows how far a run is, on a terminal only, in one line that it rewrites ten times a second at most. The
// clock here is the wall's: it shapes no result.
type progress struct {
	mu    sync.Mutex
	w     io.Writer
	shown time.Time
	dirty bool
}

// newProgress returns a line that stays empty unless w is a terminal and the user is not to be left in quiet.
func newProgress(w io.Writer, terminal, quiet bool) *progress {
	if !terminal || quiet {
		w = nil
	}
	return &progress{w: w}
}

// Update shows that done of all simulations are finished. It may be called from several goroutines.
func (p *progress) Update(done, all int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.w == nil || time.Since(p.shown) < 100*time.Millisecond {
		return
	}
	p.shown, p.dirty = time.Now(), true
	fmt.Fprintf(p.w, "\r%d of %d simulations", done, all)
}

// Done clears the line.
func (p *progress) Done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dirty {
		fmt.Fprint(p.w, "\r\033[K")
		p.dirty = false
	}
}
