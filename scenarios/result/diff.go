package result

// Diff is what changed from one set of reports to another.
type Diff struct {
	// Old and New say where the reports are from.
	Old string `json:"old"`
	New string `json:"new"`
	// Compared is how many figures both have.
	Compared int `json:"compared"`
	// Nothing says why the comparison fails since it compares nothing; "" where it compares something, or need not.
	Nothing string `json:"nothing,omitempty"`
	// Regressions and Improvements are changes beyond tolerance and noise; Changes are those of what is neither better nor worse.
	Regressions  []Change `json:"regressions"`
	Improvements []Change `json:"improvements"`
	Changes      []Change `json:"changes"`
	// Missing are rows, or figures of rows, that only Old has, and Added those that only New has.
	Missing []Figure `json:"missing"`
	Added   []Figure `json:"added"`
	// Notes tell what a reader must know to trust the comparison.
	Notes []string `json:"notes"`
}

// Figure names a metric of a row, or a whole row where Metric is "".
type Figure struct {
	Scenario  string `json:"scenario"`
	Placement string `json:"placement"`
	Class     string `json:"class"`
	Direction string `json:"direction"`
	Metric    string `json:"metric,omitempty"`
}

// Change is a figure that changed. That of the metric "status" has words instead of numbers.
type Change struct {
	Figure
	// Unit is that of the CSV column, "" for a ratio.
	Unit string  `json:"unit,omitempty"`
	Old  float64 `json:"old"`
	New  float64 `json:"new"`
	// Share is the change as a share of the old value; nil where that is 0.
	Share *float64 `json:"share,omitempty"`
	// OldCI95 and NewCI95 are the half-widths of the 95% confidence intervals, 0 where there is none.
	OldCI95 float64 `json:"old_ci95,omitempty"`
	NewCI95 float64 `json:"new_ci95,omitempty"`
	From    string  `json:"from,omitempty"`
	To      string  `json:"to,omitempty"`
}

// Name returns what an expectation calls the figure: nic.web.inbound.latency.p99.
func (f Figure) Name() string {
	name := f.Placement
	for _, part := range []string{f.Class, f.Direction} {
		if part != All {
			name += "." + part
		}
	}
	if f.Metric != "" {
		name += "." + f.Metric
	}
	return name
}

// Put files a change by what it is: better above 0 is an improvement, below 0 a regression.
func (d *Diff) Put(c Change, better int) {
	switch {
	case better > 0:
		d.Improvements = append(d.Improvements, c)
	case better < 0:
		d.Regressions = append(d.Regressions, c)
	default:
		d.Changes = append(d.Changes, c)
	}
}
