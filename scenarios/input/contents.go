package input

import (
	"github.com/dsnsim/dsnsim/asic/table/ruleset"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/placement"
)

// Contents counts what the traffic, and the lists and files of a scenario, put into tables.
func Contents(s *scenarios.Scenario, inputs []*Input) (placement.Contents, error) {
	c := placement.Contents{Flows: Flows(inputs)}
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

// Flows returns how many flows of captures and mixes one server has open, both directions together.
func Flows(inputs []*Input) int64 {
	n := int64(0)
	for _, t := range inputs {
		each := int64(t.Flows.Concurrent)
		if t.Trace != nil {
			each = int64(t.Trace.Flows())
		}
		if t.Parted != nil { // each flow goes one way
			n += each
			continue
		}
		n += each * int64(len(Directions(t.Traffic)))
	}
	return n
}
