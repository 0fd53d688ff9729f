// Package chain is the services of a scenario: their options, what these mean for a chip and for software, and how services stand
// together. One file has all that there is to say about a service, beside asic/service, which says what it is on a chip.
package chain

import (
	"slices"

	"github.com/dsnsim/dsnsim/internal/spell"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Service is one service of the chain. In a file it is a bare name or a name with options: {firewall: {rules: 100k}}.
type Service struct {
	Name string
	// Kind is what there is to say about services of that name; nil for a name that is not known, which is an error.
	Kind *Kind
	// Rules is how many rules a firewall holds for each server, Tunnels how many security associations ipsec does for
	// each server and direction, Routes how many routes route does for each server. A chip that serves the whole rack
	// holds them for all servers. 0 leaves it to the model: 1,000 rules and routes and one tunnel for each VM, or to the file that
	// RuleFile or RouteFile names.
	Rules   units.Count
	Tunnels units.Count
	Routes  units.Count
	// Stateful says that a firewall has a flow table, the default. Tracks says that the file asks for it: then connections are
	// followed packet by packet, else the table only costs its room and its time.
	Stateful, Tracks bool
	// RuleList is the rules in the scenario itself. FileDenies is the action of the rules in RuleFile, DenyByDefault the action
	// for packets that no rule matches, NoDefaultRoute for packets that no route matches.
	RuleList                                  []Rule
	RuleFile, RouteFile                       string
	FileDenies, DenyByDefault, NoDefaultRoute bool
	// Unparsed is what a firewall does with a packet whose headers cannot be read as far as rules may need them: rules (it
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
	// DSCP says what the outer header of a tunnel has: pipe (0, and the inner DSCP stays; also when empty) or uniform (the inner
	// DSCP, which is copied back at the end of the tunnel).
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

// Decode decodes the short or the long form of a service that is one of those known.
func (s *Service) Decode(n *strict.Node, known []*Kind) {
	switch fields := n.Fields(); {
	case n.Kind() == strict.Scalar:
		if s.named(n, n.Text(), known) {
			s.bare(n)
		}
	case n.Kind() == strict.Mapping && len(fields) == 1:
		switch value := fields[0].Value; {
		case !s.named(fields[0].Key, fields[0].Name, known):
		case value.Kind() == strict.Null:
			s.bare(value)
		case s.Kind.Options == nil:
			value.Errorf("%s has no options", s.Name)
		default: // a key that means nothing to a service is not accepted for it
			s.Kind.Options(s, value)
		}
	case n.Kind() == strict.Mapping:
		n.Errorf("expected one service, such as {firewall: {rules: 100k}}, got %d keys", len(fields))
	default:
		n.Errorf("expected a service, got %s%s", n.Describe(), spell.DidYouMean("", Names(known)))
	}
}

func (s *Service) named(n *strict.Node, name string, known []*Kind) bool {
	s.Name = name
	s.Position = n.Position()
	i := slices.IndexFunc(known, func(k *Kind) bool { return k.Chip.Name == name })
	if i < 0 {
		n.Errorf("unknown service %q%s", name, spell.DidYouMean(name, Names(known)))
		return false
	}
	if s.Kind = known[i]; s.Kind.Default != nil {
		s.Kind.Default(s)
	}
	return true
}

// bare complains about a service without options that cannot be without. at is where its name or its options are.
func (s *Service) bare(at *strict.Node) {
	if s.Kind.Needs != "" {
		at.Errorf("%s", s.Kind.Needs)
	}
}

// HasRules reports whether a packet can be refused by rules of the service, and HasRoutes whether by its routes.
func (s *Service) HasRules() bool {
	return s.Rules > 0 || s.RuleFile != "" || s.DenyByDefault || s.Tracks || s.Unparsed == "deny"
}

// HasRoutes is as HasRules.
func (s *Service) HasRoutes() bool { return s.Routes > 0 || s.RouteFile != "" || s.NoDefaultRoute }

// JudgesHeaders reports whether the service decides about a packet by its headers.
func (s *Service) JudgesHeaders() bool {
	return s.Rules > 0 || len(s.RuleList) > 0 || s.RuleFile != "" || s.DenyByDefault || s.Tracks || s.HasRoutes()
}

// entries checks a number of table entries; 0 in the file asks for the model's default, as does saying nothing.
func entries(n *strict.Node, key string, c, most units.Count) units.Count {
	if c < 0 || c > most {
		n.At(key).Errorf("expected a count from 0 to %s, got %s", most, c)
	}
	return c
}
