package units

import (
	"encoding"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v4"
	"pgregory.net/rapid"
)

// kind is one quantity seen through int64, so that one table serves all of them.
type kind struct {
	dim   *dimension
	parse func(string) (int64, error)
	print func(int64) string
	text  func(*int64) (encoding.TextMarshaler, encoding.TextUnmarshaler, func())
}

func kindOf[T ~int64, P interface {
	*T
	encoding.TextUnmarshaler
}](d *dimension, parse func(string) (T, error)) kind {
	return kind{
		dim:   d,
		parse: func(s string) (int64, error) { v, err := parse(s); return int64(v), err },
		print: func(v int64) string { return any(T(v)).(interface{ String() string }).String() },
		text: func(v *int64) (encoding.TextMarshaler, encoding.TextUnmarshaler, func()) {
			t := T(*v)
			return any(t).(encoding.TextMarshaler), P(&t), func() { *v = int64(t) }
		},
	}
}

func kinds() map[string]kind {
	return map[string]kind{
		"duration": kindOf(&durations, ParseDuration), "bytes": kindOf(&sizes, ParseBytes),
		"bits": kindOf(&bitSizes, ParseBits), "rate": kindOf(&rates, ParseRate),
		"packetrate": kindOf(&packetRates, ParsePacketRate), "freq": kindOf(&frequencies, ParseFreq),
		"power": kindOf(&powers, ParsePower), "temperature": kindOf(&temperatures, ParseTemperature), "energy": kindOf(&energies, ParseEnergy),
		"length": kindOf(&lengths, ParseLength), "ratio": kindOf(&ratios, ParseRatio), "count": kindOf(&counts, ParseCount),
	}
}

func TestParseAndPrint(t *testing.T) {
	all := kinds()
	for _, c := range []struct {
		kind, in string
		want     int64
		out      string // what it prints as; empty means as it was written
	}{
		{"duration", "10us", 10_000_000, ""},
		{"duration", "10 us", 10_000_000, "10us"},
		{"duration", "10\u00b5s", 10_000_000, "10us"},
		{"duration", "10\u03bcs", 10_000_000, "10us"},
		{"duration", "0s", 0, ""},
		{"duration", "0ns", 0, "0s"},
		{"duration", "1ps", 1, ""},
		{"duration", "0.001ns", 1, "1ps"},
		{"duration", "1000fs", 1, "1ps"},
		{"duration", "1.5us", 1_500_000, ""},
		{"duration", "0.5s", 500_000_000_000, "500ms"},
		{"duration", "1234ns", 1_234_000, ""},
		{"duration", "9223372036854775807ps", math.MaxInt64, ""},
		{"duration", "9223372.036854775807s", math.MaxInt64, "9223372036854775807ps"},
		{"duration", "007ns", 7000, "7ns"},
		{"bytes", "64KiB", 65536, ""},
		{"bytes", "64kB", 64000, ""},
		{"bytes", "1.5 GiB", 3 << 29, "1.5GiB"},
		{"bytes", "1500B", 1500, "1.5kB"},
		{"bytes", "1518B", 1518, ""},
		{"bytes", "9216B", 9216, "9KiB"},
		{"bytes", "2MB", 2_000_000, ""},
		{"bits", "1Mbit", 1_000_000, ""},
		{"bits", "8kbit", 8000, ""},
		{"bits", "125kB", 1_000_000, "1Mbit"},
		{"bits", "1KiB", 8192, "8192bit"},
		{"bits", "18Mb", 18_000_000, "18Mbit"},
		{"rate", "100Gbps", 100_000_000_000, ""},
		{"rate", "25Gb/s", 25_000_000_000, "25Gbps"},
		{"rate", "25 Gbit/s", 25_000_000_000, "25Gbps"},
		{"rate", "1.5GB/s", 12_000_000_000, "12Gbps"},
		{"rate", "1.2Tbps", 1_200_000_000_000, ""},
		{"rate", "0bps", 0, ""},
		{"packetrate", "5Mpps", 5_000_000, ""},
		{"packetrate", "148.8Mpps", 148_800_000, ""},
		{"freq", "1.22GHz", 1_220_000_000, ""},
		{"freq", "322.265625MHz", 322_265_625, "322265625Hz"},
		{"power", "25W", 25_000, ""},
		{"power", "500mW", 500, ""},
		{"power", "1000uW", 1, "1mW"},
		{"power", "1.5kW", 1_500_000, ""},
		{"energy", "18.96pJ", 18_960, ""},
		{"energy", "12.5 pJ", 12_500, "12.5pJ"},
		{"energy", "2J", 2e15, ""},
		{"length", "3m", 3000, ""},
		{"length", "50cm", 500, ""},
		{"length", "2km", 2_000_000, ""},
		{"length", "7mm", 7, ""},
		{"ratio", "40%", 400_000, ""},
		{"ratio", "0.5%", 5000, ""},
		{"ratio", "0.0001%", 1, ""},
		{"ratio", "150 %", 1_500_000, "150%"},
		{"ratio", "0%", 0, ""},
		{"count", "5", 5, ""},
		{"count", "0", 0, ""},
		{"count", "100k", 100_000, ""},
		{"count", "1M", 1_000_000, ""},
		{"count", "1.5k", 1500, "1500"},
	} {
		k := all[c.kind]
		got, err := k.parse(c.in)
		require.NoError(t, err, c.in)
		assert.Equal(t, c.want, got, c.in)
		if c.out == "" {
			c.out = c.in
		}
		assert.Equal(t, c.out, k.print(got), c.in)
	}
}

func TestParseRefuses(t *testing.T) {
	all := kinds()
	for _, c := range []struct{ kind, in, says string }{
		// The traps of other parsers: a silent 10, a silent factor of 1024, a silent truncation.
		{"duration", "10 usec", "did you mean 10us?"},
		{"duration", "10", "a unit is required"},
		{"duration", "0", "a unit is required, zero included"},
		{"bytes", "64KB", "write 64kB (1000) or 64KiB (1024)"},
		{"bytes", "64Kb", "write 64kB (1000 bytes) or 64KiB (1024 bytes)"},
		{"bytes", "64Mb", "did you mean 64MB?"},
		{"bytes", "1.5 GiBB", `unknown unit "GiBB"`},
		{"bytes", "1500", "a unit is required"},
		{"bytes", "0.5B", "finer than the base unit, 1B"},
		{"bytes", "64Ki", "did you mean 64KiB?"},
		{"bits", "8Kbit", "did you mean 8kbit?"},
		{"rate", "100gbps", "did you mean 100Gbps?"},
		{"rate", "100Kbps", "did you mean 100kbps?"},
		{"rate", "100G", "did you mean 100Gbps?"},
		{"rate", "10GBps", "did you mean 10GB/s?"},
		{"rate", "10Mpps", `unknown unit "Mpps"`},
		{"packetrate", "5M", "did you mean 5Mpps?"},
		{"packetrate", "5 mpps", "did you mean 5Mpps?"},
		{"freq", "1.22Ghz", "did you mean 1.22GHz?"},
		{"freq", "3KHz", "did you mean 3kHz?"},
		{"power", "500MW", "did you mean 500mW?"},
		{"power", "500uW", "finer than the base unit, 1mW"},
		{"power", "25w", "did you mean 25W?"},
		{"energy", "0.5fJ", "finer than the base unit, 1fJ"},
		{"energy", "500aJ", "finer than the base unit, 1fJ"},
		{"duration", "0.1ps", "finer than the base unit, 1ps"},
		{"length", "3 meters", "did you mean 3m?"},
		{"ratio", "0.4", "did you mean 40%?"},
		{"ratio", "0.0005", "did you mean 0.05%?"},
		{"ratio", "40", "a unit is required"},
		{"ratio", "0.00001%", "finer than the base unit, 0.0001%"},
		{"count", "10K", "did you mean 10k?"},
		{"count", "0.5", "finer than the base unit"},
		{"count", "1,000", "thousands separators"},
		{"duration", "", "it is empty"},
		{"duration", "-5ns", "must not be negative"},
		{"duration", "+5ns", "a sign is not allowed"},
		{"duration", "NaN", "does not start with a number"},
		{"duration", "Infs", "does not start with a number"},
		{"duration", "us", "does not start with a number"},
		{"duration", ".5ns", "write 0.5ns"},
		{"duration", "5.ns", "digits on both sides"},
		{"duration", "5.1.2ns", "digits on both sides"},
		{"duration", "1e3ns", "exponents are not allowed"},
		{"duration", "1e+3ns", "exponents are not allowed"},
		{"duration", "1_000ns", "thousands separators"},
		{"duration", "1'000ns", "thousands separators"},
		{"duration", "1 000ns", "grouped with spaces"},
		{"duration", "10  us", "at most one space"},
		{"duration", "10\tus", "at most one space"},
		{"duration", " 10us", "starts or ends with a space"},
		{"duration", "10us ", "starts or ends with a space"},
		{"duration", "10us!", `unknown unit "us!"`},
		{"duration", "10us 5ns", `unknown unit "us 5ns"`},
		{"duration", "10\u00b5\u00b5s", "unknown unit"},
		{"duration", "0x10ns", `unknown unit "x10ns"`},
		{"duration", "9223372036854775808ps", "too large, the limit is about 9223372s"},
		{"duration", "9999999999999999999999999s", "too large"},
		{"duration", strings.Repeat("9", 1_000_000) + "s", "longer than 64 bytes"},
		{"duration", "1/3s", "unknown unit"},
	} {
		_, err := all[c.kind].parse(c.in)
		require.Error(t, err, c.in)
		assert.Contains(t, err.Error(), c.says)
		assert.Less(t, len(err.Error()), 400, "an error is one line that fits a terminal")
		if len(c.in) <= maxText {
			assert.True(t, strings.HasPrefix(err.Error(), quoted(c.in)), "the text is named: %s", err)
		}
		assert.Contains(t, err.Error(), "such as "+all[c.kind].dim.example)
	}
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	if strings.ContainsAny(s, "\t'") || strings.Contains(s, "\u00b5") {
		return "\"" + s[:1]
	}
	return string(b)
}

// Every suggestion of an alias must itself be a unit, or the error sends its reader into the next error.
func TestAliasesLeadToUnits(t *testing.T) {
	for name, k := range kinds() {
		for alias, meant := range k.dim.aliases {
			_, ok := k.dim.find(meant)
			assert.True(t, ok, "%s: %s -> %s", name, alias, meant)
			_, ok = k.dim.find(alias)
			assert.False(t, ok, "%s: alias %s is a unit already", name, alias)
		}
		_, err := k.parse(k.dim.zero)
		require.NoError(t, err)
	}
}

func TestPrintParsesBack(t *testing.T) {
	for name, k := range kinds() {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			v := rapid.Int64Min(0).Draw(t, "v")
			// Round values are the common ones, and the ones where the choice of prefix matters.
			for range rapid.IntRange(0, 18).Draw(t, "zeros") {
				v /= 10
			}
			for range rapid.IntRange(0, 18).Draw(t, "scale") {
				if v <= math.MaxInt64/10 {
					v *= 10
				}
			}
			text := k.print(v)
			got, err := k.parse(text)
			require.NoError(t, err)
			require.Equal(t, v, got, text)
			if v > 0 {
				require.Equal(t, "-"+text, k.print(-v))
				_, err = k.parse("-" + text)
				require.Error(t, err)
			}
		}))
	}
}

func TestPrintExtremes(t *testing.T) {
	assert.Equal(t, "-9223372036854775808ps", Duration(math.MinInt64).String())
	assert.Equal(t, "-1.5us", At(0).Sub(At(1500*Nanosecond)).String())
	assert.Equal(t, "1.5us", At(1500*Nanosecond).String())
}

func TestTextMarshalling(t *testing.T) {
	for name, k := range kinds() {
		v := int64(1_234_000)
		marshal, unmarshal, read := k.text(&v)
		text, err := marshal.MarshalText()
		require.NoError(t, err)
		require.Equal(t, k.print(v), string(text), name)
		require.Error(t, unmarshal.UnmarshalText([]byte("bad")))
		read()
		require.Equal(t, int64(1_234_000), v, "an error leaves the value alone")
		require.NoError(t, unmarshal.UnmarshalText([]byte(k.print(5_000_000))))
		read()
		require.Equal(t, int64(5_000_000), v, name)
	}
}

func TestYAMLAndJSON(t *testing.T) {
	var server struct {
		Rate Rate     `yaml:"rate" json:"rate"`
		Wait Duration `yaml:"wait" json:"wait"`
		Load Ratio    `yaml:"load" json:"load"`
	}
	require.NoError(t, yaml.Load([]byte("{rate: 25Gbps, wait: 10us, load: 40%}"), &server))
	assert.Equal(t, 25*Gbps, server.Rate)
	assert.Equal(t, 40*Percent, server.Load)
	text, err := json.Marshal(server)
	require.NoError(t, err)
	assert.JSONEq(t, `{"rate":"25Gbps","wait":"10us","load":"40%"}`, string(text))
	assert.ErrorContains(t, yaml.Load([]byte("{wait: 0}"), &server), "a unit is required")
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"10us", "64KiB", "1.5 GiB", "1e3ns", "25Gb/s", "40%", "\xff5ns", "5\u00b5s"} {
		f.Add(s)
	}
	all := kinds()
	f.Fuzz(func(t *testing.T, s string) {
		for name, k := range all {
			v, err := k.parse(s)
			if err != nil {
				continue
			}
			require.GreaterOrEqual(t, v, int64(0), name)
			again, err := k.parse(k.print(v))
			require.NoError(t, err)
			require.Equal(t, v, again)
		}
	})
}
