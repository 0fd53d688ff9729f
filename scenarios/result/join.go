package result

import "fmt"

// Join says what kind of quantity a column has, and so how its values are joined: those of a row over the replications, and those of rows
// that are alike into one.
type Join uint8

const (
	// Same is the same in every replication, as a name is: the first counts.
	Same Join = iota
	// Total adds up over rows; over replications it is the mean. A row whose totals are all 0 is left out.
	Total
	// Level does not add up, as a share of busy time: the mean over replications, the largest of rows.
	Level
	// Most is the largest of all.
	Most
	// PerOther is a mean over what another column counts. A replication gives the sum; joined, it is divided by that count.
	PerOther
)

// JoinSections joins the sections of a placement's replications. Each replication has the same sections with the same rows.
func JoinSections(replications [][]Section) []Section {
	var list []Section
	for i := range replications[0] {
		s := replications[0][i]
		s.Rows, s.Facts = nil, append([]Fact(nil), s.Facts...)
		for k, first := range replications[0][i].Rows {
			if first.Values == nil {
				s.Rows = append(s.Rows, first) // a heading
				continue
			}
			row := first
			row.Values = make([]any, len(s.Columns))
			for c := range s.Columns {
				row.Values[c] = over(s.Columns[c].Join, len(replications), func(n int) any { return rowOf(replications[n][i].Rows, k, first.Label).Values[c] })
			}
			if s.divide(row.Values); !s.isEmpty(row.Values) {
				s.Rows = append(s.Rows, row)
			}
		}
		for k := range s.Facts {
			s.Facts[k].Value = over(s.Facts[k].Join, len(replications), func(n int) any { return replications[n][i].Facts[k].Value })
		}
		if len(s.Rows)+len(s.Facts) > 0 {
			list = append(list, s)
		}
	}
	return list
}

func rowOf(rows []Row, i int, label string) *Row {
	if rows[i].Label != label {
		panic(fmt.Sprintf("row %d is %q in one replication and %q in another", i, label, rows[i].Label))
	}
	return &rows[i]
}

// over joins the values of n replications.
func over(j Join, n int, at func(int) any) any {
	if j == Same {
		return at(0)
	}
	if first, ok := at(0).(int64); ok && j == Most {
		for k := range n {
			first = max(first, at(k).(int64))
		}
		return first
	}
	v := 0.0
	for k := range n {
		if x := number(at(k)); j == Most {
			v = max(v, x)
		} else {
			v += x / float64(n)
		}
	}
	return v
}

// divide makes means of the sums of a row.
func (s *Section) divide(values []any) {
	for i := range s.Columns {
		if c := &s.Columns[i]; c.Join == PerOther {
			if n := number(values[s.Column(c.Per)]); n > 0 {
				values[i] = number(values[i]) / n
			} else {
				values[i] = 0.0
			}
		}
	}
}

// isEmpty reports whether a row has totals, all of them 0.
func (s *Section) isEmpty(values []any) bool {
	totals := false
	for i := range s.Columns {
		if s.Columns[i].Join != Total {
			continue
		}
		if totals = true; number(values[i]) != 0 {
			return false
		}
	}
	return totals
}

// Alike makes one row of several that are alike, with the label and the words of the first.
func (s *Section) Alike(rows []Row) Row {
	sum := rows[0]
	sum.Values = make([]any, len(s.Columns))
	for i := range s.Columns {
		c := &s.Columns[i]
		sum.Values[i] = rows[0].Values[i]
		if c.Join == Same || len(rows) == 1 {
			continue
		}
		v := 0.0
		for _, r := range rows {
			switch x := number(r.Values[i]); c.Join {
			case Total:
				v += x
			case PerOther:
				v += x * number(r.Values[s.Column(c.Per)])
			default:
				v = max(v, x)
			}
		}
		sum.Values[i] = v
	}
	if len(rows) > 1 {
		s.divide(sum.Values)
	}
	return sum
}
