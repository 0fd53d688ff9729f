package scenarios

import (
	"slices"

	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/internal/spell"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/scenarios/services"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Service is one service of the chain. In a file it is a bare name or a name with options: {firewall: {rules: 100k}}.
type Service struct {
	Name string
	// Rules is how many rules a firewall holds for each server, Tunnels how many security associations ipsec does for
	// each server and direction, Routes how many routes route does for each server. A chip that serves the whole rack
	// holds those of all servers. 0 leaves it to the model: 1,000 rules and routes and one tunnel for each VM, or to the file that
	// RuleFile or RouteFile names.
	Rules   units.Count
	Tunnels units.Count
	Routes  units.Count
	// Stateful says that a firewall has a flow table, which it does unless told otherwise. Tracks says that the file asks
	// for it: then connections are followed packet by packet, else the table only takes its room and its time.
	Stateful, Tracks bool
	// RuleList is the rules in the scenario itself. FileDenies is what those of RuleFile do, DenyByDefault what becomes
	// of packets that no rule matches, NoDefaultRoute of those that no route does.
	RuleList                                  []Rule
	RuleFile, RouteFile                       string
	FileDenies, DenyByDefault, NoDefaultRoute bool
	// Unparsed is what a firewall does with a packet whose headers cannot be read so far as rules may need them: rules (it
	// passes only where they permit it whatever is in the rest; also when empty), deny or pass.
	Unparsed string
	// FlowEntries is how many flows a chip tracks, 0 for the default.
	FlowEntries units.Count
	Timeouts    Timeouts
	// EvictWhenFull lets a new flow take the place of one that was idle longest; else it is refused. EmbryonicLimit is how
	// many connections of a chip may be in their handshake before the DSN answers SYNs with cookies, 0 for any number.
	// Sweep is the time in which ageing reads the whole flow table once; 0 for an eighth of the shortest timeout, without
	// a charge for the memory.
	EvictWhenFull  bool
	EmbryonicLimit units.Count
	Sweep          units.Duration
	// DSCP says what the outer header of a tunnel has: pipe (0, and what is inside stays; also when empty) or uniform (that of what
	// is inside, and it is copied back at the end of the tunnel).
	DSCP string
	// KeyBits is the length of ipsec's AES keys, 0 for the default of 128; ESN asks for extended sequence numbers. AntiReplay
	// is the window of a receiver: 0 for the default, tunnel.NoWindow for none.
	KeyBits    int
	ESN        bool
	AntiReplay int
	// Setup says when ipsec's tunnels get keys: at_start or on_demand, by the first packet; empty for tunnels that have them.
	// Rekey is how long after a handshake the next one is made, 0 for never.
	Setup string
	Rekey units.Duration
	// FirstTenant is the VNI, or the key of gre, of the first tenant of each server; 0 for the default.
	FirstTenant uint32
	// Policer and Mirror are the options of these services.
	Policer *Policer
	Mirror  *Mirror
	NAT     *NAT
	LB      *LB
	strict.Position
}

// Bounds on table sizes, for each server. Assumed: 25 times the 4 million routes that 40 servers of 100 tenants need
// together; and tunnels of 48 servers in both directions that can be numbered in 32 bits.
const (
	maxEntries units.Count = 100_000_000
	maxTunnels units.Count = 10_000_000
)

// shortestRekey bounds rekeying. Assumed: no engine makes a handshake in less.
const shortestRekey = 10 * units.Microsecond

// serviceNames lists the known services, in the usual order of a chain.
func serviceNames() []string { return services.Names() }

// Chain lists what the services of the chain are on a chip.
func (s *Scenario) Chain() []service.Service {
	var list []service.Service
	for i := range s.Services {
		if v := services.Find(s.Services[i].Name); v != nil {
			list = append(list, *v)
		}
	}
	return list
}

// UnmarshalStrict decodes the short or the long form.
func (s *Service) UnmarshalStrict(n *strict.Node) {
	switch fields := n.Fields(); {
	case n.Kind() == strict.Scalar:
		s.named(n, n.Text())
		s.complete(n)
	case n.Kind() == strict.Mapping && len(fields) == 1:
		if s.named(fields[0].Key, fields[0].Name) && fields[0].Value.Kind() != strict.Null {
			s.options(fields[0].Value)
		}
		s.complete(fields[0].Value)
	case n.Kind() == strict.Mapping:
		n.Errorf("expected one service, such as {firewall: {rules: 100k}}, got %d keys", len(fields))
	default:
		n.Errorf("expected a service, got %s%s", n.Describe(), spell.DidYouMean("", serviceNames()))
	}
}

func (s *Service) named(n *strict.Node, name string) bool {
	s.Name = name
	s.Position = n.Position()
	if !slices.Contains(serviceNames(), name) {
		n.Errorf("unknown service %q%s", name, spell.DidYouMean(name, serviceNames()))
		return false
	}
	s.Stateful = name == "firewall"
	return true
}

// options decodes the service's options. A key that means nothing to a service is not accepted for it.
func (s *Service) options(n *strict.Node) {
	switch s.Name {
	case "ipsec":
		s.ipsec(n)
	case "vxlan", "geneve", "gre":
		s.overlay(n)
	case "firewall":
		s.firewall(n)
	case "route":
		s.route(n)
	case "policer":
		s.policer(n)
	case "mirror":
		s.mirror(n)
	case "nat":
		s.nat(n)
	case "lb":
		s.lb(n)
	default:
		n.Errorf("%s has no options", s.Name)
	}
}

// entries checks a number of table entries; 0 in the file asks for the model's default, as does saying nothing.
func entries(n *strict.Node, key string, c, most units.Count) units.Count {
	if c < 0 || c > most {
		n.At(key).Errorf("expected a count from 0 to %s, got %s", most, c)
	}
	return c
}

// checkServices checks the chain as a whole.
func (s *Scenario) checkServices(n *strict.Node) {
	items := n.At("services").Items()
	if !n.Has("services") || len(items) != len(s.Services) || n.At("services").TooLong() {
		return
	}
	first := map[string]int{}
	for i, service := range s.Services {
		if _, twice := first[service.Name]; !twice {
			first[service.Name] = i
		} else if slices.Contains(serviceNames(), service.Name) && !repeatable(service.Name) {
			items[i].Errorf("duplicate service %q", service.Name)
		}
	}
	s.checkPlaces(items)
	s.checkTunnels(items, first)
	s.checkTranslators(items, first)
}
