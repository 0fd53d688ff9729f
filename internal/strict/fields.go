package strict

import "reflect"

// FieldInfo describes one key of a struct as the decoder sees it, for what describes a schema.
type FieldInfo struct {
	// Key is the name in a file, Type what is decoded.
	Key  string
	Type reflect.Type
	// Owner is the struct that has the field, itself or as one embedded in line, and Name the field's name in it.
	Owner reflect.Type
	Name  string
	// Required, Min, Max and OneOf are what the strict tag demands; of a list, from each element. Nil is no demand.
	Required bool
	Min, Max *int64
	OneOf    []string
}

// FieldsOf lists the keys of a struct in the order of its fields, those of structs embedded in line among them.
func FieldsOf(t reflect.Type) []FieldInfo {
	var list []FieldInfo
	for _, m := range membersOf(t, nil) {
		owner := t
		for _, i := range m.index[:len(m.index)-1] {
			owner = owner.Field(i).Type
		}
		f := owner.Field(m.index[len(m.index)-1])
		list = append(list, FieldInfo{Key: m.name, Type: f.Type, Owner: owner, Name: f.Name,
			Required: m.rules.required, Min: m.rules.min, Max: m.rules.max, OneOf: m.rules.oneOf})
	}
	return list
}
