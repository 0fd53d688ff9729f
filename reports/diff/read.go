package diff

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/dsnsim/dsnsim/internal/infile"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// Set is the reports of one file, or of one run.
type Set struct {
	Name    string
	Reports []*result.Report
	// Bare is set for what is read from CSV, which has no more than the figures.
	Bare bool
	// Failed are the scenarios of a suite that have no report.
	Failed []string
}

// mostBytes bounds a file of reports. Assumed: a thousand scenarios of 250 kB.
const mostBytes = 256 << 20

// Error is a file of reports that cannot be read.
type Error struct{ error }

// Unwrap gives the cause to errors.Is.
func (e Error) Unwrap() error { return e.error }

// ReadFile reads what run, compare or sweep wrote as JSON or CSV. Faults say file:line:column where they have a place.
func ReadFile(path string) (Set, error) {
	src, err := infile.Files{}.Read(path, mostBytes)
	if err != nil {
		return Set{}, Error{err}
	}
	set, err := Read(path, src)
	if err != nil {
		return Set{}, Error{err}
	}
	return set, nil
}

// Read is ReadFile for the text of a file.
func Read(name string, src []byte) (Set, error) {
	text := bytes.TrimLeft(bytes.TrimPrefix(src, []byte("\xef\xbb\xbf")), " \t\r\n")
	switch {
	case bytes.HasPrefix(text, []byte("{")):
		return readJSON(name, src)
	case bytes.HasPrefix(text, []byte("scenario,")):
		return readCSV(name, text)
	}
	return Set{}, fmt.Errorf("%s:1:1: expected reports that dsnsim run wrote with --format json or csv", name)
}

// readJSON reads one report, or a suite of them.
func readJSON(name string, src []byte) (Set, error) {
	var doc struct {
		result.Report
		Entries []result.Entry `json:"scenarios"`
	}
	src = bytes.TrimPrefix(src, []byte("\xef\xbb\xbf"))
	if err := json.Unmarshal(src, &doc); err != nil {
		return Set{}, fmt.Errorf("%s%s", at(name, src, err), strings.TrimPrefix(err.Error(), "json: "))
	}
	set := Set{Name: name}
	switch {
	case doc.Entries != nil:
		for i := range doc.Entries {
			if r := doc.Entries[i].Report; r != nil {
				set.Reports = append(set.Reports, r)
			} else {
				set.Failed = append(set.Failed, doc.Entries[i].File)
			}
		}
	case doc.Results != nil:
		set.Reports = []*result.Report{&doc.Report}
	default:
		return set, fmt.Errorf("%s:1:1: expected a report with results, as dsnsim run --format json writes it", name)
	}
	return set, nil
}

// at says where in a text a fault of JSON is.
func at(name string, src []byte, err error) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	offset := int64(-1)
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		offset = kind.Offset
	}
	if offset < 0 {
		return name + ": "
	}
	before := src[:min(max(0, int(offset)-1), len(src))]
	line := 1 + bytes.Count(before, []byte("\n"))
	col := 1 + len([]rune(string(before[bytes.LastIndexByte(before, '\n')+1:])))
	return fmt.Sprintf("%s:%d:%d: ", name, line, col)
}

// readCSV reads the rows of one or more scenarios. Columns that are no metric of this version are left out.
func readCSV(name string, src []byte) (Set, error) {
	r := csv.NewReader(bytes.NewReader(src))
	header, err := r.Read()
	if err != nil {
		return Set{}, fmt.Errorf("%s: %w", name, err)
	}
	columns := newColumns(header)
	for _, need := range []string{"scenario", "placement", "class", "direction", "status", "replications"} {
		if _, ok := columns.texts[need]; !ok {
			return Set{}, fmt.Errorf("%s:1:1: column %s is missing; expected what dsnsim run --format csv writes", name, need)
		}
	}
	set := Set{Name: name, Bare: true}
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return set, nil
		}
		if err != nil {
			return set, fmt.Errorf("%s: %w", name, err)
		}
		res, err := columns.result(fields)
		if err != nil {
			line, _ := r.FieldPos(0)
			return set, fmt.Errorf("%s:%d: %w", name, line, err)
		}
		report := set.report(fields[columns.texts["scenario"]])
		report.Results = append(report.Results, res)
	}
}

// report returns the report on a scenario, a new one where there was none.
func (s *Set) report(scenario string) *result.Report {
	if r := s.find(scenario); r != nil {
		return r
	}
	r := &result.Report{Scenario: result.Scenario{Name: scenario}, Complete: true}
	s.Reports = append(s.Reports, r)
	return r
}

func (s *Set) find(scenario string) *result.Report {
	for _, r := range s.Reports {
		if r.Scenario.Name == scenario {
			return r
		}
	}
	return nil
}

// columns says what the columns of a CSV are.
type columns struct {
	texts  map[string]int
	values []column
}

type column struct {
	at     int
	metric string
	half   bool
}

func newColumns(header []string) columns {
	c := columns{texts: map[string]int{}}
	for i, h := range header {
		c.texts[h] = i
	}
	for _, m := range stats.All() {
		if m.Unit == stats.Word {
			continue
		}
		name := stats.CSVColumn(m.Name)
		if i, ok := c.texts[name]; ok {
			c.values = append(c.values, column{i, m.Name, false})
		}
		if i, ok := c.texts[name+"_ci95"]; ok {
			c.values = append(c.values, column{i, m.Name, true})
		}
	}
	return c
}

func (c *columns) result(fields []string) (result.Result, error) {
	text := func(name string) string { return fields[c.texts[name]] }
	res := result.Result{Placement: text("placement"), Class: text("class"), Direction: text("direction"), Status: text("status"),
		Metrics: map[string]float64{}, CI95: map[string]float64{}}
	if at, ok := c.texts["state"]; ok {
		res.State = fields[at]
	}
	var err error
	if res.Replications, err = strconv.Atoi(text("replications")); err != nil {
		return res, fmt.Errorf("replications: expected a whole number, got %.40q", text("replications"))
	}
	for _, v := range c.values {
		field := fields[v.at]
		if field == "" {
			continue
		}
		number, err := strconv.ParseFloat(field, 64)
		if err != nil || math.IsNaN(number) || math.IsInf(number, 0) {
			return res, fmt.Errorf("%s: expected a number, got %.40q", v.metric, field)
		}
		if v.half {
			res.CI95[v.metric] = number
		} else {
			res.Metrics[v.metric] = number
		}
	}
	return res, nil
}

// whole complains about what was not simulated to the end.
func (s *Set) whole() error {
	if len(s.Failed) > 0 {
		return Error{fmt.Errorf("%s: %s: no report, since the scenario could not be simulated", s.Name, strings.Join(s.Failed, ", "))}
	}
	for _, r := range s.Reports {
		if !r.Complete {
			return Error{fmt.Errorf("%s: the report on %s is incomplete: its run was interrupted", s.Name, r.Scenario.Name)}
		}
	}
	return nil
}

// rows lists all rows, each with a key of its own.
func (s *Set) rows() ([]row, error) {
	var list []row
	seen := map[key]bool{}
	for _, r := range s.Reports {
		for i := range r.Results {
			res := &r.Results[i]
			k := key{r.Scenario.Name, res.Placement, res.Class, res.Direction}
			if seen[k] {
				return nil, Error{fmt.Errorf("%s: two results for scenario %s, %s, class %s, direction %s; scenarios that are compared need names of their own",
					s.Name, k.scenario, k.placement, k.class, k.direction)}
			}
			seen[k] = true
			list = append(list, row{key: k, Result: res})
		}
	}
	return list, nil
}

// Of returns the part of a set that is of one scenario: that of its name, and where several have it, that of its file too.
func (s *Set) Of(scenario, file string) (Set, error) {
	part := Set{Name: s.Name, Bare: s.Bare}
	for _, o := range s.Reports {
		if o.Scenario.Name == scenario {
			part.Reports = append(part.Reports, o)
		}
	}
	if len(part.Reports) > 1 {
		same := slices.DeleteFunc(slices.Clone(part.Reports), func(o *result.Report) bool { return o.Scenario.File != file })
		if len(same) != 1 {
			return part, Error{fmt.Errorf("%s: %d reports on scenario %s; scenarios that are compared need names of their own", s.Name, len(part.Reports), scenario)}
		}
		part.Reports = same
	}
	return part, nil
}
