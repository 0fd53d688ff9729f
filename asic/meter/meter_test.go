package meter

import (
	"fmt"
	"math/big"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/units"
)

// reference is the two meters as their RFCs put them, in rational numbers.
type reference struct {
	spec   Spec
	at     units.Time
	c, e   *big.Rat // levels in bits; e is P of RFC 2698
	cs, es *big.Rat
}

func newReference(s Spec) *reference {
	bits := func(b units.Bytes) *big.Rat { return new(big.Rat).SetInt64(8 * int64(b)) }
	return &reference{spec: s, c: bits(s.CBS), e: bits(s.EBS), cs: bits(s.CBS), es: bits(s.EBS)}
}

func (r *reference) fill(rate units.Rate, d units.Duration) *big.Rat {
	return new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(int64(rate)), big.NewInt(int64(d))), big.NewInt(1e12))
}

func lower(a, b *big.Rat) *big.Rat {
	if a.Cmp(b) < 0 {
		return a
	}
	return new(big.Rat).Set(b)
}

func (r *reference) mark(at units.Time, n uint32, was Colour) Colour {
	d := at.Sub(r.at)
	r.at = at
	r.c.Add(r.c, r.fill(r.spec.CIR, d))
	if r.spec.Mode == SingleRate {
		// What C cannot hold goes to E.
		if over := new(big.Rat).Sub(r.c, r.cs); over.Sign() > 0 {
			r.e.Add(r.e, over)
		}
	} else {
		r.e.Add(r.e, r.fill(r.spec.PIR, d))
	}
	r.c, r.e = lower(r.c, r.cs), lower(r.e, r.es)
	size := new(big.Rat).SetInt64(8 * int64(n))
	inC, inE := r.c.Cmp(size) >= 0, r.e.Cmp(size) >= 0
	if r.spec.Mode == SingleRate {
		return r.srTCM(size, inC, inE, was)
	}
	return r.trTCM(size, inC, inE, was)
}

// srTCM is section 3 of RFC 2697, colour-aware.
func (r *reference) srTCM(size *big.Rat, inC, inE bool, was Colour) Colour {
	if was == Green && inC {
		r.c.Sub(r.c, size)
		return Green
	}
	if (was == Green || was == Yellow) && inE {
		r.e.Sub(r.e, size)
		return Yellow
	}
	return Red
}

// trTCM is section 3 of RFC 2698, colour-aware.
func (r *reference) trTCM(size *big.Rat, inC, inP bool, was Colour) Colour {
	if was == Red || !inP {
		return Red
	}
	r.e.Sub(r.e, size)
	if was == Yellow || !inC {
		return Yellow
	}
	r.c.Sub(r.c, size)
	return Green
}

// drawSpec draws a meter of any speed, odd rates and tiny buckets among them.
func drawSpec(t *rapid.T) Spec {
	rate := rapid.OneOf(rapid.Int64Range(1, 1000), rapid.Int64Range(1, int64(MaxRate)), rapid.Just(int64(units.Gbps)), rapid.Just(int64(MaxRate)))
	burst := rapid.OneOf(rapid.Int64Range(1, 3000), rapid.Int64Range(1, int64(MaxBurst)), rapid.Just(int64(MaxBurst)))
	s := Spec{Mode: Mode(rapid.IntRange(0, 1).Draw(t, "mode")), CIR: units.Rate(rate.Draw(t, "cir")),
		CBS: units.Bytes(burst.Draw(t, "cbs")), EBS: units.Bytes(burst.Draw(t, "ebs"))}
	if s.Mode == TwoRate {
		s.PIR = max(s.CIR, units.Rate(rate.Draw(t, "pir")))
	}
	return s
}

// A meter colours every packet as rational arithmetic does, whatever its rates and bursts, over any gaps: it never rounds.
// Its neighbours in the bank are not touched.
func TestMetersAreExact(t *testing.T) {
	var seen [Colours]int
	rapid.Check(t, func(t *rapid.T) {
		spec := drawSpec(t)
		b, err := NewBank(spec, 3)
		require.NoError(t, err)
		ref := newReference(spec)
		fresh := b.meters[0]
		blind := rapid.Bool().Draw(t, "blind")
		// Packets of about the burst, at gaps of about the time that the rate takes for one.
		around := units.Duration(min(float64(spec.CBS)*8e12/float64(spec.CIR), 1e15)) + 2
		at := units.Time{}
		for range rapid.IntRange(1, 40).Draw(t, "packets") {
			gap := rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, int64(around)), rapid.Int64Range(0, 5), rapid.Int64Range(0, 4*int64(around)))
			at = at.Add(units.Duration(gap.Draw(t, "gap")))
			n := uint32(rapid.Int64Range(0, min(int64(spec.CBS)+int64(spec.EBS), 1<<16)).Draw(t, "size"))
			was := Green
			if !blind {
				was = Colour(rapid.IntRange(0, 2).Draw(t, "was"))
			}
			want := ref.mark(at, n, was)
			require.Equal(t, want, b.Mark(1, at, n, was), "%d B at %d ps, was %s, of %+v", n, at.Ps(), was, spec)
			seen[want]++
		}
		require.Equal(t, fresh, b.meters[0])
		require.Equal(t, fresh, b.meters[2])
	})
	for c, n := range seen {
		assert.Positive(t, n, "nothing is %s: the test shows nothing of it", Colour(c))
	}
}

// The fluid levels are those of the RFC's tokens, one at a time and CIR a second, at the instants at which tokens come.
func TestTokensOneByOne(t *testing.T) {
	const cir, cbs, ebs = 1000, 5, 7 // 125 bytes a second: a token each 8 ms
	b, err := NewBank(Spec{CIR: cir, CBS: cbs, EBS: ebs}, 1)
	require.NoError(t, err)
	tc, te := cbs, ebs
	for k := range 4000 {
		switch { // RFC 2697, section 3
		case k == 0:
		case tc < cbs:
			tc++
		case te < ebs:
			te++
		}
		n := (k * k) % 9
		if k%3 == 0 {
			continue
		}
		want := Red
		if tc >= n {
			tc, want = tc-n, Green
		} else if te >= n {
			te, want = te-n, Yellow
		}
		require.Equal(t, want, b.Mark(0, units.At(units.Duration(k)*8*units.Millisecond), uint32(n), Green), "packet %d", k)
	}
}

// Of a stream that offers more than all rates, what is green in a long time is the committed rate and burst, to a packet
// and what comes until the next; what is not red is the sum of what both buckets got.
func TestLongRunRates(t *testing.T) {
	const size, seconds = 1000, 30
	for _, c := range []struct {
		spec           Spec
		green, through float64 // bytes beyond the bursts
	}{
		{Spec{CIR: 8_000_003, CBS: 64_000, EBS: 50_000}, 8_000_003. / 8 * seconds, 8_000_003. / 8 * seconds},
		{Spec{CIR: 7_777_777, CBS: 1500}, 7_777_777. / 8 * seconds, 7_777_777. / 8 * seconds},
		{Spec{Mode: TwoRate, CIR: 5_000_001, CBS: 3000, PIR: 12_000_007, EBS: 9000}, 5_000_001. / 8 * seconds, 12_000_007. / 8 * seconds},
	} {
		b, err := NewBank(c.spec, 1)
		require.NoError(t, err)
		var bytes [Colours]float64
		const gap = 66_666_667 // 120 Mbit/s: ten times what passes
		for at := units.Duration(0); at <= seconds*units.Second; at += gap {
			bytes[b.Mark(0, units.At(at), size, Green)] += size
		}
		burst, all := float64(c.spec.CBS), float64(c.spec.CBS+c.spec.EBS)
		if c.spec.Mode == TwoRate {
			all = float64(c.spec.EBS)
		}
		const between = 120e6 / 8 * gap / 1e12 // at most, of what comes between two packets
		assert.InDelta(t, c.green+burst, bytes[Green], size+between, "green of %+v", c.spec)
		assert.InDelta(t, c.through+all, bytes[Green]+bytes[Yellow], 2*(size+between), "not red of %+v", c.spec)
	}
}

// At one instant a meter lets its bursts pass, to the byte: the committed one green, the other yellow.
func TestBursts(t *testing.T) {
	count := func(s Spec, at units.Time, size uint32) (n [Colours]int) {
		b, err := NewBank(s, 1)
		require.NoError(t, err)
		for n[Red] == 0 {
			n[b.Mark(0, at, size, Green)]++
		}
		return n
	}
	for _, at := range []units.Time{{}, units.At(3 * units.Second)} {
		assert.Equal(t, [Colours]int{6400, 3200, 1}, count(Spec{CIR: units.Gbps, CBS: 640_000, EBS: 320_000}, at, 100))
		assert.Equal(t, [Colours]int{640, 320, 1}, count(Spec{Mode: TwoRate, CIR: units.Gbps, CBS: 64_000, PIR: units.Gbps, EBS: 96_000}, at, 100))
		assert.Equal(t, [Colours]int{0, 3, 1}, count(Spec{CIR: units.Gbps, EBS: 3}, at, 1), "no committed burst")
		assert.Equal(t, [Colours]int{1, 0, 1}, count(Spec{CIR: units.Gbps, CBS: 1999}, at, 1000))
	}
}

// A bucket is ready to the picosecond: a packet that comes one earlier is too early.
func TestReadyToThePicosecond(t *testing.T) {
	for _, early := range []units.Duration{0, 1} {
		b, err := NewBank(Spec{CIR: 3, CBS: 1}, 1)
		require.NoError(t, err)
		require.Equal(t, Green, b.Mark(0, units.Time{}, 1, Green))
		eightBits := units.Duration(2_666_666_666_667) // 8/3 s, rounded up
		want := Green
		if early > 0 {
			want = Red
		}
		assert.Equal(t, want, b.Mark(0, units.At(eightBits-early), 1, Green))
	}
}

// What is refused takes no tokens, and the colour that a packet has is not improved on.
func TestRedTakesNothing(t *testing.T) {
	for _, mode := range []Mode{SingleRate, TwoRate} {
		s := Spec{Mode: mode, CIR: 1, CBS: 1000, EBS: 1000}
		if mode == TwoRate {
			s.PIR = 1
		}
		b, err := NewBank(s, 1)
		require.NoError(t, err)
		assert.Equal(t, Red, b.Mark(0, units.Time{}, 3000, Green))
		assert.Equal(t, Red, b.Mark(0, units.Time{}, 1000, Red))
		assert.Equal(t, Yellow, b.Mark(0, units.Time{}, 500, Yellow))
		assert.Equal(t, Green, b.Mark(0, units.Time{}, 500, Green))
	}
}

func TestSpecsOutOfRange(t *testing.T) {
	ok := Spec{CIR: units.Gbps, CBS: 1500, EBS: 1500}
	require.Nil(t, Check(ok))
	two := Spec{Mode: TwoRate, CIR: units.Gbps, PIR: units.Gbps, CBS: 1500, EBS: 1500}
	require.Nil(t, Check(two))
	for _, c := range []struct {
		field  Field
		want   string
		change func(s *Spec)
	}{
		{CIR, "a committed rate from 1bps", func(s *Spec) { s.CIR = 0 }},
		{CIR, "to 100Tbps, got", func(s *Spec) { s.CIR = MaxRate + 1 }},
		{PIR, "has no peak rate", func(s *Spec) { s.PIR = units.Gbps }},
		{PIR, "a peak rate from the committed rate, 1Gbps", func(s *Spec) { s.Mode, s.PIR = TwoRate, units.Gbps-1 }},
		{PIR, "to 100Tbps, got", func(s *Spec) { s.Mode, s.PIR = TwoRate, MaxRate+1 }},
		{CBS, "a burst from 0B", func(s *Spec) { s.CBS = -1 }},
		{EBS, "a burst from 0B", func(s *Spec) { s.EBS = MaxBurst + 1 }},
		{CBS, "lets nothing through", func(s *Spec) { s.CBS, s.EBS = 0, 0 }},
		{CBS, "holds nothing", func(s *Spec) { *s = two; s.CBS = 0 }},
		{EBS, "holds nothing", func(s *Spec) { *s = two; s.EBS = 0 }},
	} {
		s := ok
		c.change(&s)
		_, err := NewBank(s, 1)
		assert.ErrorContains(t, err, c.want)
		require.NotNil(t, Check(s))
		assert.Equal(t, c.field, Check(s).Field, c.want)
	}
}

// BenchmarkMark meters packets of a stream that offers twice the rate, over so many meters.
func BenchmarkMark(b *testing.B) {
	for _, n := range []int{1, 1000, 1_000_000} {
		for _, mode := range []Mode{SingleRate, TwoRate} {
			b.Run(fmt.Sprintf("meters=%d/mode=%d", n, mode), func(b *testing.B) {
				s := Spec{Mode: mode, CIR: units.Gbps, CBS: 64_000, EBS: 64_000}
				if mode == TwoRate {
					s.PIR = 2 * units.Gbps
				}
				bank, err := NewBank(s, n)
				require.NoError(b, err)
				gap := units.Duration(6_000_000) / units.Duration(n)
				var seen [Colours]int
				b.ReportAllocs()
				b.ResetTimer()
				for i := range b.N {
					at := units.At(units.Duration(i)*gap + units.Duration(i))
					seen[bank.Mark(int(uint64(uint32(i*0x9e3779b9))*uint64(n)>>32), at, 1500, Green)]++
				}
			})
		}
	}
}
