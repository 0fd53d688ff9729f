package prices

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/units"
)

func reference(t testing.TB) *List {
	t.Helper()
	l, err := Load("reference")
	require.NoError(t, err)
	return l
}

func TestAmounts(t *testing.T) {
	for text, want := range map[string]Amount{
		"1500 USD": {1_500_000_000, "USD"}, "1500USD": {1_500_000_000, "USD"}, "0.12 EUR": {120_000, "EUR"}, "0 USD": {0, "USD"},
		"0.000001 JPY": {1, "JPY"}, "1000000000 USD": {1_000_000_000_000_000, "USD"},
	} {
		a, err := ParseAmount(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, a, text)
	}
	for _, text := range []string{"", "1500", "USD", "-1 USD", "1,5 USD", "1500 usd", "1500 US", "1e3 USD", "1.2.3 USD", " 1 USD", "0.0000001 USD", "1000000000.1 USD", "9999999999999 USD"} {
		_, err := ParseAmount(text)
		require.Error(t, err, text)
	}
	rapid.Check(t, func(t *rapid.T) {
		a := Amount{rapid.Int64Range(0, most*micros).Draw(t, "micros"), "USD"}
		back, err := ParseAmount(a.String())
		require.NoError(t, err)
		require.Equal(t, a, back)
	})
}

// Every figure says where it comes from, has a range that holds it, and is explained in the notes.
func TestEveryPriceHasItsOrigin(t *testing.T) {
	notes, err := os.ReadFile("../../docs/calibration-notes.md")
	require.NoError(t, err)
	for _, name := range Names() {
		l, err := Load(name)
		require.NoError(t, err)
		assert.Equal(t, name, l.Name)
		assert.Len(t, l.Constants(), 11)
		for _, c := range l.Constants() {
			assert.True(t, (c.Source == "") != (c.Assumed == ""), c.Path)
			assert.Greater(t, len(c.Source)+len(c.Assumed), 20, c.Path)
			assert.Contains(t, string(notes), "| "+c.Path+" |", c.Path)
			assert.NotEmpty(t, c.Low, c.Path)
			assert.NotEmpty(t, c.High, c.Path)
			if low, err := ParseAmount(c.Low); err == nil {
				high, _ := ParseAmount(c.High)
				value, _ := ParseAmount(c.Value)
				assert.True(t, low.Micros <= value.Micros && value.Micros <= high.Micros, c.Path)
			}
		}
	}
}

func TestFaultsOfAList(t *testing.T) {
	src, err := files.ReadFile("reference.yaml")
	require.NoError(t, err)
	for _, c := range []struct{ from, to, want string }{
		{"value: 400 USD", "value: 400 EUR", "expected an amount in USD, as energy_kwh is; give all in one currency"},
		{"value: 400 USD", "value: 400", "expected an amount with its currency, such as 1500 USD or 0.12 EUR, got \"400\""},
		{"value: 4, low: 3", "value: 0, low: 0", "expected 1 to 100 years, got 0"},
		{"value: 150%, low: 110%", "value: 90%, low: 90%", "expected a power usage effectiveness of at least 100%, got 90%"},
		{"nic: {", "nics: {", "did you mean \"nic\"?"},
		{`assumed: "a thirty-second of tor_switch"`, `assumed: "assumed"`, "expected the reason for the assumption"},
		{`, assumed: "a thirty-second of tor_switch"`, "", "a constant needs a source"},
		{"value: 400 USD", "value: [400]", "expected an amount such as 1500 USD, got a list"},
	} {
		require.Contains(t, string(src), c.from)
		_, err := Parse("mine.yaml", []byte(strings.Replace(string(src), c.from, c.to, 1)))
		require.ErrorContains(t, err, c.want)
		assert.ErrorContains(t, err, "mine.yaml:")
	}
	path := filepath.Join(t.TempDir(), "mine.yaml")
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(src), "400 USD", "500 USD", 1)), 0o600))
	l, err := Load(path)
	require.NoError(t, err)
	assert.Equal(t, "500 USD", l.NIC.Value.String())
	_, err = Load("refrence")
	require.EqualError(t, err, `there is no price list "refrence"; did you mean "reference"? (valid: reference)`)
	_, err = Load("no/such.yaml")
	require.ErrorIs(t, err, os.ErrNotExist)
}

// A bill is in the order of the items, adds up, and costs what its parts do.
func TestBills(t *testing.T) {
	var b Bill
	b.Add(ToRPort, 8)
	b.Add(DSNASIC, 3)
	b.Add(NIC, 1)
	b.Add(Chassis, 1)
	b.Add(NIC, 23)
	b.Add(DSNASIC, 1)
	assert.Equal(t, Bill{{DSNASIC, 4}, {NIC, 24}, {ToRPort, 8}, {Chassis, 1}}, b)
	assert.Equal(t, "17000 USD", reference(t).Of(b).String(), "4 x 600, 24 x 400, 8 x 250, 3000")
	assert.Equal(t, "0 USD", reference(t).Of(nil).String())
	seen := map[string]bool{}
	for _, i := range Items() {
		assert.False(t, seen[i.String()])
		seen[i.String()] = true
		assert.Positive(t, reference(t).Price(i).Micros, i.String())
	}
}

// A watt over four years, with half as much again for cooling and supply.
func TestEnergyOverTheYears(t *testing.T) {
	l := reference(t)
	assert.InDelta(t, 1*8.76582*4*1.5, l.KWh(1), 1e-9)
	l.PUE.Value, l.Years.Value = units.Whole, 1
	assert.InDelta(t, 25*8.76582, l.KWh(25), 1e-9)
}
