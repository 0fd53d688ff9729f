package arithmetic

import (
	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// boxesOf describes the chips of a chain whose services are in a box each.
func boxesOf(c *asic.Chain, p *profile.Profile, serves int) ([]result.Box, error) {
	var list []result.Box
	for n := range c.Services {
		one, err := c.Alone(n, p)
		if err != nil {
			return nil, err
		}
		list = append(list, result.Box{Service: c.Services[n].Name, Pipeline: *pipeline(one, p, serves)})
	}
	return list, nil
}
