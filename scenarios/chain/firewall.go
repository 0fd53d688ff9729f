package chain

import (
	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Firewall has rules, and the connections that it follows.
var Firewall = Kind{Chip: &service.Firewall, Options: firewallOptionsOf, Keys: firewallOptions{}, Size: sizeFirewall,
	Work:    func(costs *profile.Software, _ *Service) profile.Work { return costs.Firewall },
	Default: func(s *Service) { s.Stateful = true },
	Preset: func(s *Service, p Preset, says func(key string) bool) {
		if p.PerServer > 0 && !says("rules") {
			s.Rules = p.PerServer
		}
		if p.Tracked > 0 && s.Tracks && !says("flows") {
			s.FlowEntries = p.Tracked
		}
	}}

// sizeFirewall sizes the tables of a firewall. One that follows connections has room for as many as it may track, on
// each chip; another for the flows that there are.
func sizeFirewall(sizes *service.Sizes, s *Service, at Site) {
	if s.Rules > 0 {
		sizes.Rules = int64(s.Rules) * at.Servers
	}
	if at.Rules > 0 {
		sizes.Rules, sizes.SharedRules = at.Rules, true
	}
	sizes.Stateless = !s.Stateful
	if s.Tracks {
		sizes.Flows = policy.DefaultFlows
		if s.FlowEntries > 0 {
			sizes.Flows = int64(s.FlowEntries)
		}
	}
}

// firewallOptions are the options of a firewall.
type firewallOptions struct {
	Rules   tableSource `yaml:"rules"`
	Action  string      `yaml:"action" strict:"oneof=permit|deny"`
	Default string      `yaml:"default" strict:"oneof=permit|deny"`
	// Unparsed is as in Service.
	Unparsed string      `yaml:"unparsed" strict:"oneof=rules|deny|pass"`
	Stateful bool        `yaml:"stateful"`
	Flows    units.Count `yaml:"flows"`
	Timeouts Timeouts    `yaml:"timeouts"`
	WhenFull string      `yaml:"when_full" strict:"oneof=reject|evict"`
	// EmbryonicLimit and Sweep are as in Service.
	EmbryonicLimit units.Count    `yaml:"embryonic_limit"`
	Sweep          units.Duration `yaml:"sweep"`
}

// firewall decodes the options of a firewall.
func firewallOptionsOf(s *Service, n *strict.Node) {
	o := firewallOptions{Stateful: true}
	n.Decode(&o)
	s.Rules, s.RuleFile = o.Rules.count(n, "rules"), o.Rules.file
	s.Stateful, s.Tracks = o.Stateful, o.Stateful && n.Has("stateful")
	s.DenyByDefault, s.FileDenies, s.Unparsed = o.Default == "deny", o.Action == "deny", o.Unparsed
	s.FlowEntries, s.Timeouts = o.Flows, o.Timeouts
	s.EvictWhenFull, s.EmbryonicLimit, s.Sweep = o.WhenFull == "evict", o.EmbryonicLimit, o.Sweep
	if list := n.At("rules"); n.Has("rules") && list.Kind() == strict.List {
		list.Decode(&s.RuleList)
		s.Rules = units.Count(len(list.Items()))
	}
	switch {
	case s.RuleFile != "" && !n.Has("action"):
		n.At("rules").Errorf("a file of rules needs action: permit or deny beside it; its lines have none")
	case s.RuleFile == "" && n.Has("action"):
		n.At("action").Errorf("action is for a file of rules; a rule in a list has its own, and generated ones deny")
	}
	s.checkTracking(n)
}

// checkTracking checks what only a stateful firewall has.
func (s *Service) checkTracking(n *strict.Node) {
	for _, key := range []string{"flows", "timeouts", "when_full", "embryonic_limit", "sweep"} {
		if n.Has(key) && !s.Tracks {
			n.At(key).Errorf("%s needs stateful: true", key)
		}
	}
	if n.Has("flows") && (s.FlowEntries < 1 || s.FlowEntries > maxFlowEntries) {
		n.At("flows").Errorf("expected a count from 1 to %s, got %s", maxFlowEntries, s.FlowEntries)
	}
	if n.Has("embryonic_limit") && (s.EmbryonicLimit < 1 || s.EmbryonicLimit > maxFlowEntries) {
		n.At("embryonic_limit").Errorf("expected a count from 1 to %s, got %s", maxFlowEntries, s.EmbryonicLimit)
	}
	if n.Has("sweep") && (s.Sweep < units.Microsecond || s.Sweep > longestTimeout) {
		n.At("sweep").Errorf("expected a time from %s to %s, got %s", units.Microsecond, longestTimeout, s.Sweep)
	}
	t := &s.Timeouts
	for _, one := range []struct {
		key string
		d   units.Duration
	}{{"tcp", t.TCP}, {"udp", t.UDP}, {"icmp", t.ICMP}, {"other", t.Other},
		{"embryonic", t.Embryonic}, {"closing", t.Closing}} {
		if at := n.At("timeouts"); at.Has(one.key) && (one.d < units.Microsecond || one.d > longestTimeout) {
			at.At(one.key).Errorf("expected a timeout from %s to %s, got %s", units.Microsecond, longestTimeout, one.d)
		}
	}
}

// Timeouts is how long a stateful firewall keeps an idle flow, by protocol; 0 is the default.
type Timeouts struct {
	TCP   units.Duration `yaml:"tcp"`
	UDP   units.Duration `yaml:"udp"`
	ICMP  units.Duration `yaml:"icmp"`
	Other units.Duration `yaml:"other"`
	// Embryonic is for TCP connections whose handshake is not complete, Closing for those that end.
	Embryonic units.Duration `yaml:"embryonic"`
	Closing   units.Duration `yaml:"closing"`
}

// Tracking returns the timeouts of a stateful firewall, defaults filled in.
func (s *Service) Tracking() policy.Timeouts {
	t := policy.DefaultTimeouts()
	for _, one := range []struct {
		to   *units.Duration
		from units.Duration
	}{{&t.TCP, s.Timeouts.TCP}, {&t.UDP, s.Timeouts.UDP}, {&t.ICMP, s.Timeouts.ICMP}, {&t.Other, s.Timeouts.Other},
		{&t.Embryonic, s.Timeouts.Embryonic}, {&t.Closing, s.Timeouts.Closing}} {
		if one.from != 0 {
			*one.to = one.from
		}
	}
	return t
}

// longestTimeout bounds a timeout. Assumed: the 5 days that Linux keeps an established TCP connection.
const longestTimeout = 5 * 86400 * units.Second

// maxFlowEntries bounds a flow table. Assumed: the 140 million flows of the largest SmartNIC known, rounded; each takes
// about 100 bytes of the simulating machine's memory.
const maxFlowEntries units.Count = 150_000_000
