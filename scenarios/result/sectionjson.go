package result

import (
	"bytes"
	"encoding/json"
)

// MarshalJSON writes the section as a list of its rows, or as an object of its facts.
func (s *Section) MarshalJSON() ([]byte, error) {
	if s.Facts == nil {
		return s.rowsJSON()
	}
	var facts []Fact
	for _, f := range s.Facts {
		if f.Key != "" {
			facts = append(facts, f)
		}
	}
	return object(len(facts), func(i int) (string, any) {
		if _, rows := facts[i].Value.(RowsHere); rows {
			return facts[i].Key, ordered(s.rowsJSON)
		}
		return facts[i].Key, facts[i].Value
	})
}

// rowsJSON writes the rows as objects of their values by key.
func (s *Section) rowsJSON() ([]byte, error) {
	var columns []int
	for i := range s.Columns {
		if s.Columns[i].Key != "" {
			columns = append(columns, i)
		}
	}
	var out bytes.Buffer
	out.WriteByte('[')
	for _, r := range s.Rows {
		if r.Values == nil {
			continue // a heading
		}
		if out.Len() > 1 {
			out.WriteByte(',')
		}
		row, err := object(len(columns), func(i int) (string, any) { return s.Columns[columns[i]].Key, r.Values[columns[i]] })
		if err != nil {
			return nil, err
		}
		out.Write(row)
	}
	out.WriteByte(']')
	return out.Bytes(), nil
}

// MarshalJSON writes the result with its sections behind all else, each under its name.
func (r Result) MarshalJSON() ([]byte, error) {
	type bare Result // without this method
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(bare(r)); err != nil {
		return nil, err
	}
	var sections []*Section
	for i := range r.Sections {
		if !r.Sections[i].Aside {
			sections = append(sections, &r.Sections[i])
		}
	}
	if len(sections) == 0 {
		return out.Bytes(), nil
	}
	more, err := object(len(sections), func(i int) (string, any) { return sections[i].Name, sections[i] })
	if err != nil {
		return nil, err
	}
	text := bytes.TrimSuffix(bytes.TrimSpace(out.Bytes()), []byte("}"))
	return append(append(text, ','), more[1:]...), nil
}
