package arithmetic

import (
	"github.com/dsnsim/dsnsim/scenarios/fit"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// Admitted is the status that a placement starts with.
func Admitted(report fit.Report, force bool) (status string, reasons []string, forced bool) {
	reasons = report.Reasons()
	switch {
	case len(reasons) == 0:
		return result.OK, nil, false
	case !force:
		return result.Undeployable, reasons, false
	}
	if fixed := report.Fixed(); len(fixed) > 0 {
		return result.Undeployable, append(reasons, "force is no help: there is nothing that could be simulated"), false
	}
	return result.OK, reasons, true
}
