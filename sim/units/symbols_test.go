package units

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Every unit that Symbols names is understood, and the example too.
func TestSymbols(t *testing.T) {
	for _, c := range []struct {
		of    any
		parse func(string) error
	}{
		{Duration(0), func(s string) error { _, err := ParseDuration(s); return err }}, {Bytes(0), func(s string) error { _, err := ParseBytes(s); return err }},
		{Bits(0), func(s string) error { _, err := ParseBits(s); return err }}, {Rate(0), func(s string) error { _, err := ParseRate(s); return err }},
		{PacketRate(0), func(s string) error { _, err := ParsePacketRate(s); return err }}, {Freq(0), func(s string) error { _, err := ParseFreq(s); return err }},
		{Power(0), func(s string) error { _, err := ParsePower(s); return err }}, {Energy(0), func(s string) error { _, err := ParseEnergy(s); return err }},
		{Temperature(0), func(s string) error { _, err := ParseTemperature(s); return err }}, {Length(0), func(s string) error { _, err := ParseLength(s); return err }},
		{Ratio(0), func(s string) error { _, err := ParseRatio(s); return err }}, {Count(0), func(s string) error { _, err := ParseCount(s); return err }},
	} {
		symbols, example := Symbols(c.of)
		require.NotEmpty(t, symbols)
		require.NotEmpty(t, example)
		for _, s := range symbols {
			assert.NoError(t, c.parse("0"+s), "%T %s", c.of, s)
		}
	}
	symbols, _ := Symbols(3)
	assert.Empty(t, symbols)
}
