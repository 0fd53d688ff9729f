package analytic

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestMDcWithOneServer(t *testing.T) {
	for _, utilisation := range []float64{0.01, 0.3, 0.5, 0.8, 0.9, 0.95} {
		want := MD1Wait(utilisation, 33.6)
		assert.InEpsilon(t, want, MDcWait(1, utilisation, 33.6), 1e-8)
		assert.InEpsilon(t, want, MDcWaitCosmetatos(1, utilisation, 33.6), 1e-12)
		lower, _ := MDcWaitBounds(1, utilisation, 33.6)
		assert.InEpsilon(t, want, lower, 1e-12, "with one server the lower bound is the value")
	}
	assert.Zero(t, MDcWait(4, 0, 1))
	assert.Zero(t, MDcWaitCosmetatos(4, 0, 1))
}

// embedded solves M/D/c as Erlang did, with no formula of the wait: whoever is in the station at t and not in service, at
// most c are, is there at t+D, and so is whoever arrives between. That chain is iterated until it stands still.
func embedded(servers int, utilisation float64) float64 {
	const states = 300
	erlangs := utilisation * float64(servers)
	arrive := make([]float64, states)
	arrive[0] = math.Exp(-erlangs)
	for n := 1; n < states; n++ {
		arrive[n] = arrive[n-1] * erlangs / float64(n)
	}
	p, next := make([]float64, states), make([]float64, states)
	p[0] = 1
	for range 1500 {
		clear(next)
		for n, share := range p {
			left := max(0, n-servers)
			for k := 0; left+k < states && (arrive[k] > 1e-18 || float64(k) < erlangs); k++ {
				next[left+k] += share * arrive[k]
			}
		}
		p, next = next, p
	}
	queue := 0.0
	for n, share := range p {
		queue += share * float64(max(0, n-servers))
	}
	return queue / erlangs // Little's law, with the service time as the unit
}

func TestMDcAgainstErlangsChain(t *testing.T) {
	for _, c := range []struct {
		servers     int
		utilisation float64
	}{{1, 0.7}, {2, 0.3}, {2, 0.9}, {4, 0.8}, {8, 0.5}, {8, 0.9}, {16, 0.85}} {
		assert.InEpsilon(t, embedded(c.servers, c.utilisation), MDcWait(c.servers, c.utilisation, 1), 1e-7,
			"%d servers at %g", c.servers, c.utilisation)
	}
}

// A queue simulated with nothing but the earliest free server. 2e6 packets at 0.8 leave about 0.5% of noise.
func TestMDcAgainstSimulation(t *testing.T) {
	const servers, utilisation, packets = 4, 0.8, 2_000_000
	random := rand.New(rand.NewPCG(3, 4))
	var free [servers]float64
	now, waited := 0.0, 0.0
	for range packets {
		now += random.ExpFloat64() / (servers * utilisation)
		first := 0
		for i := range free {
			if free[i] < free[first] {
				first = i
			}
		}
		start := max(now, free[first])
		waited += start - now
		free[first] = start + 1
	}
	assert.InEpsilon(t, MDcWait(servers, utilisation, 1), waited/packets, 0.02)
}

func TestMDcLiesWithinItsBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		servers := rapid.IntRange(1, 32).Draw(t, "servers")
		utilisation := rapid.Float64Range(0.05, 0.95).Draw(t, "utilisation")
		service := rapid.Float64Range(0.1, 100).Draw(t, "service")
		wait := MDcWait(servers, utilisation, service)
		lower, upper := MDcWaitBounds(servers, utilisation, service)
		require.GreaterOrEqual(t, wait, lower*(1-1e-8))
		require.LessOrEqual(t, wait, upper)
		require.Less(t, wait, MMcWait(servers, utilisation, service), "fixed service waits less than exponential")
	})
	// In heavy traffic the bounds close in on the value.
	lower, upper := MDcWaitBounds(4, 0.99, 1)
	assert.Less(t, (upper-lower)/lower, 0.06)
}

// The figures in the comment of MDcWaitCosmetatos.
func TestCosmetatosError(t *testing.T) {
	for servers := 2; servers <= 16; servers++ {
		for percent := 40; percent <= 95; percent += 5 {
			utilisation, bound := float64(percent)/100, 0.02
			if utilisation < 0.5 {
				bound = 0.04
			}
			assert.InEpsilon(t, MDcWait(servers, utilisation, 1), MDcWaitCosmetatos(servers, utilisation, 1), bound,
				"%d servers at %g", servers, utilisation)
		}
	}
}
