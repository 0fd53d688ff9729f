// Package services is the list of what a chain can be made of.
package services

import "github.com/dsnsim/dsnsim/asic/service"

// All lists every service, in the usual order of a chain.
var All = []*service.Service{
	&service.IPsec,
	&service.VXLAN,
	&service.Geneve,
	&service.GRE,
	&service.Telemetry,
	&service.NAT,
	&service.LB,
	&service.Firewall,
	&service.Route,
	&service.Policer,
	&service.Mirror,
}

// Find returns a service by its name, or nil.
func Find(name string) *service.Service {
	for _, s := range All {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// Names lists the names of all services.
func Names() []string {
	var list []string
	for _, s := range All {
		list = append(list, s.Name)
	}
	return list
}
