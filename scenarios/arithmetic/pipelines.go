package arithmetic

import (
	"github.com/dsnsim/dsnsim/asic"
	"github.com/dsnsim/dsnsim/hw/profile"
)

// boxesOf describes the chips of a chain whose services are in a box each.
func boxesOf(c *asic.Chain, p *profile.Profile, serves int) ([]Box, error) {
	var list []Box
	for n := range c.Services {
		one, err := c.Alone(n, p)
		if err != nil {
			return nil, err
		}
		list = append(list, Box{Service: c.Services[n].Name, Pipeline: *pipeline(one, p, serves)})
	}
	return list, nil
}
