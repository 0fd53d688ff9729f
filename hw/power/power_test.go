package power

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/units"
)

func exact(s Sum) *big.Int {
	n := new(big.Int).SetUint64(s.hi)
	return n.Lsh(n, 64).Add(n, new(big.Int).SetUint64(s.lo))
}

// A Sum is exact where 64 bits are not enough.
func TestSumIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s, other Sum
		want := new(big.Int)
		for range rapid.IntRange(0, 20).Draw(t, "terms") {
			each, n := rapid.Int64Range(0, math.MaxInt64).Draw(t, "each"), rapid.Int64Range(0, math.MaxInt64).Draw(t, "count")
			if rapid.Bool().Draw(t, "held") {
				s.Hold(units.Power(each), units.Duration(n))
			} else {
				other.Add(units.Energy(each), n)
			}
			want.Add(want, new(big.Int).Mul(big.NewInt(each), big.NewInt(n)))
		}
		less := s.Less(other)
		require.Equal(t, exact(s).Cmp(exact(other)) < 0, less)
		s.Plus(other)
		require.Zero(t, want.Cmp(exact(s)))
		f, _ := new(big.Float).SetInt(want).Float64()
		require.InEpsilon(t, f+1, s.Femtojoules()+1, 1e-12)
	})
}

// 25 W for an hour is 90 kJ, ten times what 64 bits of femtojoules hold.
func TestMeanOfALongRun(t *testing.T) {
	var s Sum
	s.Hold(25*units.Watt, 3600*units.Second)
	assert.Equal(t, 25*units.Watt, s.Over(3600*units.Second))
	assert.InDelta(t, 25, s.Watts(3600*units.Second), 1e-9)
	assert.Panics(t, func() { s.Over(1) })
}

func plan() *Plan {
	return &Plan{
		Draws: []Draw{{"leakage", Static, 0, 10 * units.Watt}, {"leakage", Static, 1, 10 * units.Watt}, {"polling", HostCores, 0, 7 * units.Watt}},
		Charges: []Charge{
			{Operation: "parse", Component: Parser, Owner: 0, Resource: "a", PerVisit: 5, PerByte: 2},
			{Operation: "cipher", Component: Crypto, Owner: 1, Resource: "b", PerByte: 40_000},
			{Operation: "lanes", Component: Ethernet, Owner: 1, Resource: "b", PerBusy: 500},
		},
	}
}

// The ledger's parts make its whole to the femtojoule, however they are sliced; at rest only the draws are left.
func TestLedgerAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		counts := map[string]Count{}
		for _, i := range []string{"a", "b"} {
			counts[i] = Count{rapid.Int64Range(0, 1<<40).Draw(t, "visits"), rapid.Int64Range(0, 1<<50).Draw(t, "bytes"),
				units.Duration(rapid.Int64Range(0, 1<<50).Draw(t, "busy"))}
		}
		span := units.Duration(rapid.Int64Range(1, 1<<55).Draw(t, "span"))
		l := plan().Charge(span, counts)
		bySide, byComponent := new(big.Int), new(big.Int)
		for _, s := range []Side{DSN, Host, Rack} {
			bySide.Add(bySide, exact(l.Side(s)))
		}
		for _, c := range Components() {
			byComponent.Add(byComponent, exact(l.Component(c)))
		}
		total := exact(l.Total(nil))
		require.Zero(t, total.Cmp(bySide))
		require.Zero(t, total.Cmp(byComponent))
		rest := plan().Charge(span, map[string]Count{"a": {}, "b": {}})
		require.Zero(t, exact(rest.Dynamic()).Sign())
		require.Equal(t, new(big.Int).Mul(big.NewInt(27_000), big.NewInt(int64(span))), exact(rest.Total(nil)))
		require.Zero(t, total.Cmp(new(big.Int).Add(exact(rest.Total(nil)), exact(l.Dynamic()))))

		for i := range counts {
			counts[i] = Count{2 * counts[i].Visits, 2 * counts[i].Bytes, 2 * counts[i].Busy}
		}
		twice := plan().Charge(span, counts)
		require.Equal(t, new(big.Int).Mul(big.NewInt(2), exact(l.Dynamic())), exact(twice.Dynamic()))
	})
}

func TestHungriestIsOneDSN(t *testing.T) {
	l := plan().Charge(units.Second, map[string]Count{"a": {}, "b": {Bytes: 1}})
	owner, energy := l.Hungriest(DSN)
	assert.Equal(t, 1, owner)
	want := Sum{}
	want.Hold(10*units.Watt, units.Second)
	want.Add(40_000, 1)
	assert.Equal(t, want, energy)
	owner, _ = l.Hungriest(Rack)
	assert.Equal(t, -1, owner)
}

// Of owners that took the same the first is named.
func TestTheFirstOfEqualsIsHungriest(t *testing.T) {
	owner, _ := plan().Charge(units.Second, map[string]Count{"a": {}, "b": {}}).Hungriest(DSN)
	assert.Equal(t, 0, owner)
}

// The part of a plan that one owner on a side has is neither another owner's nor another side's: DSN 1 leaks 10 W, as DSN 0
// does, and the cores of server 0 poll.
func TestPlanOfOneOwner(t *testing.T) {
	p := plan()
	one := p.Of(DSN, 1)
	assert.Equal(t, 10*units.Watt, one.Rest())
	require.Len(t, one.Charges, 2)
	for _, c := range one.Charges {
		assert.Equal(t, 1, c.Owner)
	}
	host := p.Of(Host, 0)
	assert.Equal(t, 7*units.Watt, host.Rest())
	assert.Empty(t, host.Charges)
	assert.Equal(t, 27*units.Watt, p.Rest(), "of all")
}

// A line of the ledger counts visits, not bytes: two packets of 100 B are 2 x 5 + 200 x 2 fJ.
func TestEventsAreVisits(t *testing.T) {
	l := plan().Charge(units.Second, map[string]Count{"a": {Visits: 2, Bytes: 200}, "b": {}})
	parse := l.Entries[len(plan().Draws)]
	require.Equal(t, "parse", parse.Operation)
	assert.EqualValues(t, 2, parse.Events)
	assert.EqualValues(t, 410, parse.Energy.Femtojoules())
	assert.Zero(t, l.Entries[0].Events, "what is drawn has none")
}

func pack() Package {
	return Package{Ambient: 35 * units.Celsius, ResistanceMKPerW: 1500, CapacityMJPerK: 80_000}
}

// The steps follow the exponential of the closed form, and end where the resistance says.
func TestHeatFollowsTheExponential(t *testing.T) {
	p := pack()
	require.Equal(t, 120*units.Second, p.TimeConstant())
	assert.Equal(t, units.Temperature(72_500), p.Steady(25*units.Watt))
	for _, w := range []units.Power{0, 5 * units.Watt, 60 * units.Watt} {
		for _, from := range []units.Temperature{20 * units.Celsius, 90 * units.Celsius} {
			const step = 10 * units.Millisecond
			h := NewHeat(p, from, step)
			steady := float64(p.Steady(w))
			for i := range 100_000 {
				got := h.Step(w)
				want := steady + (float64(from)-steady)*math.Exp(-float64(i+1)*float64(step)/float64(p.TimeConstant()))
				require.InDelta(t, want, float64(got), 1.1, "step %d", i)
			}
		}
	}
}

func TestUntil(t *testing.T) {
	p := pack()
	_, ever := p.Until(25*units.Watt, 35*units.Celsius, 72_500)
	assert.False(t, ever, "it is only reached after for ever")
	d, ever := p.Until(50*units.Watt, 35*units.Celsius, 72_500)
	assert.True(t, ever)
	assert.InEpsilon(t, 120*math.Ln2, d.Seconds(), 1e-9, "half the way takes tau times ln 2")
	d, ever = p.Until(0, 40*units.Celsius, 40*units.Celsius)
	assert.True(t, ever)
	assert.Zero(t, d)
}

// The governor goes down while its DSN is over a limit, stays within the hysteresis, and comes back when it is cool.
func TestGovernor(t *testing.T) {
	g := NewGovernor(Limits{Power: 25 * units.Watt, PowerHysteresis: 2 * units.Watt}, 25*units.Percent)
	assert.Equal(t, Steps, g.Step())
	for i := range 3 {
		assert.Equal(t, Steps-1-i, g.Period(26*units.Watt, 0))
	}
	assert.Equal(t, Steps-3, g.Period(25*units.Watt, 0), "at the limit is not over it")
	assert.Equal(t, Steps-3, g.Period(23*units.Watt+1, 0), "within the hysteresis")
	assert.Equal(t, Steps-2, g.Period(23*units.Watt, 0))
	for range 2 * Steps {
		g.Period(100*units.Watt, 0)
	}
	assert.Equal(t, Steps/4, g.Step(), "no slower than it may")
	for range 2 * Steps {
		g.Period(0, 0)
	}
	assert.Equal(t, Steps, g.Step())
}

// Whichever limit is exceeded slows the clock, and both must be met for it to rise.
func TestGovernorOfHeat(t *testing.T) {
	g := NewGovernor(Limits{Power: 25 * units.Watt, Junction: 100 * units.Celsius, JunctionHysteresis: 5 * units.Celsius}, units.Percent)
	assert.Equal(t, Steps-1, g.Period(10*units.Watt, 101*units.Celsius))
	assert.Equal(t, Steps-1, g.Period(10*units.Watt, 96*units.Celsius))
	assert.Equal(t, Steps, g.Period(10*units.Watt, 95*units.Celsius))
	assert.Equal(t, Steps-1, g.Period(26*units.Watt, 95*units.Celsius))
	assert.Equal(t, Steps-1, g.Period(25*units.Watt, 99*units.Celsius))
	assert.Equal(t, Steps-1, g.Period(25*units.Watt, 100*units.Celsius), "at the limit is not over it")
	for range 2 * Steps {
		g.Period(26*units.Watt, 0)
	}
	assert.Equal(t, 1, g.Step(), "1% of 32 steps is less than one, but the clock does not stand still")
}

// With the power proportional to the clock, the governor settles where the limit is met, and does not swing.
func TestGovernorSettles(t *testing.T) {
	const full, limit = 40 * units.Watt, 25 * units.Watt
	g := NewGovernor(Limits{Power: limit, PowerHysteresis: 2 * units.Watt}, units.Percent)
	for range 200 {
		g.Period(full*units.Power(g.Step())/Steps, 0)
	}
	assert.Equal(t, Steps*int(limit)/int(full), g.Step())
	for range 200 {
		require.Equal(t, Steps*int(limit)/int(full), g.Period(full*units.Power(g.Step())/Steps, 0))
	}
}

func TestBudgetsHaveSources(t *testing.T) {
	seen := map[string]bool{}
	for _, b := range Budgets() {
		assert.False(t, seen[b.Name])
		seen[b.Name] = true
		assert.Positive(t, b.Power)
		assert.NotEmpty(t, b.Source)
		found, ok := FindBudget(b.Name)
		assert.True(t, ok)
		assert.Equal(t, b, found)
	}
	_, ok := FindBudget("")
	assert.False(t, ok)
}

// A budget is what its name says, and only a place of two slots is double.
func TestBudgetsAreWhatTheirNamesSay(t *testing.T) {
	for _, b := range Budgets() {
		parts := strings.Split(b.Name, "-")
		watts, err := strconv.Atoi(strings.TrimSuffix(parts[len(parts)-1], "w"))
		require.NoError(t, err, b.Name)
		assert.Equal(t, units.Power(watts)*units.Watt, b.Power, b.Name)
		assert.Equal(t, strings.Contains(b.Name, "double"), b.Double, b.Name)
		assert.Equal(t, map[string]Form{"pcie": Slot, "ocp": OCP, "tor": Box, "appliance": Box}[parts[0]], b.Form, b.Name)
	}
}
