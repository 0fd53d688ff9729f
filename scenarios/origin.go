package scenarios

import (
	"cmp"
	"strings"

	"github.com/dsnsim/dsnsim/internal/strict"
)

// InputError is a fault in a scenario or in a file that it names, with the position in the scenario; faults found
// only when the run is prepared are reported as one.
type InputError = strict.Error

// markOrigins notes the file of what another file gives by extends, so that a fault that shows only when the run is prepared, or
// an expectation that fails, is told at the line of that file.
func (s *Scenario) markOrigins(n *strict.Node) {
	from := func(at *strict.Node) string {
		if at.FromSet() || at.File() == s.File {
			return ""
		}
		return at.File()
	}
	each := func(key string, count int, note func(i int, file string)) {
		items := n.At(key).Items()
		for i := 0; n.Has(key) && i < min(count, len(items)); i++ {
			note(i, from(items[i]))
		}
	}
	each("services", len(s.Services), func(i int, file string) { s.Services[i].File = file })
	each("traffic", len(s.Traffic), func(i int, file string) { s.Traffic[i].File = file })
	each("attacks", len(s.Attacks), func(i int, file string) { s.Attacks[i].File = file })
	each("expect", len(s.Expect), func(i int, file string) { s.Expect[i].File = file })
	if s.DSN.TrafficManager != nil {
		s.DSN.TrafficManager.File = from(n.At("dsn", "traffic_manager"))
	}
	if s.Prices != nil {
		s.Prices.File = from(n.At("prices"))
	}
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
