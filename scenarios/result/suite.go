package result

import "time"

// The values of Entry.Verdict.
const (
	Passed       = "pass"
	Failed       = "fail"
	NotDecided   = "undecided"
	NotSimulated = "error"
)

// Suite is what several scenarios found, in a fixed order that has nothing to do with which was finished first.
type Suite struct {
	Tool Tool `json:"tool"`
	// Complete is false when the run was interrupted.
	Complete bool `json:"complete"`
	// Skipped lists the YAML files of the folders that are no scenarios.
	Skipped []string `json:"skipped"`
	Entries []Entry  `json:"scenarios"`
	// Notes tells what concerns no scenario alone.
	Notes []string `json:"notes"`
	// Began is when the first scenario was, the zero time where nobody looked. It and Entry.Took are for JUnit only.
	Began time.Time `json:"-"`
}

// Entry is one scenario of a suite. Report is nil where Faults say why there is none.
type Entry struct {
	File string `json:"file"`
	// Variant is what of a file's matrix it is, "" for a file without one.
	Variant string  `json:"variant,omitempty"`
	Verdict string  `json:"verdict"`
	Faults  []Fault `json:"faults"`
	Report  *Report `json:"report,omitempty"`
	// Took is how long it was simulated, by the clock.
	Took time.Duration `json:"-"`
}

// Title names the entry for people: its file, and what of the file's matrix it is.
func (e *Entry) Title() string {
	if e.Variant == "" {
		return e.File
	}
	return e.File + " " + e.Variant
}

// Fault is why a scenario could not be simulated, or not to the end. Line and Col count from 1; they are 0 where the fault is not of a place in
// the file.
type Fault struct {
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
	Col  int    `json:"col,omitempty"`
	Text string `json:"text"`
}

// Judge sets the verdict of each entry from its faults, its expectations and its baseline.
func (s *Suite) Judge() {
	for i := range s.Entries {
		s.Entries[i].Verdict = s.Entries[i].judge()
	}
}

func (e *Entry) judge() string {
	if len(e.Faults) > 0 || e.Report == nil {
		return NotSimulated
	}
	n := CountVerdicts(e.Report.Expectations)
	worse := e.Report.Baseline != nil && (len(e.Report.Baseline.Regressions) > 0 || e.Report.Baseline.Nothing != "")
	switch {
	case n.Fail > 0, worse, n.Undecided > 0 && !e.Report.AllowUndecided:
		return Failed
	case n.Undecided > 0:
		return NotDecided
	}
	return Passed
}

// Verdicts counts expectations by what became of them. Undecided does not count those that were left out.
type Verdicts struct{ Hold, Fail, Undecided, LeftOut int }

// CountVerdicts counts a list.
func CountVerdicts(list []Expectation) (n Verdicts) {
	for _, e := range list {
		switch {
		case e.LeftOut:
			n.LeftOut++
		case e.Verdict == "holds":
			n.Hold++
		case e.Verdict == "fails":
			n.Fail++
		default:
			n.Undecided++
		}
	}
	return n
}
