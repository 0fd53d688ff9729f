package layout

import "strings"

const (
	// gap separates columns.
	gap = 2
	// leastWords is the width to which words of a column may shrink before the table is split: "appliance" fits.
	leastWords = 9
	// leastLabel is the width to which labels may shrink; the longest word of ours fits, indented.
	leastLabel = 16
)

// layout is how a grid is fitted into a width: which of its columns stand in one table, and how wide each is.
type layout struct {
	// inline puts a half-width behind its value; otherwise it stands below.
	inline bool
	// from is the first column that is shown.
	from   int
	label  int
	widths []int
}

// fit lays a grid out in as few tables as the width allows: first with the half-widths beside the values, then below
// them, then with the columns spread over several tables. A single column is shown even where it does not fit.
func (g *Grid) fit(most int) []layout {
	n := len(g.Heads)
	if l, ok := g.fitColumns(0, n, true, most); ok {
		return []layout{l}
	}
	for tables := 1; ; tables++ {
		per := (n + tables - 1) / tables
		var list []layout
		fits := true
		for from := 0; from < n; from += per {
			l, ok := g.fitColumns(from, min(from+per, n), false, most)
			list = append(list, l)
			fits = fits && ok
		}
		if fits || per == 1 {
			return list
		}
	}
}

// fitColumns finds widths for some columns of a grid, and reports whether they fit.
func (g *Grid) fitColumns(from, to int, inline bool, most int) (layout, bool) {
	l := layout{inline: inline, from: from, widths: make([]int, to-from)}
	needs := make([]int, to-from)
	wants := make([]int, to-from)
	sum := 0
	for i := range needs {
		needs[i], wants[i] = g.column(from+i, inline)
		sum += needs[i] + gap
	}
	for _, r := range g.Rows {
		l.label = max(l.label, r.Indent+Width(Clean(r.Label)))
	}
	l.label = min(l.label, max(most/4, leastLabel, most-sum))
	if l.label+sum > most {
		copy(l.widths, needs)
		return l, false
	}
	for limit := most; ; limit-- {
		sum = l.label
		for i := range needs {
			l.widths[i] = max(needs[i], min(wants[i], limit))
			sum += l.widths[i] + gap
		}
		if sum <= most {
			return l, true
		}
	}
}

// column returns the width that a column needs at least, and the one at which nothing of it is broken.
func (g *Grid) column(i int, inline bool) (needs, wants int) {
	numbers := g.numbers(i).width(inline)
	wants = Width(Clean(g.Heads[i]))
	for _, r := range g.Rows {
		if r.Cells != nil && r.Cells[i].Words {
			wants = max(wants, Width(Clean(r.Cells[i].Text)))
		}
	}
	least := leastWords
	if g.Whole {
		least = max(least, g.longestWord(i))
	}
	return max(numbers, min(wants, least)), max(numbers, wants)
}

// numbers is how wide the parts of a column's numbers are: value, mark and half-width. Equal parts stand below each other.
type numbers struct{ value, mark, half int }

func (g *Grid) numbers(i int) numbers {
	var n numbers
	for _, r := range g.Rows {
		if r.Cells == nil || r.Cells[i].Words {
			continue
		}
		c := r.Cells[i]
		n.value, n.half = max(n.value, Width(c.Text)), max(n.half, Width(c.Half))
		if c.Best || c.Open {
			n.mark = 1
		}
	}
	return n
}

func (n numbers) width(inline bool) int {
	if inline && n.half > 0 {
		return n.value + n.mark + 1 + n.half
	}
	return max(n.value, n.half) + n.mark
}

// lines writes a number into its column, ready to be aligned at the right.
func (n numbers) lines(c Cell, inline bool) []string {
	mark := ""
	switch {
	case c.Best:
		mark = "*"
	case c.Open:
		mark = OpenMark
	case n.mark > 0:
		mark = " "
	}
	if inline && n.half > 0 {
		return []string{c.Text + mark + " " + c.Half + strings.Repeat(" ", n.half-Width(c.Half))}
	}
	lines := []string{c.Text + mark}
	if c.Half != "" {
		lines = append(lines, c.Half+strings.Repeat(" ", n.mark))
	}
	return lines
}

// words breaks a text into the lines of a column, so that they end where its values do: what stands beside the values is
// left free as far as the text leaves room.
func (n numbers) words(text string, inline bool, most int) string {
	lines := wrap(text, most)
	free := 0
	if inline && n.half > 0 {
		free = 1 + n.half
	}
	for _, line := range lines {
		free = max(0, min(free, most-Width(line)))
	}
	return strings.Join(lines, strings.Repeat(" ", free)+"\n") + strings.Repeat(" ", free)
}

// longestWord returns the width of the longest word in a column's words.
func (g *Grid) longestWord(i int) int {
	longest := 0
	for _, r := range g.Rows {
		if r.Cells == nil || !r.Cells[i].Words {
			continue
		}
		for _, w := range strings.Fields(Clean(r.Cells[i].Text)) {
			longest = max(longest, Width(w))
		}
	}
	return longest
}
