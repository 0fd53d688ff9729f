package scenarios

import (
	"cmp"
	"strings"

	"github.com/dsnsim/dsnsim/internal/strict"
)

// InputError is a fault in a scenario or in a file that it names, with the position in the scenario; faults found
// only when the run is prepared are reported as one.
type InputError = strict.Error

// Fault returns a fault at a position in the scenario, or in a file that it extends.
func (s *Scenario) Fault(at strict.Position, msg string) error {
	return InputError{File: s.FileOf(at.File), Line: at.Line, Col: at.Col, Msg: msg}
}

// FileOf returns the file that a line stands in: the one noted beside it, or the scenario's own.
func (s *Scenario) FileOf(noted string) string { return cmp.Or(noted, s.File) }

// NamedFiles lists the files that a scenario names, in a fixed order.
func (s *Scenario) NamedFiles() (list []string) {
	add := func(path string) {
		if path != "" {
			list = append(list, path)
		}
	}
	named := func(text string) string { // a profile or price list is a name or a path
		if strings.ContainsRune(text, '/') || strings.HasSuffix(text, ".yaml") || strings.HasSuffix(text, ".yml") {
			return text
		}
		return ""
	}
	add(named(s.DSN.Profile))
	if s.Prices != nil {
		add(named(s.Prices.List))
	}
	for i := range s.Services {
		add(s.Services[i].RuleFile)
		add(s.Services[i].RouteFile)
	}
	for i := range s.Traffic {
		add(s.Traffic[i].PCAP)
		add(s.Traffic[i].Keys)
		if strings.ContainsAny(s.Traffic[i].Flows.Distribution, "./") {
			add(s.Traffic[i].Flows.Distribution)
		}
	}
	return list
}
