package reports

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dsnsim/dsnsim/scenarios/result"
)

// forcedReport is a report in which one placement was simulated though it cannot be deployed.
func forcedReport() *result.Report {
	r := quickReport()
	for i := range r.Results {
		if r.Results[i].Placement == "nic" {
			r.Results[i].Forced, r.Results[i].Reasons = true, []string{"the servers keep their NIC", "nobody has a driver"}
		}
	}
	return r
}

// The reasons stand beside the figures in every format, once for a placement.
func TestForcedInEveryFormat(t *testing.T) {
	r := forcedReport()
	for _, format := range []string{"table", "markdown"} {
		text := strings.Join(strings.Fields(render(t, format, r, Options{})), " ")
		assert.Equal(t, 1, strings.Count(text, "undeployable: the servers keep their NIC; nobody has a driver"), format)
		assert.Contains(t, text, "Simulated by force, though it cannot be deployed")
		assert.NotContains(t, text, "Not simulated")
		assert.Equal(t, 1, strings.Count(text, "(forced)"), "the head of one column")
		assert.NotContains(t, render(t, format, quickReport(), Options{}), "force")
	}
	assert.Contains(t, render(t, "json", r, Options{}), `"forced": true`)
	assert.NotContains(t, render(t, "json", quickReport(), Options{}), "forced")
	assert.Contains(t, render(t, "csv", r, Options{}), "the servers keep their NIC; nobody has a driver,true\n")
}
