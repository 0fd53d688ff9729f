package scenarios

import (
	"cmp"

	"github.com/dsnsim/dsnsim/sim/strict"
)

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
