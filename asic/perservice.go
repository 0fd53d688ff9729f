package asic

import (
	"fmt"
	"slices"

	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/hw/profile"
)

// PerService returns a chain whose services are to be compiled one by one, by Alone, for chips of their own: no chip runs it, so it
// has no stage map.
func PerService(services []service.Service, sizes service.Sizes) *Chain {
	return &Chain{Sizes: sizes, Services: services}
}

// Alone compiles the n-th service of a chain for a chip of its own, with the tables that it has in the chain. The error says what is
// missing when the chip cannot run it.
func (c *Chain) Alone(n int, p *profile.Profile) (*Chain, error) {
	s := &c.Services[n]
	sizes := c.Sizes
	nth := 0
	for i := range n {
		if c.Services[i].Name == s.Name {
			nth++
		}
	}
	if nth < len(sizes.Meters) {
		sizes.Meters = sizes.Meters[nth : nth+1]
	}
	if nth < len(sizes.Mirrored) {
		sizes.Mirrored = sizes.Mirrored[nth : nth+1]
	}
	one, err := Compile([]service.Service{*s}, p, sizes)
	if err != nil {
		return nil, fmt.Errorf("%s in a box of its own: %w", s.Name, err)
	}
	one.Homes, one.Insertion, one.Punts, one.DropsDeep = c.Homes, c.Insertion, c.Punts, c.DropsDeep
	if s.Ciphers() {
		one.Keying = c.Keying
	}
	one.Opens = c.Opens && s.Tunnel != nil
	return one, nil
}

// HasOverlay reports whether a chain has a tunnel that carries tenants' frames, whole.
func HasOverlay(chain []service.Service) bool {
	return slices.ContainsFunc(chain, func(s service.Service) bool { return s.Overlay() })
}
