package scenarios

import (
	"slices"

	"github.com/dsnsim/dsnsim/internal/strict"
)

// complete checks and fills in what a service without options lacks. at is where its name or its options are.
func (s *Service) complete(at *strict.Node) {
	switch {
	case s.Name == "policer" && s.Policer == nil:
		at.Errorf("a policer needs a rate and a burst, such as {policer: {cir: 1Gbps, cbs: 64kB}}")
	case s.Name == "nat" && s.NAT == nil:
		at.Errorf("nat needs addresses to translate, such as {nat: {inside: 10.0.0.0/8, pool: 198.51.100.0/28}}")
	case s.Name == "lb" && s.LB == nil:
		at.Errorf("lb needs services, such as {lb: {vips: [{address: 203.0.113.10, port: 80, backends: [10.1.0.1:8080]}]}}")
	case s.Name == "mirror" && s.Mirror == nil:
		s.mirror(nil)
	}
}

// repeatable reports whether a chain may have a service more than once: policers in a row are a hierarchy, of each VM and
// of the server, say; mirrors differ in what they copy and where.
func repeatable(name string) bool { return name == "policer" || name == "mirror" }

// tunnels lists the services that take a tunnel's headers off inbound, and put them on outbound.
var tunnels = []string{"ipsec", "vxlan", "geneve", "gre"}

// checkPlaces checks that policers and mirrors stand where they can see what they look at. Services go from the network to
// the VM: in front of a tunnel service, packets are in the tunnel in both directions.
func (s *Scenario) checkPlaces(items []*strict.Node) {
	mirrors := 0
	for i := range s.Services {
		v := &s.Services[i]
		inside := ""
		for _, later := range s.Services[i+1:] {
			if slices.Contains(tunnels, later.Name) && (inside == "" || later.Name == "ipsec") {
				inside = later.Name
			}
		}
		if v.Policer != nil && inside != "" {
			v.Policer.checkPlace(items[i], inside)
		}
		if v.Mirror != nil {
			if mirrors++; mirrors == MaxMirrors+1 {
				items[i].Errorf("expected at most %d mirrors", MaxMirrors)
			}
			v.Mirror.checkPlace(items[i], inside)
		}
	}
}

// checkPlace complains about a policer in front of a tunnel service that needs what is in the tunnel.
func (p *Policer) checkPlace(n *strict.Node, tunnel string) {
	switch {
	case p.Per != "server":
		n.Errorf("a policer per %s must come behind %s: in front of it, whose packet it is stands inside the tunnel; "+
			"put it behind, or police per: server", p.Per, tunnel)
	case p.Marks():
		n.Errorf("a policer in front of %s marks the tunnel's header, which %s takes off; put it behind to mark the tenant's packet", tunnel, tunnel)
	case p.Colour == "aware":
		n.Errorf("a policer in front of %s cannot be aware of colours: the tenant's DSCP stands inside the tunnel", tunnel)
	}
}

// checkPlace complains about a mirror in front of ipsec that needs what is encrypted. One that takes all packets, or one in
// so many, copies the encrypted packets: that is what a probe on the wire would see.
func (m *Mirror) checkPlace(n *strict.Node, tunnel string) {
	switch {
	case tunnel != "ipsec":
	case len(m.Rules) > 0:
		n.Errorf("a mirror with rules must come behind ipsec: in front of it the headers that the rules look at are encrypted")
	case m.By == "flow":
		n.Errorf("a mirror that samples by flow must come behind ipsec: in front of it the headers that tell flows apart are encrypted")
	}
}
