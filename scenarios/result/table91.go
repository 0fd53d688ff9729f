package result

import (
	"bytes"
	"encoding/json"
)

// Table91 is the chapter's Table 9-1, computed: properties by placement, in the order in which they are printed.
// As JSON it is an object of properties by key, each an object of cells by placement.
type Table91 struct {
	Placements []string
	Properties []Property
}

// Property is one row of the table. Cells are by placement, in the table's order.
type Property struct {
	Key   string // in JSON and on the command line
	Name  string // the chapter's words
	Cells []Cell
}

// Cell is what a placement is worth in a property, and from what that follows, a sentence each.
type Cell struct {
	Value    string   `json:"value"`
	Evidence []string `json:"evidence"`
}

// Cell returns a cell by the key of its property and its placement.
func (t *Table91) Cell(key, placement string) (Cell, bool) {
	for _, p := range t.Properties {
		for i, name := range t.Placements {
			if p.Key == key && name == placement {
				return p.Cells[i], true
			}
		}
	}
	return Cell{}, false
}

// MarshalJSON keeps the order of properties and placements, which a map would lose.
func (t *Table91) MarshalJSON() ([]byte, error) {
	return object(len(t.Properties), func(i int) (string, any) {
		p := &t.Properties[i]
		return p.Key, ordered(func() ([]byte, error) {
			return object(len(p.Cells), func(k int) (string, any) { return t.Placements[k], p.Cells[k] })
		})
	})
}

// ordered is a value that writes itself.
type ordered func() ([]byte, error)

// MarshalJSON is json.Marshaler.
func (o ordered) MarshalJSON() ([]byte, error) { return o() }

// object writes n keys with their values.
func object(n int, at func(i int) (string, any)) ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i := range n {
		key, value := at(i)
		name, err := json.Marshal(key)
		if err != nil {
			return nil, err
		}
		e := json.NewEncoder(&out)
		e.SetEscapeHTML(false)
		if i > 0 {
			out.WriteByte(',')
		}
		out.Write(name)
		out.WriteByte(':')
		if err := e.Encode(value); err != nil {
			return nil, err
		}
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// UnmarshalJSON reads what MarshalJSON writes, in its order. Names of properties are not in it.
func (t *Table91) UnmarshalJSON(text []byte) error {
	*t = Table91{}
	return members(text, func(key string, value json.RawMessage) error {
		p := Property{Key: key}
		first := len(t.Properties) == 0
		err := members(value, func(placement string, value json.RawMessage) error {
			var c Cell
			if first {
				t.Placements = append(t.Placements, placement)
			}
			err := json.Unmarshal(value, &c)
			p.Cells = append(p.Cells, c)
			return err
		})
		t.Properties = append(t.Properties, p)
		return err
	})
}

// members reads an object member by member.
func members(text []byte, each func(key string, value json.RawMessage) error) error {
	d := json.NewDecoder(bytes.NewReader(text))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		name, _ := key.(string) // of an object's member it is one
		if err := each(name, value); err != nil {
			return err
		}
	}
	return nil
}
