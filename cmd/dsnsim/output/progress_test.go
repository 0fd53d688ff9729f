package output

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// clockwork is a terminal with a clock that the test moves.
func clockwork(t *testing.T) (*progress, *bytes.Buffer, *time.Time) {
	t.Setenv("TERM", "xterm")
	var out bytes.Buffer
	now := time.Unix(0, 0)
	p := NewProgress(&out, true, false)
	p.now = func() time.Time { return now }
	return p, &out, &now
}

func TestProgressRewritesOneLine(t *testing.T) {
	p, out, now := clockwork(t)
	p.Update(1, 25)
	*now = now.Add(progressInterval)
	p.Update(2, 25)
	p.Done()
	assert.Equal(t, "\rdsnsim: 1 of 25 simulations\rdsnsim: 2 of 25 simulations\r\x1b[K", out.String())
	p.Done()
	p.Update(25, 25)
	assert.True(t, strings.HasSuffix(out.String(), "\r\x1b[K"), "after the end the line stays empty")
}

func TestProgressShowsPhases(t *testing.T) {
	p, out, _ := clockwork(t)
	p.Phase("building tables")
	p.Update(1, 2)
	p.Done()
	p.Phase("too late")
	assert.Equal(t, "\r\x1b[Kdsnsim: building tables\r\x1b[K\rdsnsim: 1 of 2 simulations\r\x1b[K", out.String())
}

func TestProgressIsNotTooFast(t *testing.T) {
	p, out, now := clockwork(t)
	for i := range 1000 { // one second
		p.Update(i+1, 1000)
		*now = now.Add(time.Millisecond)
	}
	assert.Equal(t, 10, strings.Count(out.String(), "\r"))
	assert.NotContains(t, out.String(), "\n")
}

func TestProgressNeverGoesBack(t *testing.T) {
	p, out, now := clockwork(t)
	for _, done := range []int{3, 2, 1, 3} {
		p.Update(done, 4)
		*now = now.Add(time.Second)
	}
	assert.Equal(t, "\rdsnsim: 3 of 4 simulations", out.String())
}

func TestProgressIsSilent(t *testing.T) {
	for _, c := range []struct {
		why             string
		term            string
		terminal, quiet bool
	}{
		{"a file or a pipe", "xterm", false, false},
		{"--quiet", "xterm", true, true},
		{"a terminal that cannot rewrite a line", "dumb", true, false},
	} {
		t.Setenv("TERM", c.term)
		var out bytes.Buffer
		p := NewProgress(&out, c.terminal, c.quiet)
		p.Update(1, 2)
		p.Done()
		assert.Empty(t, out.String(), c.why)
	}
}

func TestProgressWithoutUpdatesIsEmpty(t *testing.T) {
	p, out, _ := clockwork(t)
	p.Done()
	assert.Empty(t, out.String())
}

// Run with -race.
func TestProgressFromManyWorkers(t *testing.T) {
	p, out, _ := clockwork(t)
	p.now = time.Now
	var group sync.WaitGroup
	for i := range 16 {
		group.Go(func() {
			for k := range 100 {
				p.Update(i*100+k, 1600)
			}
		})
	}
	group.Wait()
	p.Done()
	assert.True(t, strings.HasSuffix(out.String(), "\r\x1b[K"))
}
