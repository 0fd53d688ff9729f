package table91

import (
	"strings"

	"github.com/dsnsim/dsnsim/hw/prices"
	"github.com/dsnsim/dsnsim/scenarios/fit"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// Fit is what the constraints say of a placement.
type Fit struct {
	Greenfield, Brownfield fit.Finding
	BareMetal              fit.Finding
	Support                fit.Support
	// Ports is what they say of the ToR's ports; its Why is "" where none is needed.
	Ports fit.Finding
}

// nowhere is the cell of a placement that fits no rack.
const nowhere = "None"

// applicability is the cell.
func applicability(f *Facts, _ []Facts) result.Cell {
	var racks, evidence []string
	for _, r := range []struct {
		name    string
		finding fit.Finding
	}{{"Greenfield", f.Fit.Greenfield}, {"Brownfield", f.Fit.Brownfield}} {
		switch r.finding.Answer {
		case fit.Yes:
			racks = append(racks, r.name)
		case fit.Possibly:
			racks = append(racks, "possibly "+r.name)
		}
		evidence = append(evidence, strings.ToLower(r.name)+": "+r.finding.Answer.String()+": "+r.finding.Why)
	}
	if racks == nil {
		return cell(nowhere, evidence...)
	}
	return cell(sentenceCase(strings.Join(racks, " and ")), evidence...)
}

// bareMetal is the cell. What depends on a driver that is known not to be there is no support.
func bareMetal(f *Facts, _ []Facts) result.Cell {
	support := f.Fit.Support
	if f.Fit.BareMetal.Answer == fit.No {
		support = fit.None
	}
	return cell(sentenceCase(support.String()), "on a bare-metal server: "+f.Fit.BareMetal.Answer.String()+": "+f.Fit.BareMetal.Why)
}

// extraPort is the cell: what the bill has, and whether the ToR has it.
func extraPort(f *Facts, all []Facts) result.Cell {
	c := needs(prices.ToRPort)(f, all)
	if f.Fit.Ports.Why != "" {
		c.Evidence = append(c.Evidence, f.Fit.Ports.Why)
	}
	if c.Value == Yes && f.Fit.Ports.Answer == fit.No {
		c.Value = "Yes, but too few are free"
	}
	return c
}

// sentenceCase begins with a capital.
func sentenceCase(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
