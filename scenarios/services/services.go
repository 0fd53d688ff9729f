// Package services is the list of what a chain can be made of.
package services

import (
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/scenarios/chain"
)

// All lists every service, in the usual order of a chain.
var All = []*chain.Kind{
	&chain.IPsec,
	&chain.PSP,
	&chain.VXLAN,
	&chain.Geneve,
	&chain.GRE,
	&chain.Telemetry,
	&chain.NATs,
	&chain.LBs,
	&chain.Firewall,
	&chain.Route,
	&chain.Policers,
	&chain.Mirrors,
}

// Chain is the services of a scenario, in the order from the network to the VM. In a file each is a bare name or a name with options:
// {firewall: {rules: 100k}}.
type Chain []chain.Service

// item is one of them as it is decoded.
type item chain.Service

// UnmarshalStrict decodes a service that is in the list.
func (i *item) UnmarshalStrict(n *strict.Node) { (*chain.Service)(i).Decode(n, All) }

// UnmarshalStrict decodes the list.
func (c *Chain) UnmarshalStrict(n *strict.Node) {
	var items []item
	n.Decode(&items)
	*c = nil
	for _, i := range items {
		*c = append(*c, chain.Service(i))
	}
}

// Find returns a service by its name, or nil.
func Find(name string) *chain.Kind {
	for _, k := range All {
		if k.Chip.Name == name {
			return k
		}
	}
	return nil
}
