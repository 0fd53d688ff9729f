package result

import (
	"fmt"
	"strings"
)

// Document is what a command found, ready for every format: sections for people, one section whose rows are those of the CSV, and a value
// that is written as JSON.
type Document struct {
	// What names it in errors.
	What     string
	Sections []Section
	// CSV is nil where there is none.
	CSV    *Section
	JSON   any
	Footer []string
}

// NewDocument begins a document. One that was interrupted says so first.
func NewDocument(what string, tool Tool, s Scenario, complete bool) *Document {
	d := &Document{What: what, Footer: []string{fmt.Sprintf("%s, scenario %s, sha256 %.12s, seed %d",
		strings.TrimSpace("dsnsim "+tool.Version+" "+tool.Revision), s.Name, s.SHA256, s.Seed)}}
	if !complete {
		d.Sections = append(d.Sections, Section{Name: "incomplete", Title: "INCOMPLETE: " + what + " was interrupted; what is here was finished, the rest is missing"})
	}
	return d
}

// Add appends a section unless there is nothing in it.
func (d *Document) Add(s Section) {
	if len(s.Rows)+len(s.Items) > 0 {
		d.Sections = append(d.Sections, s)
	}
}

// AddNotes appends what a reader must know.
func (d *Document) AddNotes(notes []string) {
	s := Section{Name: "notes", Title: "Notes"}
	for _, n := range notes {
		s.Items = append(s.Items, Item{Text: n})
	}
	d.Add(s)
}

// Refused is the entry of a placement that cannot do what was asked.
func Refused(placement, status string, reasons []string) Item {
	return Item{Term: placement, Text: status + ": " + strings.Join(reasons, "; "), Bad: true}
}
