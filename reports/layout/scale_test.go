package layout

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestScale(t *testing.T) {
	for _, c := range []struct {
		unit   string
		values []float64
		most   int
		want   string
	}{
		{"ns", []float64{3229, 3771, 4398}, 3, "us: 3.23 3.77 4.40"},
		{"ns", []float64{1358950, 3229}, 3, "us: 1358.95 3.23"},
		{"ns", []float64{188, 222}, 3, "ns: 188 222"},
		{"ns", []float64{188, 1222}, 3, "us: 0.188 1.222"},
		{"ns", []float64{88, 222}, 3, "ns: 88 222"},
		{"ns", []float64{0, 2.25}, 3, "ns: 0 2.25"},
		{"ns", []float64{5e6, 1e12}, 3, "ms: 5 1000000"},
		{"ns", []float64{1e12, 5e6, 3e4}, 3, "ms: 1000000 5 <1"},
		{"ns", []float64{3229, 86400e9}, 3, "us: 3.23 8.64e+10"},
		{"ns", []float64{0}, 3, "ns: 0"},
		{"ns", nil, 3, "ns:"},
		{"Gbps", []float64{38.1, 14.7}, 3, "Gbps: 38.1 14.7"},
		{"Gbps", []float64{0.95, 38}, 3, "Gbps: 0.950 38.000"},
		{"Gbps", []float64{0.012, 0.0131}, 3, "Mbps: 12.0 13.1"},
		{"Gbps", []float64{171, 172}, 3, "Gbps: 171 172"},
		{"Gbps", []float64{1600, 800}, 3, "Tbps: 1.600 0.800"},
		{"Mpps", []float64{11.87, 0.0012}, 3, "kpps: 11870.00 1.20"},
		{"ratio", []float64{0.3174, 0}, 4, "%: 31.7 0"},
		{"ratio", []float64{0.000012, 0.3}, 4, "%: 0.0012 30.0000"},
		{"ratio", []float64{1e-9, 0.3}, 4, "%: <0.0001 30.0000"},
		{"ratio", []float64{0.97, 1}, 1, "%: 97 100"},
		{"cores", []float64{4, 0, 16}, 1, "cores: 4 0 16"},
		{"cores", []float64{4.25, 0}, 1, "cores: 4.2 0"},
		{"packets", []float64{123456789}, 1, "packets: 123456789"},
		{"packets", []float64{1234567890, 6779}, 1, "packets: 1.23e+09 6779"},
		{"packets", []float64{math.MaxFloat64, math.SmallestNonzeroFloat64}, 3, "packets: 1.8e+308 <0.001"},
	} {
		s := NewScale(choosePrefix(c.unit, c.values), c.values, c.most)
		got := s.Unit + ":"
		for _, v := range c.values {
			got += " " + s.Text(v)
		}
		assert.Equal(t, c.want, got, "%s %v", c.unit, c.values)
	}
}

func TestHalfWidth(t *testing.T) {
	s := Scale{Prefix{"us", 1e3}, 2}
	assert.Equal(t, "±0.12", s.Half(119))
	assert.Equal(t, "±0.01", s.Half(6))
	assert.Empty(t, s.Half(4), "the digits do not show it")
	assert.Empty(t, s.Half(0))
	assert.Equal(t, "±1.23e+10", s.Half(1.23e13))
}

// Only zero looks like zero; what is printed is near what it stands for; and it has its place in a column.
func TestTextIsTrue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		unit := rapid.SampledFrom([]string{"ns", "Gbps", "Mpps", "ratio", "cores"}).Draw(t, "unit")
		most := rapid.IntRange(0, 4).Draw(t, "most")
		values := rapid.SliceOfN(rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(0, 1), rapid.Float64Range(0, 1e12)), 1, 6).Draw(t, "values")
		s := NewScale(choosePrefix(unit, values), values, most)
		for _, v := range values {
			text := s.Text(v)
			require.LessOrEqual(t, len(text), mostWhole+1)
			require.Equal(t, v == 0, isZero(text), text)
			if bound, below := strings.CutPrefix(text, "<"); below {
				limit, err := strconv.ParseFloat(bound, 64)
				require.NoError(t, err)
				require.Less(t, v/s.Size, limit)
				continue
			}
			got, err := strconv.ParseFloat(text, 64)
			require.NoError(t, err)
			tolerance := max(0.5*math.Pow10(-s.decimals), 0.005*v/s.Size) * (1 + 1e-9)
			require.InDelta(t, v/s.Size, got, tolerance)
		}
	})
}

// The order of values survives the printing, as far as the digits tell them apart.
func TestTextKeepsOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(1, 1e8), 2, 6).Draw(t, "values")
		slices.Sort(values)
		s := NewScale(choosePrefix("ns", values), values, 3)
		last := 0.0
		for _, v := range values {
			got, err := strconv.ParseFloat(strings.TrimPrefix(s.Text(v), "<"), 64)
			require.NoError(t, err)
			require.GreaterOrEqual(t, got, last)
			last = got
		}
	})
}

func TestWrap(t *testing.T) {
	assert.Equal(t, []string{"one two", "three"}, wrap("one two  three", 8))
	assert.Equal(t, []string{"bump-in-", "the-wire"}, wrap("bump-in-the-wire", 9))
	assert.Equal(t, []string{"tor.dsn-", "return[2]"}, wrap("tor.dsn-return[2]", 9))
	assert.Equal(t, []string{"abcde", "fgh i"}, wrap("abcdefgh i", 5))
	assert.Equal(t, []string{""}, wrap(" \n", 5))
	assert.Equal(t, []string{"日本", "語"}, wrap("日本語", 5), "these are two columns wide")
	assert.Equal(t, []string{"日", "本"}, wrap("日本", 1), "a column too narrow for a rune still ends")
}

func TestWrapKeepsText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		most := rapid.IntRange(2, 30).Draw(t, "width")
		lines := wrap(text, most)
		for _, line := range lines {
			require.LessOrEqual(t, Width(line), most)
		}
		require.Equal(t, squeeze(Clean(text)), squeeze(strings.Join(lines, "")))
	})
}
