package table91

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dsnsim/dsnsim/hw/prices"
	"github.com/dsnsim/dsnsim/scenarios/fit"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

func TestApplicability(t *testing.T) {
	for _, c := range []struct {
		green, brown fit.Answer
		want         string
	}{
		{fit.Yes, fit.Yes, "Greenfield and Brownfield"},
		{fit.Yes, fit.Possibly, "Greenfield and possibly Brownfield"},
		{fit.Yes, fit.No, "Greenfield"},
		{fit.No, fit.Yes, "Brownfield"},
		{fit.No, fit.Possibly, "Possibly Brownfield"},
		{fit.Possibly, fit.Possibly, "Possibly Greenfield and possibly Brownfield"},
		{fit.No, fit.No, "None"},
	} {
		f := Facts{Fit: Fit{Greenfield: fit.Finding{Answer: c.green, Why: "new"}, Brownfield: fit.Finding{Answer: c.brown, Why: "old"}}}
		assert.Equal(t, result.Cell{Value: c.want, Evidence: []string{"greenfield: " + c.green.String() + ": new", "brownfield: " + c.brown.String() + ": old"}},
			applicability(&f, nil))
	}
}

// A driver that nobody states is a condition; one that is known not to be there ends the support.
func TestBareMetal(t *testing.T) {
	for _, c := range []struct {
		answer  fit.Answer
		support fit.Support
		want    string
	}{
		{fit.No, fit.None, "No support"},
		{fit.Possibly, fit.IfDrivers, "Good support, if drivers are available"},
		{fit.Yes, fit.IfDrivers, "Good support, if drivers are available"},
		{fit.No, fit.IfDrivers, "No support"},
		{fit.Yes, fit.Independent, "Optimal support, independent of driver availability"},
		{fit.No, fit.Independent, "No support"},
	} {
		f := Facts{Fit: Fit{BareMetal: fit.Finding{Answer: c.answer, Why: "since"}, Support: c.support}}
		assert.Equal(t, result.Cell{Value: c.want, Evidence: []string{"on a bare-metal server: " + c.answer.String() + ": since"}}, bareMetal(&f, nil))
	}
}

func TestExtraPort(t *testing.T) {
	var b prices.Bill
	b.Add(prices.ToRPort, 4)
	f := Facts{Bill: Bill{Parts: b}, Fit: Fit{Ports: fit.Finding{Answer: fit.Yes, Why: "4 of 8"}}}
	assert.Equal(t, result.Cell{Value: "Yes", Evidence: []string{"the placement needs 4 x ToR port", "4 of 8"}}, extraPort(&f, nil))
	f.Fit.Ports = fit.Finding{Answer: fit.No, Why: "4 of 0"}
	assert.Equal(t, "Yes, but too few are free", extraPort(&f, nil).Value)
	assert.Equal(t, result.Cell{Value: "No", Evidence: []string{"the placement needs nothing"}}, extraPort(&Facts{}, nil))
}
