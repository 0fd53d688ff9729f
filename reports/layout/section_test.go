package layout

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// randomSection has columns and rows of every kind: headings, words, numbers, nothing, and something to draw, or not.
func randomSection(t *rapid.T) *result.Section {
	word := rapid.StringMatching(`[a-z]{0,12}( [a-z]{1,8}){0,2}`)
	s := &result.Section{Title: word.Draw(t, "title"), Legend: word.Draw(t, "legend")}
	for range rapid.IntRange(1, 5).Draw(t, "columns") {
		s.Columns = append(s.Columns, result.Column{Head: word.Draw(t, "head"), Unit: rapid.SampledFrom([]string{"", "ns", "ratio", "B", "W", "kg"}).Draw(t, "unit"),
			Fixed: rapid.Bool().Draw(t, "fixed"), Decimals: rapid.IntRange(0, 4).Draw(t, "decimals"), Digits: rapid.SampledFrom([]result.Digits{result.Telling, result.Exact, result.Short}).Draw(t, "digits")})
	}
	value := rapid.Custom(func(t *rapid.T) any {
		return rapid.SampledFrom([]any{nil, "two words", result.Verbatim("1 (2)"), true, int64(0), int64(17), 0.0, 1e-9, 3.25, -12.5, 7e11}).Draw(t, "value")
	})
	for range rapid.IntRange(0, 14).Draw(t, "rows") {
		r := result.Row{Label: rapid.SampledFrom([]string{"", "", "a label"}).Draw(t, "label")}
		if rapid.IntRange(0, 5).Draw(t, "is no heading") > 0 {
			r.Values = rapid.SliceOfN(value, len(s.Columns), len(s.Columns)).Draw(t, "values")
		}
		s.Rows = append(s.Rows, r)
	}
	switch rapid.IntRange(0, 3).Draw(t, "draw") {
	case 0:
		s.Draw = &result.Draw{}
	case 1:
		s.Draw = &result.Draw{Y: []string{"no such column"}}
	case 2:
		s.Draw = &result.Draw{Y: []string{s.Columns[0].Head}}
	}
	return s
}

// Any section is laid out within the width, and as Markdown.
func TestAnySectionIsLaidOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := &Document{Blocks: []Block{BlockOf(randomSection(t))}}
		var out, page bytes.Buffer
		most := rapid.IntRange(LeastWidth, 160).Draw(t, "width")
		require.NoError(t, Table(&out, d, most, false))
		fits(t, out.String(), most)
		Markdown(&page, d)
	})
}

// A curve goes on with the rows without a label; headings and what has no value are no part of it.
func TestCurvesAreDrawn(t *testing.T) {
	s := &result.Section{Columns: []result.Column{{Head: "p99"}}, Draw: &result.Draw{X: "load", Y: []string{"p99"}}}
	for _, v := range []any{10.0, 20.0, nil, int64(40)} {
		s.Rows = append(s.Rows, result.Row{Label: "", Values: []any{v}})
	}
	s.Rows[0].Label = "64 B"
	s.Rows = append(append(s.Rows, result.Row{Label: "-- 25 W --"}), s.Rows...)
	g := BlockOf(s).Grid
	require.Equal(t, []string{"p99", "p99 drawn"}, g.Heads)
	var bars []string
	for _, r := range g.Rows {
		if r.Cells == nil {
			bars = append(bars, r.Label)
			continue
		}
		bars = append(bars, strings.TrimRight(r.Cells[1].Text, "."))
	}
	once := []string{"#", "######", "-", "################"}
	assert.Equal(t, append(append(once, "-- 25 W --"), once...), bars)
	for i := range s.Rows {
		s.Rows[i].Label = "each its own"
	}
	assert.Len(t, BlockOf(s).Grid.Heads, 1, "no curves")
}
