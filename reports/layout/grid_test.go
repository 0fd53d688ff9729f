package layout

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Whatever stands in a grid comes out: every number whole, and every label in every table.
func TestGridKeepsWhatItHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := randomGrid(t)
		most := rapid.IntRange(LeastWidth, 160).Draw(t, "width")
		labels := ""
		for _, r := range g.Rows {
			labels += squeeze(r.Label)
		}
		var got []string
		for _, l := range g.fit(most) {
			w := tableWriter{width: most, out: new(bytes.Buffer)}
			require.NoError(t, w.grid(g, l))
			fits(t, w.out.String(), most)
			_, body, _ := strings.Cut(w.out.String(), "---\n")
			first, most := "", 0
			for _, r := range g.Rows {
				for line := range strings.Lines(label(r, l.label)) {
					most = max(most, len(strings.TrimRight(line, "\n")))
				}
			}
			for line := range strings.Lines(body) {
				first += squeeze(line[:min(most, len(line))])
				for _, field := range strings.Fields(line) {
					if strings.IndexAny(field, "0123456789±") == 0 {
						got = append(got, field)
					}
				}
			}
			require.Equal(t, labels, first)
		}
		slices.Sort(got)
		require.Equal(t, g.numerals(), got)
	})
}

// numerals returns all numbers of a grid, as they are printed, sorted.
func (g *Grid) numerals() []string {
	var list []string
	for _, r := range g.Rows {
		for _, c := range r.Cells {
			if c.Words {
				continue
			}
			if c.Best {
				c.Text += "*"
			}
			list = append(list, c.Text)
			if c.Half != "" {
				list = append(list, c.Half)
			}
		}
	}
	slices.Sort(list)
	return list
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }

func randomGrid(t *rapid.T) *Grid {
	word := rapid.StringMatching(`[a-z]{1,12}([-. _][a-z]{1,12}){0,4}(\[[a-z]\])?`)
	number := rapid.StringMatching(`[1-9][0-9]{0,5}(\.[0-9]{1,2})?`)
	g := &Grid{Heads: rapid.SliceOfN(word, 1, 6).Draw(t, "heads")}
	for range rapid.IntRange(1, 6).Draw(t, "rows") {
		r := Row{Label: word.Draw(t, "label"), Indent: rapid.SampledFrom([]int{0, 2}).Draw(t, "indent")}
		for range g.Heads {
			c := Cell{Text: word.Draw(t, "words"), Words: true}
			if rapid.Bool().Draw(t, "is a number") {
				c = Cell{Text: number.Draw(t, "value"), Best: rapid.Bool().Draw(t, "best")}
				if rapid.Bool().Draw(t, "has a half-width") {
					c.Half = "±" + number.Draw(t, "half")
				}
			}
			r.Cells = append(r.Cells, c)
		}
		g.Rows = append(g.Rows, r)
		if rapid.Bool().Draw(t, "heading") {
			g.Rows = append(g.Rows, Row{Label: word.Draw(t, "label")})
		}
	}
	return g
}

// fits checks that no line is too long, or ends in spaces.
func fits(t require.TestingT, text string, most int) {
	for i, line := range strings.Split(text, "\n") {
		require.LessOrEqual(t, Width(line), most, "line %d: %q", i+1, line)
		require.Equal(t, strings.TrimRight(line, " "), line, "line %d ends in spaces", i+1)
	}
}
