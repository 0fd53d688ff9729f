package keying

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/units"
)

const ms = units.Millisecond

func at(n int) units.Time { return units.At(units.Duration(n) * ms) }

// Associations are numbered by server, direction and tunnel; both directions of a tunnel are one.
func TestTunnelOfAssociation(t *testing.T) {
	s := Spec{Tunnels: 3}
	var got []uint32
	for sa := range uint32(12) {
		got = append(got, s.Tunnel(sa))
	}
	assert.Equal(t, []uint32{0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5}, got)
}

// engine makes a handshake in 5 ms, one after the other.
type engine struct {
	free  units.Time
	asked []units.Time
	whose []uint32
}

func (e *engine) request(at units.Time, tunnel uint32) units.Time {
	e.asked, e.whose = append(e.asked, at), append(e.whose, tunnel)
	e.free = units.Later(e.free, at).Add(5 * ms)
	return e.free
}

func TestSetUpAtStart(t *testing.T) {
	e := &engine{}
	table := New(&Spec{Tunnels: 3, AtStart: true})
	for range 2 {
		table.Handshakes(at(1), 6, 3, e.request)
	}
	assert.Equal(t, []uint32{6, 7, 8}, e.whose, "once")
	assert.Equal(t, []units.Time{{}, {}, {}}, e.asked)
	for tunnel, want := range map[uint32]int{6: 5, 7: 10, 8: 15} {
		ready, known := table.Ready(at(1), tunnel)
		assert.True(t, known)
		assert.Equal(t, at(want), ready)
		ready, _ = table.Ready(at(want), tunnel)
		assert.Equal(t, at(want), ready)
		ready, _ = table.Ready(at(10_000), tunnel)
		assert.Equal(t, at(10_000), ready, "for ever")
	}
	_, known := table.Ready(at(1), 9)
	assert.False(t, known, "of another box")
}

// Keys are renewed after 100 ms and good for 110: packets pass all the time while the engine is fast enough, and wait
// where it is not.
func TestRekey(t *testing.T) {
	for _, slow := range []int{5, 40} {
		table := New(&Spec{Tunnels: 1, Rekey: 100 * ms})
		table.Begin(0, at(10))
		request := func(asked units.Time, _ uint32) units.Time { return asked.Add(units.Duration(slow) * ms) }
		waits := map[int]units.Time{}
		for now := 10; now < 330; now++ {
			table.Handshakes(at(now), 0, 1, request)
			ready, known := table.Ready(at(now), 0)
			require.True(t, known)
			if ready != at(now) {
				waits[now] = ready
			}
		}
		if slow == 5 {
			assert.Empty(t, waits)
			continue
		}
		// Keys of 10 ms are good until 120 and asked to be renewed at 110, when 40 ms are too long; those of 150 until 260.
		want := map[int]units.Time{}
		for now := 121; now < 150; now++ {
			want[now] = at(150)
		}
		for now := 261; now < 290; now++ {
			want[now] = at(290)
		}
		assert.Equal(t, want, waits)
	}
}

// Keys are renewed although no packet comes, and the handshakes are asked for at their times.
func TestRekeyWithoutPackets(t *testing.T) {
	e := &engine{}
	table := New(&Spec{Tunnels: 2, Rekey: 100 * ms})
	table.Begin(0, at(10))
	table.Begin(1, at(12))
	table.Handshakes(at(350), 0, 2, e.request)
	assert.Equal(t, []units.Time{at(110), at(112), at(215), at(220), at(320), at(325)}, e.asked)
	assert.Equal(t, []uint32{0, 1, 0, 1, 0, 1}, e.whose)
	ready, _ := table.Ready(at(350), 0)
	assert.Equal(t, at(350), ready)
}

// Whatever comes, requests are in time order, one tunnel has at most one handshake under way, and a packet never has
// keys before they are made.
func TestRequestsAreInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := &Spec{Tunnels: 5, AtStart: rapid.Bool().Draw(t, "start"), Rekey: units.Duration(rapid.IntRange(0, 60).Draw(t, "rekey")) * ms}
		table, e := New(spec), &engine{}
		made := map[uint32]units.Time{}
		request := func(asked units.Time, tunnel uint32) units.Time {
			require.False(t, asked.Before(made[tunnel]), "asked for while one is under way")
			made[tunnel] = e.request(asked, tunnel)
			return made[tunnel]
		}
		now := 0
		for range 60 {
			now += rapid.IntRange(0, 20).Draw(t, "gap")
			tunnel := uint32(rapid.IntRange(0, 4).Draw(t, "tunnel"))
			table.Handshakes(at(now), 0, 5, request)
			ready, known := table.Ready(at(now), tunnel)
			require.Equal(t, known, made[tunnel] != units.Time{})
			if !known {
				table.Begin(tunnel, request(at(now), tunnel))
				continue
			}
			require.False(t, ready.Before(at(now)))
			require.False(t, ready.After(units.Later(at(now), made[tunnel])), "it waits for a handshake, if for anything")
		}
		for i := 1; i < len(e.asked); i++ {
			require.False(t, e.asked[i].Before(e.asked[i-1]))
		}
	})
}

func TestCounts(t *testing.T) {
	var c Counts
	for _, ready := range []int{9, 10, 19, 20} {
		c.Note(at(10), at(20), at(4), at(ready))
	}
	assert.Equal(t, Counts{Done: 2, Total: 21 * ms, Max: 15 * ms}, c)
	c.Add(Counts{Done: 1, Total: 30 * ms, Max: 30 * ms})
	assert.Equal(t, Counts{Done: 3, Total: 51 * ms, Max: 30 * ms}, c)
}
