package sim

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

// stays notes when each packet came and left, by source.
type stays map[int][][2]units.Time

func (s stays) Delivered(p *packet.Packet, at units.Time) { s.note(p, at) }

func (s stays) Dropped(p *packet.Packet, at units.Time, _ uint8) { s.note(p, at) }

func (s stays) note(p *packet.Packet, at units.Time) {
	if p.Copy == 0 {
		s[p.Source()] = append(s[p.Source()], [2]units.Time{p.Sent, at})
	}
}

// integral counts, instant by instant at which somebody comes or leaves, how many are there, and adds up the areas: the definition.
func integral(list [][2]units.Time, from, to units.Time) uint64 {
	marks := []units.Time{from, to}
	for _, s := range list {
		marks = append(marks, s[0], s[1])
	}
	sortTimes(marks)
	var sum uint64
	for i := range marks[1:] {
		a, b := marks[i], marks[i+1]
		if a.Before(from) || b.After(to) {
			continue
		}
		for _, s := range list {
			if !s[0].After(a) && s[1].After(a) {
				sum += uint64(b.Sub(a))
			}
		}
	}
	return sum
}

func sortTimes(list []units.Time) {
	for i := range list {
		for k := i; k > 0 && list[k].Before(list[k-1]); k-- {
			list[k], list[k-1] = list[k-1], list[k]
		}
	}
}

// In any net, and for any window, with drops, copies and responses, the engine's integral is that of the definition, stepwise or not.
func TestPresenceIsTheIntegralOfTheNumberOfPackets(t *testing.T) {
	inside := uint64(0)
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		from := units.At(units.Duration(rapid.Int64Range(0, 2_000_000).Draw(t, "from")))
		to := from.Add(units.Duration(rapid.Int64Range(1, 4_000_000).Draw(t, "length")))
		_, e := network(seed, rapid.Bool().Draw(t, "stepwise"))
		s := stays{}
		e.rec, e.window = s, station.Window{From: from, To: to}
		require.NoError(t, e.Run(context.Background()))
		for i := range e.Sources() {
			want := integral(s[i], from, to)
			assert.Equal(t, want, e.Occupancy(i), "source %d", i)
			inside += want
		}
	})
	assert.Positive(t, inside)
}

// Those that are in from before the window until behind it count with its length.
func TestPresenceAtTheEnds(t *testing.T) {
	e := NewEngine(stays{})
	e.sources = make([]source, 1)
	e.window = station.Window{From: units.At(100), To: units.At(200)}
	stay := func(from, to units.Duration) uint64 {
		before := e.Occupancy(0)
		e.came(0, units.At(from))
		e.left(&packet.Packet{Key: packet.MakeKey(0, 1)}, units.At(to))
		return e.Occupancy(0) - before
	}
	for _, c := range [][3]int64{{0, 50, 0}, {0, 100, 0}, {0, 150, 50}, {120, 150, 30}, {120, 200, 80}, {120, 900, 80}, {0, 900, 100}, {200, 300, 0}, {100, 200, 100}} {
		assert.Equal(t, uint64(c[2]), stay(units.Duration(c[0]), units.Duration(c[1])), "from %d to %d", c[0], c[1])
	}
}
