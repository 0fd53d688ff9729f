package chain

import (
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/internal/strict"
)

// Route has routes.
var Route = Kind{Chip: &service.Route, Options: routeOptionsOf, Keys: routeOptions{},
	Work: func(costs *profile.Software, _ *Service) profile.Work { return costs.Route },
	Size: func(sizes *service.Sizes, s *Service, at Site) {
		if s.Routes > 0 {
			sizes.Routes = int64(s.Routes) * at.Servers
		}
		if at.Routes > 0 {
			sizes.Routes, sizes.SharedRoutes = at.Routes, true
		}
	},
	Preset: func(s *Service, p Preset, says func(key string) bool) {
		if p.PerServer > 0 && !says("routes") {
			s.Routes = p.PerServer
		}
	}}

// routeOptions are the options of route.
type routeOptions struct {
	Routes  tableSource `yaml:"routes"`
	Default bool        `yaml:"default"`
}

// route decodes the options of route.
func routeOptionsOf(s *Service, n *strict.Node) {
	o := routeOptions{Default: true}
	n.Decode(&o)
	s.Routes, s.RouteFile, s.NoDefaultRoute = o.Routes.count(n, "routes"), o.Routes.file, !o.Default
	if list := n.At("routes"); n.Has("routes") && list.Kind() == strict.List {
		list.Errorf("expected a count such as 100k or the path of a list of prefixes, got a list")
	}
}
