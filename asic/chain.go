// Package asic is the DSN chip: a parser, a match-action pipeline, a flow table behind a cache, and a crypto complex.
package asic

import (
	"fmt"

	"github.com/dsnsim/dsnsim/asic/alloc"
	"github.com/dsnsim/dsnsim/asic/keying"
	"github.com/dsnsim/dsnsim/asic/parse"
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Chain is a list of services compiled for a chip: where its tables are, how often a packet passes the pipeline, and how
// long that takes.
type Chain struct {
	Services []service.Service
	Sizes    service.Sizes
	// Keying is how ipsec's tunnels get keys; nil where they have them from the start.
	Keying *keying.Spec
	// Homes is the chip of each server, where all packets of a server go to one chip of a row; nil where any chip may get them.
	Homes []int
	// Insertion is who enters flows into the flow table.
	Insertion Insertion
	// Map is where the tables are.
	Map *alloc.Map
	// Parser is the graph of headers that it can meet.
	Parser *parse.Graph
	// Latency is one pass through the match-action stages. It is the same for every packet, since the stages run in
	// step.
	Latency units.Cycles
	// Stages are the stages in use.
	Stages []alloc.Stage
	// FlowTable says that tables are in memory: each packet looks its flow up in the cache of what they answered. Crypto
	// says that a service ciphers.
	FlowTable bool
	Crypto    bool
	// Punts says that packets whose headers the parser does not reach, or fragments, go to a general core of the chip.
	Punts bool
	// DropsDeep says that such packets are dropped.
	DropsDeep bool
	// Opens says that packets from the network can be refused where their tunnels end.
	Opens bool
}

// cipher returns how the chain ciphers; without, as nothing that touches packets.
func (c *Chain) cipher() *service.Cipher {
	for i := range c.Services {
		if s := &c.Services[i]; s.Ciphers() {
			return s.Tunnel.Cipher
		}
	}
	return &service.Cipher{}
}

// Contexts reports whether the chip keeps contexts of security associations.
func (c *Chain) Contexts() bool { return c.Crypto && c.cipher().Derive == nil }

// Compile places the tables of services, in order from the network to the VM, on the chip of a profile. It says
// what is missing when the chip cannot run them.
func Compile(services []service.Service, p *profile.Profile, sizes service.Sizes) (*Chain, error) {
	c := &Chain{Sizes: sizes}
	seen := map[string]int{}
	for _, s := range services {
		if s.Numbered != nil {
			s.Tables = s.Numbered(seen[s.Name])
			seen[s.Name]++
		}
		c.Services = append(c.Services, s)
		c.Crypto = c.Crypto || s.Ciphers()
	}
	if c.Crypto && p.DSN.Crypto.Cores.Value == 0 {
		return nil, fmt.Errorf("the chain needs a crypto core, profile %s has none", p.Name)
	}
	var err error
	if c.Parser, err = parse.Compile(service.Levels(services), &p.DSN); err != nil {
		return nil, err
	}
	if c.Map, err = alloc.Allocate(service.Declare(c.Services, &sizes), alloc.ChipOf(p)); err != nil {
		return nil, err
	}
	c.Latency = c.Map.Latency
	c.FlowTable = len(c.Map.Spilled) > 0
	for _, s := range c.Map.Stages {
		if len(s.Parts) > 0 {
			c.Stages = append(c.Stages, s)
		}
	}
	return c, nil
}

// Filters reports whether some service of the chain may refuse a packet.
func (c *Chain) Filters() bool { return service.Filters(c.Services) }

// Passes returns how often a packet passes the pipeline.
func (c *Chain) Passes() int {
	n := 1
	for _, s := range c.Services {
		if s.Ciphers() {
			n++
		}
	}
	return n
}

// Energy returns what the memories of the stages take for one packet, over all its passes.
func (c *Chain) Energy() units.Energy {
	return c.Map.Energy * units.Energy(c.Passes())
}
