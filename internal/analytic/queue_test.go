package analytic

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestSingleServerByHand(t *testing.T) {
	assert.InDelta(t, 4, MM1Wait(0.8, 1), 1e-12)
	assert.InDelta(t, 2, MD1Wait(0.8, 1), 1e-12)
	assert.InDelta(t, 0.5*33.6, MD1Wait(0.5, 33.6), 1e-12)
	// Erlang-2 service has half the squared variation of exponential service.
	assert.InDelta(t, 3, MG1Wait(0.8, 1, 0.5), 1e-12)
	// Service of 1 or 3 in equal shares: mean 2, variance 1. W = lambda E[S^2] / 2 (1-rho) = 0.3 * 5 / 0.8.
	assert.InDelta(t, 0.3*5/0.8, MG1Wait(0.6, 2, 0.25), 1e-12)
	assert.Zero(t, MM1Wait(0, 1))
}

// Values of the usual tables of the Erlang formulas.
func TestErlangTables(t *testing.T) {
	for _, c := range []struct {
		servers       int
		erlangs, want float64
	}{{1, 1, 0.5}, {2, 1, 0.2}, {10, 5, 0.018385}, {5, 5, 0.28487}, {100, 100, 0.075700}, {3, 0, 0}, {0, 7, 1}} {
		assert.InDelta(t, c.want, ErlangB(c.servers, c.erlangs), 1e-6+1e-4*c.want, "B(%d, %g)", c.servers, c.erlangs)
	}
	for _, c := range []struct {
		servers     int
		erlangs, pw float64
	}{{1, 0.7, 0.7}, {2, 1, 1.0 / 3}, {3, 2, 4.0 / 9}, {10, 5, 0.036105}, {2, 3, 1}} {
		assert.InDelta(t, c.pw, ErlangC(c.servers, c.erlangs/float64(c.servers)), 1e-5, "C(%d, %g)", c.servers, c.erlangs)
	}
}

func TestMMcWaitByHand(t *testing.T) {
	// Two erlangs on three servers: Lq = 8/9, so W = Lq / lambda = 4/9 of a service time.
	assert.InDelta(t, 4.0/9, MMcWait(3, 2.0/3, 1), 1e-12)
	assert.InDelta(t, 1.0/3, MMcWait(2, 0.5, 1), 1e-12)
}

// birthDeath solves the M/M/c queue from its balance equations, far enough out.
func birthDeath(servers int, utilisation float64) (wait float64) {
	p, total, queue := 1.0, 1.0, 0.0
	erlangs := utilisation * float64(servers)
	for n := 1; n < 4000; n++ {
		p *= erlangs / float64(min(n, servers))
		total += p
		queue += p * float64(max(0, n-servers))
	}
	return queue / total / erlangs
}

func TestMMcWaitSolvesTheBalanceEquations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		servers := rapid.IntRange(1, 40).Draw(t, "servers")
		utilisation := rapid.Float64Range(0.05, 0.97).Draw(t, "utilisation")
		require.InEpsilon(t, birthDeath(servers, utilisation), MMcWait(servers, utilisation, 1), 1e-9)
		require.InEpsilon(t, MM1Wait(utilisation, 7), MMcWait(1, utilisation, 7), 1e-12)
	})
}

func TestMM1KBlocking(t *testing.T) {
	assert.InDelta(t, 1.0/7, MM1KBlocking(2, 0.5), 1e-15)
	assert.InDelta(t, 1.0/5, MM1KBlocking(4, 1), 1e-15)
	assert.InDelta(t, 1-1/1000.0, MM1KBlocking(1000, 1000), 1e-12, "an overload loses all but what it serves")
	assert.Zero(t, MM1KBlocking(3, 0))
	rapid.Check(t, func(t *rapid.T) {
		rho := rapid.Float64Range(0.01, 3).Filter(func(r float64) bool { return math.Abs(r-1) > 1e-3 }).Draw(t, "rho")
		k := rapid.IntRange(1, 50).Draw(t, "k")
		want := (1 - rho) * math.Pow(rho, float64(k)) / (1 - math.Pow(rho, float64(k+1)))
		require.InEpsilon(t, want, MM1KBlocking(k, rho), 1e-9)
	})
	assert.InDelta(t, ErlangB(1, 0.7), MM1KBlocking(1, 0.7), 1e-15, "without a queue it is Erlang's loss")
}

func TestOverloadWaitsForEver(t *testing.T) {
	for _, utilisation := range []float64{1, 1.5, 20} {
		lower, upper := MDcWaitBounds(100, utilisation, 1)
		for _, wait := range []float64{
			MM1Wait(utilisation, 1), MD1Wait(utilisation, 1), MG1Wait(utilisation, 1, 2), MMcWait(3, utilisation, 1),
			MDcWait(3, utilisation, 1), MDcWaitCosmetatos(100, utilisation, 1), lower, upper,
		} {
			assert.True(t, math.IsInf(wait, 1))
		}
	}
}

func TestWhatIsNoQueuePanics(t *testing.T) {
	for _, call := range []func(){
		func() { MM1Wait(-0.1, 1) },
		func() { MD1Wait(0.5, -1) },
		func() { MMcWait(0, 0.5, 1) },
		func() { MDcWait(0, 0, 1) },
		func() { MDcWaitCosmetatos(0, 0, 1) },
		func() { MDcWait(1, math.NaN(), 1) },
		func() { ErlangC(0, 0.5) },
		func() { MM1KBlocking(0, 0.5) },
		func() { MM1KBlocking(1, math.NaN()) },
	} {
		assert.Panics(t, call)
	}
}

// One class is M/G/1; two alike wait, weighted by packets, as one queue does (Kleinrock's conservation law).
func TestPriorityWaits(t *testing.T) {
	one := PriorityWaits([]Priority{{0.8, 3, 0.5}})
	assert.InDelta(t, MG1Wait(0.8, 3, 0.5), one[0], 1e-12)
	two := PriorityWaits([]Priority{{0.3, 2, 0}, {0.5, 2, 0}})
	assert.InDelta(t, 0.8*MD1Wait(0.8, 2), 0.3*two[0]+0.5*two[1], 1e-12)
	assert.InDelta(t, 0.8/0.7, two[0], 1e-12, "the rest of a service, 0.8, over what the class leaves idle")
	full := PriorityWaits([]Priority{{0.3, 2, 0}, {0.7, 2, 0}})
	assert.False(t, math.IsInf(full[0], 1))
	assert.True(t, math.IsInf(full[1], 1))
}
