// Package named makes chains of services by their names, for tests.
package named

import (
	"github.com/dsnsim/dsnsim/asic/psp"
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/asic/tunnel"
)

// All are the names of the services, in the usual order of a chain.
var All = []string{"ipsec", "psp", "vxlan", "geneve", "gre", "telemetry", "nat", "lb", "firewall", "route", "policer", "mirror"}

// Chain returns the services of a chain.
func Chain(names ...string) []service.Service {
	known := []*service.Service{&service.IPsec, &psp.Service, &service.VXLAN, &service.Geneve, &service.GRE, &service.Telemetry, &service.NAT, &service.LB,
		&service.Firewall, &service.Route, &service.Policer, &service.Mirror}
	list := []service.Service{}
	for _, name := range names {
		for _, s := range known {
			if s.Name == name {
				list = append(list, *s)
			}
		}
	}
	if len(list) != len(names) {
		panic("a service is not known")
	}
	return list
}

// Stack returns the tunnels of a chain.
func Stack(names ...string) tunnel.Stack { return service.StackOf(Chain(names...)) }

// Tunnelled returns the size on the wire of a tenant's frame under the tunnels of a chain, both with FCS.
func Tunnelled(names []string, frame uint32) uint32 { return Stack(names...).Frame(frame) }
