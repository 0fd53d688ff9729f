// Package reports writes what a run found: result.Report in, one format out. Every format is one file here and one line
// in the list below. Nothing but the report decides what is written, so that equal reports give equal bytes.
package reports

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math"
	"reflect"
	"slices"
	"time"

	"github.com/dsnsim/dsnsim/internal/spell"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// Options says how a report for people looks. The formats for programs (csv, json) ignore it.
type Options struct {
	// Width is the longest line of a table in terminal columns: 0 means 80, and less than 40 is taken as 40.
	Width int
	// Color makes the table set the best values and failed expectations in bold, with ANSI escapes.
	Color bool
	// Wide shows every metric that was measured and every station, instead of those that decide most often.
	Wide bool
	// Began is when the run was, and Took how long it took, by the clock: JUnit alone has them.
	Began time.Time
	Took  time.Duration
}

// format is one way to write a report, into a buffer that cannot fail.
type format struct {
	name  string
	write func(*bytes.Buffer, *result.Report, Options) error
}

// formats lists all of them; the first is for people at a terminal.
var formats = [...]format{
	{"table", writeTable},
	{"csv", writeCSV},
	{"json", writeJSON},
	{"markdown", writeMarkdown},
	{"junit", writeOneJUnit},
}

// Names returns the names of the formats that Write knows, in a fixed order.
func Names() []string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.name
	}
	return names
}

// Write writes the report in one of the formats of Names, with a single call of w.Write, so that what cannot be written
// in full is not begun. It fails when the format is unknown, when w fails, and when the report holds a number that is
// not finite or a metric that the catalogue does not list: both would be lost without a word in some format.
func Write(w io.Writer, name string, r *result.Report, opt Options) error {
	i := slices.IndexFunc(formats[:], func(f format) bool { return f.name == name })
	if i < 0 {
		return fmt.Errorf("report format %q is not known%s", name, spell.DidYouMean(name, Names()))
	}
	if err := check(r); err != nil {
		return fmt.Errorf("report as %s: %w", name, err)
	}
	var out bytes.Buffer
	if err := formats[i].write(&out, r, opt); err != nil {
		return fmt.Errorf("report as %s: %w", name, err)
	}
	if _, err := w.Write(out.Bytes()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// check refuses what no format can tell truly.
func check(r *result.Report) error {
	known := map[string]bool{}
	for _, m := range stats.All() {
		known[m.Name] = true
	}
	for i := range r.Results {
		res := &r.Results[i]
		where := fmt.Sprintf("%s, class %s, direction %s", res.Placement, res.Class, res.Direction)
		for _, values := range []map[string]float64{res.Metrics, res.CI95} {
			for _, name := range slices.Sorted(maps.Keys(values)) {
				if !known[name] {
					return fmt.Errorf("%s: metric %q is not in the catalogue", where, name)
				}
				if !finite(values[name]) {
					return fmt.Errorf("%s: %s is %v, want a finite number", where, name, values[name])
				}
			}
		}
	}
	if at := notFinite(reflect.ValueOf(r), "report"); at != "" {
		return fmt.Errorf("%s is not a finite number", at)
	}
	return nil
}

// notFinite returns where in a value the first number is that no format can tell, "" where all are finite.
func notFinite(v reflect.Value, at string) string {
	switch v.Kind() {
	case reflect.Float64:
		if !finite(v.Float()) {
			return at
		}
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			return notFinite(v.Elem(), at)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				if bad := notFinite(v.Field(i), at+"."+f.Name); bad != "" {
					return bad
				}
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			if bad := notFinite(v.Index(i), fmt.Sprintf("%s[%d]", at, i)); bad != "" {
				return bad
			}
		}
	default: // maps are of metrics, which check looks at
	}
	return ""
}

func finite(values ...float64) bool {
	return !slices.ContainsFunc(values, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
}
