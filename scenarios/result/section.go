package result

import (
	"fmt"
	"slices"

	"github.com/dsnsim/dsnsim/sim/stats"
)

// Section is a table or a list of what was found. A part of the simulation makes it, and every format prints it without knowing what it
// is about.
type Section struct {
	// Name is what a reader asks for it by, and its key in JSON.
	Name    string
	Title   string
	Columns []Column
	Rows    []Row
	// BriefBy is the key of a column: people who do not ask for all see the rows that have the same in it as one, called that.
	BriefBy string
	// Facts are single values beside the rows. With facts, the section is an object in JSON, and else a list of its rows.
	Facts []Fact
	// Legend explains the table, Items stand below it.
	Legend string
	Items  []Item
	// Aside says that JSON tells the same elsewhere, in another shape.
	Aside bool
	// Draw is nil where there is nothing to draw.
	Draw *Draw
	// Units are the report's own words for units of the catalogue: its currency.
	Units map[string]string
}

// Column says of a figure of each row what it is. One without a Key is not in JSON, and one without a Head is not shown to people.
type Column struct {
	Key, Head string
	// Unit is that of the values. For people the layout chooses a prefix by the values, unless Fixed.
	Unit  string
	Fixed bool
	// Decimals is the most that are shown; see Digits.
	Decimals int
	Digits   Digits
	Better   stats.Better
	// Join says how values are joined; for PerOther, Per is the key of the other column.
	Join Join
	Per  string
	// Of is the metric of the catalogue that the rows' values add up to, or "".
	Of string
}

// Digits says how many decimals of a column are shown.
type Digits uint8

const (
	// Telling is the same for all rows: as many as tell the smallest to three digits.
	Telling Digits = iota
	// Exact is always Decimals.
	Exact
	// Short is no more than each value has.
	Short
)

// Verbatim is a value that stands as it is written and is never broken, as a number is.
type Verbatim string

// Draw says what a picture of a section shows: the columns Y over the column X, by their heads, a line for each heading or label.
type Draw struct {
	X string
	Y []string
}

// Row is one thing. Without values it is the heading of those below it.
type Row struct {
	Label string
	// Rank orders the rows of several placements that stand side by side.
	Rank int
	// Values are by column: float64, int64, bool, string for words, Verbatim, nil for what has no value.
	Values []any
}

// Fact is a single value of a section. One with a Label is shown below the rows, and one without a Key is not in JSON.
type Fact struct {
	Key, Label string
	Value      any // or RowsHere
	Join       Join
}

// RowsHere is the value of the fact that holds the rows in JSON.
type RowsHere struct{}

// Item is an entry of a list: a text, and what it is about in front of it where Term is not "".
type Item struct {
	Term, Text string
	Bad        bool
}

// NewTable begins a section of columns with keys only.
func NewTable(keys ...string) *Section {
	s := &Section{}
	for _, k := range keys {
		s.Columns = append(s.Columns, Column{Key: k})
	}
	return s
}

// AddRow appends a row; columns that no value is left for have none.
func (s *Section) AddRow(values ...any) {
	s.Rows = append(s.Rows, Row{Values: append(values, make([]any, len(s.Columns)-len(values))...)})
}

// Section returns the section of a name, nil where there is none.
func (r *Result) Section(name string) *Section {
	i := slices.IndexFunc(r.Sections, func(s Section) bool { return s.Name == name })
	if i < 0 {
		return nil
	}
	return &r.Sections[i]
}

// PartsOf returns the section and the column whose values add up to a metric, nil where there is none.
func (r *Result) PartsOf(metric string) (*Section, int) {
	for i := range r.Sections {
		for k := range r.Sections[i].Columns {
			if r.Sections[i].Columns[k].Of == metric && len(r.Sections[i].Rows) > 0 {
				return &r.Sections[i], k
			}
		}
	}
	return nil, 0
}

// Column returns the place of the column with a key. It panics where there is none, which is a fault of the program.
func (s *Section) Column(key string) int {
	i := slices.IndexFunc(s.Columns, func(c Column) bool { return c.Key == key })
	if i < 0 {
		panic(fmt.Sprintf("section %s has no column %q", s.Name, key))
	}
	return i
}

// Number returns the value of a row in the column with a key, 0 where it has none.
func (s *Section) Number(row int, key string) float64 {
	return s.Rows[row].At(s.Column(key))
}

// Of returns the value of the row with a label in the column with a key, 0 where there is no such row.
func (s *Section) Of(label, key string) float64 {
	i := slices.IndexFunc(s.Rows, func(r Row) bool { return r.Label == label })
	if i < 0 {
		return 0
	}
	return s.Number(i, key)
}

// Fact returns the value of the fact with a key, 0 where there is none.
func (s *Section) Fact(key string) float64 {
	i := slices.IndexFunc(s.Facts, func(f Fact) bool { return f.Key == key })
	if i < 0 {
		return 0
	}
	return number(s.Facts[i].Value)
}

// Brief returns the rows for people who do not ask for all.
func (s *Section) Brief() []Row {
	if s.BriefBy == "" {
		return s.Rows
	}
	var list []Row
	var groups [][]Row
	by := s.Column(s.BriefBy)
	for _, r := range s.Rows {
		if r.Values == nil {
			continue // a heading
		}
		i := slices.IndexFunc(groups, func(g []Row) bool { return g[0].Values[by] == r.Values[by] })
		if i < 0 {
			i, groups = len(groups), append(groups, nil)
		}
		groups[i] = append(groups[i], r)
	}
	for _, g := range groups {
		row := s.Alike(g)
		row.Label = fmt.Sprint(row.Values[by])
		list = append(list, row)
	}
	return list
}

// At returns the value of a row in a column, 0 for words, for what has no value, and for a heading.
func (r *Row) At(column int) float64 {
	if r.Values == nil {
		return 0
	}
	v, _ := Number(r.Values[column])
	return v
}

// Number returns a value as a float; ok is false for words and what has no value.
func Number(v any) (n float64, ok bool) {
	switch x := v.(type) {
	case float64:
		return x, true
	case int64:
		return float64(x), true
	}
	return 0, false
}

func number(v any) float64 {
	n, _ := Number(v)
	return n
}
