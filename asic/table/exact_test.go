package table

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func newExact(t require.TestingT, spec ExactSpec) *Exact {
	table, err := NewExact(spec)
	require.NoError(t, err)
	return table
}

// keyNumber returns the n-th of a row of distinct keys of the given width; neighbours differ in one bit or few, as
// addresses and ports do.
func keyNumber(n uint64, bytes int) Key {
	var k Key
	k[0] = n
	if bytes < 8 {
		return k
	}
	k[(bytes-1)/8] |= n & 0xff // both ends of the key, so that a word left out of the hash would show
	return k
}

func TestKeyPacksBytesInOrder(t *testing.T) {
	k := KeyOf([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9})
	assert.Equal(t, Key{0x0807060504030201, 9}, k)
	assert.Equal(t, Key{}, KeyOf(nil))
	assert.Panics(t, func() { KeyOf(make([]byte, MaxKeyBytes+1)) })
}

func TestTupleKeysDifferInEveryField(t *testing.T) {
	base := Tuple{Src: Addr{Lo: 1}, Dst: Addr{Lo: 2}, SrcPort: 3, DstPort: 4, VRF: 5, Proto: 6}
	for _, v6 := range []bool{false, true} {
		base.V6 = v6
		changed := map[string]func(*Tuple){
			"src":   func(u *Tuple) { u.Src.Lo++ },
			"dst":   func(u *Tuple) { u.Dst.Lo++ },
			"sport": func(u *Tuple) { u.SrcPort++ },
			"dport": func(u *Tuple) { u.DstPort++ },
			"vrf":   func(u *Tuple) { u.VRF++ },
			"proto": func(u *Tuple) { u.Proto++ },
		}
		for name, change := range changed {
			u := base
			change(&u)
			assert.NotEqual(t, base.Key(), u.Key(), name)
		}
		width := TupleBytesV4
		if v6 {
			width = TupleBytesV6
		}
		u := Tuple{Src: Addr{^uint64(0), ^uint64(0)}, Dst: Addr{^uint64(0), ^uint64(0)}, SrcPort: 0xffff, DstPort: 0xffff, VRF: 0xffff, Proto: 0xff, V6: v6}
		if !v6 {
			u.Src, u.Dst = Addr{Lo: 0xffff_ffff}, Addr{Lo: 0xffff_ffff}
		}
		want := KeyOf(slices.Repeat([]byte{0xff}, width))
		assert.Equal(t, want, u.Key(), "a tuple of all ones fills exactly the bytes of its key")
	}
}

func TestExactSpecNamesTheBadField(t *testing.T) {
	good := DefaultExactSpec(100, 15)
	for want, spoil := range map[string]func(*ExactSpec){
		"0 slots":           func(s *ExactSpec) { s.Slots = 0 },
		"key of 0 bytes":    func(s *ExactSpec) { s.KeyBytes = 0 },
		"key of 41 bytes":   func(s *ExactSpec) { s.KeyBytes = 41 },
		"1 ways":            func(s *ExactSpec) { s.Ways = 1 },
		"5 ways":            func(s *ExactSpec) { s.Ways = 5 },
		"17 moves; allowed": func(s *ExactSpec) { s.MaxMoves = 17 },
	} {
		s := good
		spoil(&s)
		_, err := NewExact(s)
		assert.ErrorContains(t, err, want)
	}
}

// TestExactActsLikeAMap drives small tables, so that they are often full, beside a map.
func TestExactActsLikeAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := ExactSpec{
			Slots:    rapid.IntRange(1, 64).Draw(t, "slots"),
			KeyBytes: rapid.SampledFrom([]int{1, 4, 8, 13, 15, 37, 39, 40}).Draw(t, "key bytes"),
			Ways:     rapid.IntRange(2, 4).Draw(t, "ways"),
			MaxMoves: rapid.IntRange(0, 4).Draw(t, "moves"),
			Seed:     rapid.Uint64().Draw(t, "seed"),
		}
		table, model := newExact(t, spec), map[Key]uint32{}
		someKey := rapid.Custom(func(t *rapid.T) Key {
			return keyNumber(rapid.Uint64Range(0, 99).Draw(t, "key"), spec.KeyBytes)
		})
		t.Repeat(map[string]func(*rapid.T){
			"insert": func(t *rapid.T) { checkInsert(t, table, model, someKey.Draw(t, "k"), rapid.Uint32().Draw(t, "v")) },
			"delete": func(t *rapid.T) {
				k := someKey.Draw(t, "k")
				_, had := model[k]
				assert.Equal(t, had, table.Delete(&k))
				delete(model, k)
			},
			"": func(t *rapid.T) { checkExact(t, table, model, spec) },
		})
	})
}

func checkInsert(t *rapid.T, table *Exact, model map[Key]uint32, k Key, v uint32) {
	_, had := model[k]
	outcome, moves := table.Insert(&k, v)
	switch outcome {
	case Inserted:
		require.False(t, had)
		model[k] = v
	case Updated:
		require.True(t, had)
		require.Zero(t, moves)
		model[k] = v
	case Full, TooManyMoves:
		require.False(t, had)
		require.Zero(t, moves)
		require.GreaterOrEqual(t, len(model), slotsPerBucket*table.spec.Ways, "all the key's buckets must be full before it is refused")
	default:
		t.Fatalf("outcome %v", outcome)
	}
	require.LessOrEqual(t, moves, table.spec.MaxMoves)
}

// checkExact compares every key of the test's universe, one by one and in a batch.
func checkExact(t *rapid.T, table *Exact, model map[Key]uint32, spec ExactSpec) {
	keys := make([]Key, 100)
	for i := range keys {
		keys[i] = keyNumber(uint64(i), spec.KeyBytes)
	}
	hits := make([]ExactHit, len(keys))
	table.LookupBatch(keys, hits)
	for i := range keys {
		v, had := model[keys[i]]
		hit := table.Lookup(&keys[i])
		require.Equal(t, had, hit.Hit)
		require.Equal(t, v, hit.Value)
		require.Equal(t, hit, hits[i], "a batch gives the same answers")
		require.InDelta(t, 1, hit.Probes, float64(spec.Ways-1))
	}
	require.Equal(t, len(model), table.Len())
}

// TestExactFillsBeforeItRefuses pins the load factors that the allocator's sizes rest on.
func TestExactFillsBeforeItRefuses(t *testing.T) {
	for _, c := range []struct {
		name           string
		ways, moves    int
		atLeast, below float64
	}{
		{"d-left, two ways", 2, 0, 0.60, 0.85},
		{"d-left, four ways", 4, 0, 0.75, 0.92},
		{"cuckoo, two ways", 2, 8, 0.93, 0.98},
		{"cuckoo, four ways", 4, 8, 0.97, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			spec := DefaultExactSpec(1<<15, 15)
			spec.Ways, spec.MaxMoves = c.ways, c.moves
			table := newExact(t, spec)
			keys := scrambledKeys(table.Slots()+1, 7)
			moves := 0
			for i := range keys {
				outcome, m := table.Insert(&keys[i], uint32(i))
				moves += m
				if outcome != Inserted {
					break
				}
			}
			load := float64(table.Len()) / float64(table.Slots())
			t.Logf("refused first at %.3f of the slots, %.3f moves an entry", load, float64(moves)/float64(table.Len()))
			assert.GreaterOrEqual(t, load, c.atLeast)
			assert.LessOrEqual(t, load, c.below)
		})
	}
}

func TestMovesAreBounded(t *testing.T) {
	for most := range 4 {
		spec := DefaultExactSpec(1<<14, 15)
		spec.MaxMoves = most
		table := newExact(t, spec)
		keys := scrambledKeys(table.Slots(), 5)
		longest, refusals := 0, map[Outcome]int{}
		for i := range keys {
			outcome, moves := table.Insert(&keys[i], uint32(i))
			longest = max(longest, moves)
			refusals[outcome]++
		}
		assert.Equal(t, most, longest, "the bound is reached and kept")
		assert.Equal(t, most == 0, refusals[TooManyMoves] == 0, "without moves a table is full, with them it gives up")
		assert.Equal(t, most == 0, refusals[Full] > 0)
	}
}

// scrambledKeys returns n keys of a v4 five-tuple's width.
func scrambledKeys(n int, seed uint64) []Key {
	r := rand.New(rand.NewPCG(seed, 0))
	keys := make([]Key, n)
	for i := range keys {
		keys[i] = Key{r.Uint64(), r.Uint64() & (1<<56 - 1)}
	}
	return keys
}

func TestExactRefusesWithoutHarm(t *testing.T) {
	table := newExact(t, DefaultExactSpec(256, 15))
	keys := scrambledKeys(400, 3)
	var in, refused []int
	for i := range keys {
		if outcome, _ := table.Insert(&keys[i], uint32(i)); outcome == Inserted {
			in = append(in, i)
		} else {
			refused = append(refused, i)
		}
	}
	require.NotEmpty(t, refused)
	require.LessOrEqual(t, len(in), table.Slots())
	for _, i := range in {
		assert.Equal(t, uint32(i), table.Lookup(&keys[i]).Value)
	}
	for _, i := range refused {
		assert.False(t, table.Lookup(&keys[i]).Hit)
	}
}

func TestExactIsTheSameForTheSameSeed(t *testing.T) {
	build := func(seed uint64) *Exact {
		spec := DefaultExactSpec(1000, 15)
		spec.Seed = seed
		table := newExact(t, spec)
		for i, k := range scrambledKeys(900, 1) {
			table.Insert(&k, uint32(i))
		}
		return table
	}
	assert.Equal(t, build(5).tags, build(5).tags)
	assert.NotEqual(t, build(5).tags, build(6).tags)
}

// TestExactSpreadsRegularKeys guards the hash: keys that count up must fill a table as far as random ones do.
func TestExactSpreadsRegularKeys(t *testing.T) {
	for name, key := range map[string]func(i uint64) Tuple{
		"addresses": func(i uint64) Tuple { return Tuple{Src: Addr{Lo: 0x0a000000 + i}, Dst: Addr{Lo: 0x0a800000}, Proto: 6} },
		"ports":     func(i uint64) Tuple { return Tuple{SrcPort: uint16(i), DstPort: uint16(i >> 16), Proto: 17} },
		"both":      func(i uint64) Tuple { return Tuple{Src: Addr{Lo: i}, Dst: Addr{Lo: i}, VRF: uint16(i)} },
		"v6":        func(i uint64) Tuple { return Tuple{Src: Addr{Hi: i << 32}, Dst: Addr{Hi: i}, V6: true} },
		"v6 low":    func(i uint64) Tuple { return Tuple{Src: Addr{Lo: i}, Dst: Addr{Lo: i << 48}, V6: true} },
	} {
		table := newExact(t, DefaultExactSpec(1<<14, TupleBytesV6))
		for i := range uint64(1 << 14) {
			tuple := key(i)
			k := tuple.Key()
			if outcome, _ := table.Insert(&k, 0); outcome != Inserted {
				break
			}
		}
		assert.Greater(t, float64(table.Len())/float64(table.Slots()), 0.92, name)
	}
}

func TestEqualLanes(t *testing.T) {
	assert.Equal(t, uint64(0x8000_0000_0000_8000), equalLanes(0x0001_0000_0002_0001, 1))
	rapid.Check(t, func(t *rapid.T) {
		lane := rapid.SampledFrom([]uint64{0, 1, 2, 0x7fff, 0x8000, 0x8001, 0xffff})
		var w, want uint64
		tag := lane.Draw(t, "tag")
		for i := range 4 {
			v := lane.Draw(t, "lane")
			w |= v << (16 * i)
			if v == tag {
				want |= 0x8000 << (16 * i)
			}
		}
		require.Equal(t, want, equalLanes(w, tag))
	})
}

func TestOutcomeNames(t *testing.T) {
	assert.Equal(t, "too many moves", TooManyMoves.String())
	assert.Equal(t, "Outcome(99)", Outcome(99).String())
}
