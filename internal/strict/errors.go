// Package strict decodes YAML into Go values and refuses whatever it does not know, telling file, line and column.
//
// Everything wrong in a file is reported at once. Struct fields are named by `yaml:"name"` tags and
// constrained by `strict:"..."` tags: required, min=N, max=N, oneof=a|b|c. The value decoded into keeps what the
// file does not mention, so defaults are what it holds beforehand (see also Defaulter). Input is untrusted: size, nesting
// and alias expansion are bounded.
package strict

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Error is one fault and where it is. Line and Col count from 1, Col in characters. For a value given by
// Document.Set, File is "--set path" and Line is 0.
type Error struct {
	File      string
	Line, Col int
	Msg       string
}

// Error returns file:line:col: msg.
func (e Error) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Msg
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, e.Msg)
}

// Errors is all that is wrong in a document, by file and in position order; faults of overrides come last.
type Errors []Error

// Error returns one line for each fault.
func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives each fault to errors.As.
func (es Errors) Unwrap() []error {
	out := make([]error, len(es))
	for i, e := range es {
		out[i] = e
	}
	return out
}

// longestMessage bounds a message in bytes, since some repeat what a file says. Assumed: twice the longest list of keys.
const longestMessage = 2000

// maxErrors bounds what a hostile file can make us remember; nobody reads more (assumed).
const maxErrors = 100

// errorList gathers faults; decoding goes on after each.
type errorList struct {
	file  string // the document's own
	errs  Errors
	count int
}

func (l *errorList) add(p pos, format string, args ...any) {
	l.count++
	if len(l.errs) < maxErrors {
		msg := fmt.Sprintf(format, args...)
		if len(msg) > longestMessage {
			msg = strings.ToValidUTF8(msg[:longestMessage], "") + "..."
		}
		l.errs = append(l.errs, Error{p.file, p.line, p.col, msg})
	}
}

// sorted returns the faults in position order without repetitions (an aliased value is visited more than
// once), or nil when there are none.
func (l *errorList) sorted() error {
	if len(l.errs) == 0 {
		return nil
	}
	es, seen := Errors{}, map[Error]bool{}
	for _, e := range l.errs {
		if !seen[e] {
			seen[e] = true
			es = append(es, e)
		}
	}
	slices.SortStableFunc(es, func(a, b Error) int {
		return cmp.Or(overrideLast(a, b), byFile(a, b), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	if more := l.count - len(l.errs); more > 0 {
		last := es[len(es)-1]
		last.Msg = fmt.Sprintf("%d more errors are not shown", more)
		es = append(es, last)
	}
	return es
}

func overrideLast(a, b Error) int {
	rank := func(e Error) int {
		if e.Line == 0 {
			return 1
		}
		return 0
	}
	return cmp.Compare(rank(a), rank(b))
}

// byFile keeps the faults of a file together; overrides stay in the order in which they are checked.
func byFile(a, b Error) int {
	if a.Line == 0 || b.Line == 0 {
		return 0
	}
	return cmp.Compare(a.File, b.File)
}
