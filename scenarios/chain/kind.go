package chain

import (
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Kind is all that there is to say about the services of a name. What it leaves out, they do not have.
type Kind struct {
	// Chip is what they are on a chip.
	Chip *service.Service
	// Work is what a packet costs a core of software.
	Work func(costs *profile.Software, s *Service) profile.Work

	// Options decodes the value behind the name, and Keys is a value of the type that it decodes into, for the JSON schema. Default
	// is what a service has before. Needs is what to say where there are no options, for services that cannot be without.
	Options func(s *Service, n *strict.Node)
	Keys    any
	Default func(s *Service)
	Needs   string
	// Preset fills in what the scenario's target says; says tells whether the file has a key.
	Preset func(s *Service, p Preset, says func(key string) bool)

	// Repeats says that a chain may have several, as policers in a row are a hierarchy, of each VM and of the server, say.
	Repeats bool
	// Place complains about the i-th service of a chain where it stands in a place that it cannot be in.
	Place func(c *Chain, i int)
	// NoBox says why the service cannot be in a box of its own.
	NoBox string

	// Size adds what the service has in tables to the sizes of a chip.
	Size func(sizes *service.Sizes, s *Service, at Site)
	// Stack gives the tunnels of a chain the options of its own.
	Stack func(t *tunnel.Stack, s *Service)
}

// Preset is what a kind of user has; 0 is nothing.
type Preset struct {
	// PerServer is how many rules and how many routes a server has, Tracked how many flows a chip follows.
	PerServer, Tracked units.Count
}

// Site is whom a chip serves.
type Site struct {
	Servers, VMs, Classes int64
	// Rules and Routes are those of lists and files, as TCAM entries: one set for all servers. 0 where there is none.
	Rules, Routes int64
}

// Names lists the names of services.
func Names(known []*Kind) []string {
	var list []string
	for _, k := range known {
		list = append(list, k.Chip.Name)
	}
	return list
}
