package run

import (
	"github.com/dsnsim/dsnsim/asic/table/ruleset"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/placement"
)

// contents counts what the traffic, and the lists and files of a scenario, put into tables.
func contents(s *scenarios.Scenario, inputs []*input) (placement.Contents, error) {
	c := placement.Contents{Flows: flows(inputs)}
	for i := range s.Services {
		v := &s.Services[i]
		for k := range v.RuleList {
			for _, r := range v.RuleList[k].Tables() {
				c.Rules += int64(r.TCAMEntries())
			}
		}
		if v.RuleFile != "" {
			rules, err := ruleset.LoadRules(s.Files, v.RuleFile)
			if err != nil {
				return c, inputError(s, v, err)
			}
			for k := range rules {
				c.Rules += int64(rules[k].TCAMEntries())
			}
		}
		if v.RouteFile != "" {
			prefixes, err := ruleset.LoadPrefixes(s.Files, v.RouteFile)
			if err != nil {
				return c, inputError(s, v, err)
			}
			c.Routes += int64(len(prefixes))
		}
	}
	return c, nil
}

// flows returns how many flows one server has open, both directions together: those of its captures and its mixes.
func flows(inputs []*input) int64 {
	n := int64(0)
	for _, t := range inputs {
		each := int64(t.Flows.Concurrent)
		if t.trace != nil {
			each = int64(t.trace.Flows())
		}
		if t.parted != nil { // each flow goes one way
			n += each
			continue
		}
		n += each * int64(len(directions(t.Traffic)))
	}
	return n
}
