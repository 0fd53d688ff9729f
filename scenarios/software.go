package scenarios

import (
	"slices"

	"github.com/dsnsim/dsnsim/internal/spell"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/scenarios/services"
	"github.com/dsnsim/dsnsim/sim/units"
)

// SoftwareOptions are what the software of a DSN, and the host under it, are like. Without any, cores poll, take each packet
// as it comes and have its flow at hand.
type SoftwareOptions struct {
	// Mode is poll ("" as well) or interrupt: cores sleep while their rings are empty.
	Mode string `yaml:"mode" strict:"oneof=poll|interrupt"`
	// Batch is how many packets a core takes from its ring together at most; 0 leaves batches out.
	Batch int `yaml:"batch" strict:"min=1,max=1024"`
	// Ring is how many packets wait for a core at most; 0 is what the profile says.
	Ring int `yaml:"ring" strict:"min=1,max=65536"`
	// Moderation is the least time from one interrupt of a core to the next; nil is the profile's.
	Moderation *units.Duration `yaml:"moderation"`
	// FlowCache is where the virtual switch finds flows; nil has them at hand.
	FlowCache *SwitchCache `yaml:"flow_cache"`
	// NUMA is where the cores are; nil is on the socket of the NIC.
	NUMA *Sockets `yaml:"numa"`
	// Offload lists what the NIC takes over: tunnels and ipsec of the chain, and flows.
	Offload []string `yaml:"offload"`
	// Shared says that tenants run on the same cores. Tenants is the share of each core that they want.
	Shared  bool        `yaml:"shared"`
	Tenants units.Ratio `yaml:"tenants"`
}

// Sleeps reports whether cores wait for interrupts.
func (o *SoftwareOptions) Sleeps() bool { return o.Mode == "interrupt" }

// Offloads reports whether the NIC takes something over.
func (o *SoftwareOptions) Offloads(what string) bool { return slices.Contains(o.Offload, what) }

// SwitchCache is where a virtual switch finds the flow of a packet.
type SwitchCache struct {
	// Entries are the exact matches that a core has at hand, or all cores together when Shared.
	Entries units.Count `yaml:"entries" strict:"required"`
	Shared  bool        `yaml:"shared"`
	// Megaflows are the flows that the slow path may install, and Threads how many work there.
	Megaflows units.Count `yaml:"megaflows"`
	Threads   int         `yaml:"threads" strict:"min=1,max=64"`
	// Cold says that no flow is installed when the run begins.
	Cold bool `yaml:"cold"`
}

// maxSwitchFlows bounds both tables, which are allocated: 8 B a flow. Assumed: far beyond what a virtual switch allows.
const maxSwitchFlows = 16_000_000

// SetDefaults fills what need not be said.
// source: OVS other_config:flow-limit, 200,000 (recalled); one handler thread is assumed
func (c *SwitchCache) SetDefaults() { *c = SwitchCache{Megaflows: 200_000, Threads: 1} }

// UnmarshalStrict decodes and checks the cache.
func (c *SwitchCache) UnmarshalStrict(n *strict.Node) {
	type plain SwitchCache
	n.Decode((*plain)(c))
	for _, v := range []struct {
		key   string
		value units.Count
	}{{"entries", c.Entries}, {"megaflows", c.Megaflows}} {
		if v.value < 0 || v.value > maxSwitchFlows {
			n.At(v.key).Errorf("expected 0 to %s flows, got %s", units.Count(maxSwitchFlows), v.value)
		}
	}
}

// Sockets are the memories of a server. Those of the NIC's are the first.
type Sockets struct {
	Nodes int `yaml:"nodes" strict:"min=1,max=8"`
	// Remote is the share of the cores that are on other sockets: by default as many on each.
	Remote units.Ratio `yaml:"remote"`
}

// SetDefaults fills what need not be said.
func (s *Sockets) SetDefaults() { *s = Sockets{Nodes: 2} }

// UnmarshalStrict decodes and checks the sockets.
func (s *Sockets) UnmarshalStrict(n *strict.Node) {
	type plain Sockets
	n.Decode((*plain)(s))
	switch {
	case !n.Has("remote"):
		s.Remote = units.Whole - units.Whole/units.Ratio(max(1, s.Nodes))
	case s.Remote < 0 || s.Remote > units.Whole:
		n.At("remote").Errorf("expected 0%% to 100%%, got %s", s.Remote)
	case s.Nodes == 1 && s.Remote > 0:
		n.At("remote").Errorf("a server of one node has no cores elsewhere")
	}
}

// RemoteOf returns how many of a number of cores are on other sockets; they are the last.
func (s *Sockets) RemoteOf(cores int) int {
	return int((int64(s.Remote)*int64(cores) + int64(units.Whole)/2) / int64(units.Whole))
}

// UnmarshalStrict decodes and checks the software.
func (s *Software) UnmarshalStrict(n *strict.Node) {
	if n.Has("cores") && n.At("cores").Text() == "auto" {
		automatic := struct {
			Cores           string `yaml:"cores"`
			SoftwareOptions `yaml:",inline"`
		}{SoftwareOptions: s.SoftwareOptions}
		n.Decode(&automatic)
		s.Auto, s.Cores, s.SoftwareOptions = true, 1, automatic.SoftwareOptions
	} else {
		type plain Software
		n.Decode((*plain)(s))
		s.Auto = s.Auto && !n.Has("cores")
	}
	if n.Kind() == strict.Mapping {
		s.check(n)
	}
}

// check wants options that go together.
func (s *Software) check(n *strict.Node) {
	if m := s.Moderation; m != nil {
		switch {
		case !s.Sleeps():
			n.At("moderation").Errorf("moderation is for mode: interrupt; these cores poll")
		case *m < 0 || *m > units.Second:
			n.At("moderation").Errorf("expected 0s to 1s, got %s", *m)
		}
	}
	switch {
	case n.Has("tenants") && !s.Shared:
		n.At("tenants").Errorf("tenants is for shared: true; these cores are the DSN's own")
	case s.Tenants < 0 || s.Tenants > units.Whole:
		n.At("tenants").Errorf("expected 0%% to 100%%, got %s", s.Tenants)
	case s.Shared && !n.Has("tenants"):
		s.Tenants = units.Whole / 2 // assumed: a host that is half full
	}
}

// Offloadable lists what a NIC can take over of the software.
func Offloadable() []string {
	var list []string
	for _, k := range services.All {
		if k.Chip.Tunnel != nil {
			list = append(list, k.Chip.Name)
		}
	}
	return append(list, "flows")
}

// checkSoftware wants the NIC to take over what is there, and what it can reach: a tunnel inside another one is hidden from a
// NIC that does not open the outer one.
func (s *Scenario) checkSoftware(n *strict.Node) {
	list := n.At("dsn", "software", "offload")
	if list.Kind() != strict.List {
		return
	}
	o := &s.DSN.Software
	for i, item := range list.Items() {
		if i >= len(o.Offload) {
			return
		}
		name := o.Offload[i]
		switch {
		case !slices.Contains(Offloadable(), name):
			item.Errorf("a NIC cannot take over %q%s", name, spell.DidYouMean(name, Offloadable()))
			continue
		case slices.Contains(o.Offload[:i], name):
			item.Errorf("duplicate %q", name)
			continue
		case name == "flows":
			continue
		}
		if outer, ok := s.outside(name); !ok {
			item.Errorf("the chain has no %s for the NIC to take over", name)
		} else if outer != "" && !o.Offloads(outer) {
			item.Errorf("the NIC cannot reach %s inside %s, which it does not take over", name, outer)
		}
	}
}

// outside returns the tunnel around one of the chain, "" for none, and whether there is that one.
func (s *Scenario) outside(name string) (outer string, ok bool) {
	for i := range s.Services {
		switch v := s.Services[i].Name; {
		case v == name:
			return outer, true
		case slices.Contains(Offloadable(), v):
			outer = v
		}
	}
	return "", false
}

// OffloadsTunnels reports whether the chain has tunnels and the NIC takes over every one: then frames are
// in host memory as tenants send them.
func (s *Scenario) OffloadsTunnels() bool {
	any := false
	for i := range s.Services {
		if v := s.Services[i].Name; slices.Contains(Offloadable(), v) {
			if any = true; !s.DSN.Software.Offloads(v) {
				return false
			}
		}
	}
	return any
}
