package scenarios_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/hw/prices"
	"github.com/dsnsim/dsnsim/internal/infile"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/load"
)

const priced = "version: 1\ntraffic: [{sizes: 400B, load: 10%}]\n"

func TestPrices(t *testing.T) {
	load := func(sets ...string) *scenarios.Scenario {
		s, err := load.Bytes("rack.yaml", []byte(priced), sets)
		require.NoError(t, err)
		return s
	}
	assert.Nil(t, load().Prices)
	for _, set := range []string{"prices=reference", "prices={}", "prices={list: reference}"} {
		l, err := load(set).Prices.Resolve(infile.Files{}, "rack.yaml")
		require.NoError(t, err, set)
		assert.Equal(t, "1500 USD", l.DSNCard.Value.String())
		assert.NotEmpty(t, l.DSNCard.Assumed)
	}
	l, err := load("prices={dsn_card: 1800 USD, energy_kwh: 0.3 USD, years: 5, pue: 120%}").Prices.Resolve(infile.Files{}, "rack.yaml")
	require.NoError(t, err)
	assert.Equal(t, "1800 USD", l.DSNCard.Value.String())
	assert.Equal(t, prices.Given, l.DSNCard.Source)
	assert.Empty(t, l.DSNCard.Assumed)
	assert.Equal(t, "0.3 USD", l.EnergyKWh.Value.String())
	assert.Equal(t, 5, l.Years.Value)
	assert.Equal(t, "120%", l.PUE.Value.String())
	assert.Equal(t, "400 USD", l.NIC.Value.String(), "what is not given stays")
}

func TestPricesOfAFile(t *testing.T) {
	dir := t.TempDir()
	src, err := os.ReadFile("../hw/prices/reference.yaml")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "mine.yaml"), src, 0o600))
	file := filepath.Join(dir, "rack.yaml")
	s, err := load.Bytes(file, []byte(priced+"prices: mine.yaml\n"), nil)
	require.NoError(t, err)
	_, err = s.Prices.Resolve(infile.Files{}, file)
	require.NoError(t, err, "the path is relative to the scenario")
}

func TestFaultsOfPrices(t *testing.T) {
	for _, c := range []struct{ yaml, want string }{
		{"prices: {dsn_crad: 1 USD}", `rack.yaml:3:10: unknown key "dsn_crad"; did you mean "dsn_card"?`},
		{"prices: {dsn_card: 1500}", "rack.yaml:3:20: expected an amount with its currency, such as 1500 USD or 0.12 EUR, got \"1500\""},
		{"prices: {years: 0}", "rack.yaml:3:17: "},
		{"prices: {pue: 50%}", "rack.yaml:3:15: expected a power usage effectiveness of at least 100%, got 50%"},
	} {
		_, err := load.Bytes("rack.yaml", []byte(priced+c.yaml), nil)
		require.ErrorContains(t, err, c.want)
	}
	for _, c := range []struct{ yaml, want string }{
		{"prices: refrence", `rack.yaml:3:9: there is no price list "refrence"; did you mean "reference"?`},
		{"prices: {nic: 300 EUR}", "rack.yaml:3:9: nic is not in USD, as energy_kwh is; give all amounts in one currency"},
		{"prices: no/such.yaml", "rack.yaml:3:9: ./no/such.yaml"},
	} {
		s, err := load.Bytes("rack.yaml", []byte(priced+c.yaml), nil)
		require.NoError(t, err, c.yaml)
		_, err = s.Prices.Resolve(infile.Files{}, "rack.yaml")
		require.ErrorContains(t, err, c.want)
	}
}
