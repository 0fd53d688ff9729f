package run

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/scenarios/arithmetic"
	"github.com/dsnsim/dsnsim/scenarios/fit"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// fitness is what constraints leave of a placement.
type fitness struct {
	forced bool // it is simulated although the plan's reasons say that it cannot be deployed
	// conditions are what deployment hangs on that the scenario does not say.
	conditions []string
}

// admit reports whether a placement is simulated, by what constraints say of it, and keeps why not. force simulates what cannot
// be deployed, too, but for what no simulation can assume away.
func (p *Plan) admit(report fit.Report, force bool) bool {
	p.Status, p.Reasons, p.forced = arithmetic.Admitted(report, force)
	if p.Status == result.OK {
		p.conditions = report.Conditions()
	}
	return p.Status == result.OK
}

// refuse says why a placement that was admitted cannot be simulated.
func (p *Plan) refuse(why ...string) {
	p.Status, p.Reasons, p.forced = result.Unsupported, append(p.Reasons, why...), false
	p.conditions = nil
}

// Forced lists for the notes of a report why placements that are simulated by force cannot be deployed.
func Forced(list []*Plan) (notes []string) {
	for _, p := range list {
		if note := fmt.Sprintf("%s cannot be deployed, and is simulated by force: %s", p.Placement.Name, strings.Join(p.Reasons, "; ")); p.forced && !slices.Contains(notes, note) {
			notes = append(notes, note)
		}
	}
	return notes
}

// noteFit notes in a report on what the deployment of its placements hangs, and in rows of forced ones why they cannot be deployed.
func noteFit(report *result.Report, list []*Plan) {
	for _, p := range list {
		for _, c := range p.conditions {
			report.Notes = append(report.Notes, p.Placement.Name+": possibly: "+c)
		}
		for i := range report.Results {
			if r := &report.Results[i]; p.forced && r.Placement == p.Placement.Name {
				r.Forced, r.Reasons = r.Status == result.OK, slices.Concat(p.Reasons, r.Reasons)
			}
		}
	}
}
