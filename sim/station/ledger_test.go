package station

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/units"
)

type noted struct {
	at, start, free units.Time
	bytes           uint32
	refused         bool
}

// drawVisits draws visits in the order of their arrival.
func drawVisits(t *rapid.T) []noted {
	var list []noted
	at := units.Time{}
	for range rapid.IntRange(0, 40).Draw(t, "visits") {
		at = at.Add(units.Duration(rapid.IntRange(0, 30).Draw(t, "gap")))
		start := at.Add(units.Duration(rapid.IntRange(0, 20).Draw(t, "wait")))
		list = append(list, noted{at, start, start.Add(units.Duration(rapid.IntRange(0, 50).Draw(t, "service"))),
			uint32(rapid.IntRange(0, 9).Draw(t, "bytes")), rapid.IntRange(0, 5).Draw(t, "refused") == 0})
	}
	return list
}

// naiveStats looks at every visit and asks whether it is in the window.
func naiveStats(list []noted, w Window) (s ServerStats) {
	for _, v := range list {
		in := !v.at.Before(w.From) && v.at.Before(w.To)
		if v.refused {
			if in {
				s.Drops++
			}
			continue
		}
		if in {
			s.Visits++
			s.Bytes += int64(v.bytes)
			s.Service += v.free.Sub(v.start)
			s.Wait += v.start.Sub(v.at)
			s.MaxWait = max(s.MaxWait, v.start.Sub(v.at))
		}
		if b := units.Earlier(v.free, w.To).Sub(units.Later(v.start, w.From)); b > 0 {
			s.Busy += b
		}
	}
	return s
}

// A ledger counts what a reading of all visits counts, wherever the window's ends fall; and its marks are the counts of
// what arrived before each span's end.
func TestLedgerCountsTheWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := drawVisits(t)
		from := rapid.IntRange(0, 400).Draw(t, "from")
		w := Window{From: units.At(units.Duration(from)), To: units.At(units.Duration(from + rapid.IntRange(1, 400).Draw(t, "length"))),
			Every: units.Duration(rapid.IntRange(0, 100).Draw(t, "every"))}
		l := NewLedger()
		l.Measure(w)
		for _, v := range list {
			if v.refused {
				l.Refuse(v.at)
				continue
			}
			l.Note(v.at, v.start, v.free)
			l.NoteBytes(v.bytes)
		}
		require.Equal(t, naiveStats(list, w), l.Stats())
		marks := l.Spans(w.To.Add(w.Every))
		require.Len(t, marks, w.Spans())
		for i, m := range marks {
			s := naiveStats(list, Window{To: units.At(w.Every * units.Duration(i+1))})
			require.Equal(t, Served{s.Visits, s.Bytes, s.Service}, m)
		}
		require.Equal(t, naiveStats(list, w), l.Stats(), "marks change nothing")
	})
}

func TestLedgerWithoutAWindow(t *testing.T) {
	l := NewLedger()
	l.Note(units.At(5), units.At(6), units.At(9))
	assert.Equal(t, ServerStats{Visits: 1, Busy: 3, Service: 3, Wait: 1, MaxWait: 1}, l.Stats())
	l.Measure(Window{From: units.At(100), To: units.Forever})
	assert.Zero(t, (&l).Stats().Visits, "before the window begins, there is nothing in it")
}
