package output

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// progressInterval is the least time between two changes of the line: ten a second are enough for the eye.
const progressInterval = 100 * time.Millisecond

// progress shows how far a run is in one line that it rewrites. The clock here is the wall's, as nowhere else: it shapes
// no result. It is safe for concurrent use.
type progress struct {
	mu    sync.Mutex
	w     io.Writer // nil: nothing is shown
	now   func() time.Time
	shown time.Time
	most  int
	dirty bool
	phase bool // the line says what comes before the simulations
}

// NewProgress returns a line on w that stays empty unless w is a terminal that can rewrite a line and the user has not
// asked for quiet.
func NewProgress(w io.Writer, isTerminal, quiet bool) *progress {
	if !isTerminal || quiet || os.Getenv("TERM") == "dumb" {
		w = nil
	}
	return &progress{w: w, now: time.Now}
}

// Update shows that done of all simulations are finished. Workers may report out of order: the line never goes back.
func (p *progress) Update(done, all int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if p.w == nil || done <= p.most || p.dirty && now.Sub(p.shown) < progressInterval {
		return
	}
	p.most, p.shown, p.dirty = done, now, true
	// A terminal that fails must not stop the run.
	if p.phase {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.phase = false
	}
	fmt.Fprintf(p.w, "\rdsnsim: %d of %d simulations", done, all)
}

// Phase shows what is done before the simulations. The next Update writes over it.
func (p *progress) Phase(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.w == nil {
		return
	}
	p.dirty, p.shown = true, time.Time{}
	fmt.Fprintf(p.w, "\r\x1b[Kdsnsim: %s", what)
	p.phase = true
}

// Done clears the line. Later updates show nothing.
func (p *progress) Done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dirty {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
	p.w, p.dirty = nil, false
}
