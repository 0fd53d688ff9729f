package asic

import (
	"fmt"
	"slices"

	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/hw/profile"
)

// Apart returns a chain whose services are to be compiled one by one, by Alone, for chips of their own: no chip runs it, so it
// has no stage map.
func Apart(names []string, sizes Sizes) (*Chain, error) {
	c := &Chain{Sizes: sizes}
	for _, name := range names {
		s, ok := find(name)
		if !ok {
			return nil, fmt.Errorf("service %q is not known", name)
		}
		c.Services = append(c.Services, s)
	}
	return c, nil
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
	one, err := Compile([]string{s.Name}, p, sizes)
	if err != nil {
		return nil, fmt.Errorf("%s in a box of its own: %w", s.Name, err)
	}
	one.Homes, one.Insertion, one.Punts, one.DropsDeep = c.Homes, c.Insertion, c.Punts, c.DropsDeep
	if s.Crypto {
		one.Keying = c.Keying
	}
	one.Opens = c.Opens && tunnel.StackOf([]string{s.Name}).Any()
	return one, nil
}

// Overlay reports whether the n-th service is the tunnel that carries tenants' frames, whole.
func (c *Chain) Overlay(n int) bool {
	return tunnel.StackOf([]string{c.Services[n].Name}).Overlay != tunnel.NoOverlay
}

// HasOverlay reports whether the chain has such a tunnel.
func (c *Chain) HasOverlay() bool {
	return slices.ContainsFunc(c.Services, func(s Service) bool { return tunnel.StackOf([]string{s.Name}).Overlay != tunnel.NoOverlay })
}
