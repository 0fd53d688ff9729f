package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/scenarios/demand"
	"github.com/dsnsim/dsnsim/sim/units"
)

// The kinds of attack.
const (
	RogueVF         = "rogue_vf"         // a VM that probes what belongs to other functions
	CompromisedHost = "compromised_host" // everything on a server, with all rights there
	DoorbellFlood   = "doorbell_flood"   // a function that rings its own doorbells without end
	DMAFlood        = "dma_flood"        // a function that moves its own memory without end
	SYNFlood        = "syn_flood"        // strangers who begin connections and never complete them
)

// Attack is one attack on a DSN from inside a server.
type Attack struct {
	Kind string `yaml:"kind" strict:"required,oneof=rogue_vf|compromised_host|doorbell_flood|dma_flood|syn_flood"`
	// Server is the one that the attacker is in, or that a SYN flood is for; VF its virtual function, both from 0. A compromised host has none.
	Server int `yaml:"server"`
	VF     int `yaml:"vf"`
	// At is when it begins; the default is when measuring does. It goes on to the end of the run.
	At units.Duration `yaml:"at"`
	// Rate is how many accesses it makes a second, of all targets together, with exponential gaps.
	Rate PerSecond `yaml:"rate"`
	// Targets are what it is after, all that the kind knows by default: bar, queue and iova of other functions, or software,
	// policy, keys, memory and windows of the DSN. A flood has none.
	Targets []string `yaml:"targets" strict:"oneof=bar|queue|iova|software|policy|keys|memory|windows"`
	// Size is what one access of a DMA flood moves.
	Size units.Bytes `yaml:"size"`
	// Rewrite is what a rewritten policy does from then on: permit everything, or deny it.
	Rewrite string `yaml:"rewrite" strict:"oneof=permit|deny"`
	strict.Position
}

// PerSecond is a number of events a second.
type PerSecond int64

// UnmarshalText reads 1M/s.
func (r *PerSecond) UnmarshalText(text []byte) error {
	number, found := strings.CutSuffix(string(text), "/s")
	n, err := units.ParseCount(number)
	if err != nil || !found {
		return fmt.Errorf("expected a number a second such as 1M/s, got %q", text)
	}
	*r = PerSecond(n)
	return nil
}

// String writes 1M/s.
func (r PerSecond) String() string { return units.Count(r).String() + "/s" }

// Bounds and defaults of attacks. Assumed: rates at which an attack of a few ms shows, and a bound above any slot's TLPs;
// the moves of a DMA are as large as a read request of the usual MRRS, so that they interleave with packets as TLPs do.
const (
	maxAttacks              = 16
	maxAttackRate PerSecond = 1_000_000_000
	probeRate     PerSecond = 1_000_000
	defaultDMA              = 512 * units.Byte
	maxDMA                  = 4 * units.KiB
)

func kinds() []string { return []string{RogueVF, CompromisedHost, DoorbellFlood, DMAFlood, SYNFlood} }

// TargetsOf lists what an attack of a kind can be after, none for a flood.
func TargetsOf(kind string) []string {
	switch kind {
	case RogueVF:
		return []string{"bar", "queue", "iova"}
	case CompromisedHost:
		return []string{"software", "policy", "keys", "memory", "windows"}
	}
	return nil
}

// Flood reports whether a VM only makes too much of what its function may do.
func (a *Attack) Flood() bool { return a.Kind == DoorbellFlood || a.Kind == DMAFlood }

// FromVM reports whether the attacker is a virtual machine.
func (a *Attack) FromVM() bool { return a.Kind == RogueVF || a.Flood() }

// Class returns the traffic that a SYN flood is: every packet begins a flow, and no flow has another.
func (a *Attack) Class(name string) *demand.Traffic {
	t := &demand.Traffic{Name: name, Direction: "inbound", SYNFlood: units.PacketRate(a.Rate), Position: a.Position}
	t.FillFlood()
	return t
}

// SetDefaults fills what an item need not say.
func (a *Attack) SetDefaults() {
	*a = Attack{At: -1, Rate: probeRate, Size: defaultDMA, Rewrite: "permit"}
}

// UnmarshalStrict decodes one attack and checks that its keys go together.
func (a *Attack) UnmarshalStrict(n *strict.Node) {
	type plain Attack
	a.Position = n.Position()
	if !n.Decode((*plain)(a)) && (n.Kind() != strict.Mapping || !slices.Contains(kinds(), a.Kind)) {
		return
	}
	if a.Rate < 1 || a.Rate > maxAttackRate {
		n.At("rate").Errorf("expected a rate from 1/s to %s, got %s", maxAttackRate, a.Rate)
	}
	switch {
	case n.Has("vf") && a.Kind == CompromisedHost:
		n.At("vf").Errorf("vf is for an attack from a virtual machine; a compromised host has the whole server")
	case n.Has("vf") && a.Kind == SYNFlood:
		n.At("vf").Errorf("vf is for an attack from a virtual machine; a SYN flood comes from the network")
	}
	if n.Has("size") && a.Kind != DMAFlood {
		n.At("size").Errorf("size is for a dma_flood")
	} else if a.Size < 1 || a.Size > maxDMA {
		n.At("size").Errorf("expected a size from 1B to %s, got %s", maxDMA, a.Size)
	}
	a.checkTargets(n)
}

func (a *Attack) checkTargets(n *strict.Node) {
	known := TargetsOf(a.Kind)
	if !n.Has("targets") {
		a.Targets = known
	} else {
		items := n.At("targets").Items()
		if len(items) == 0 {
			n.At("targets").Errorf("expected at least one target")
		}
		for i, target := range a.Targets {
			switch {
			case len(items) != len(a.Targets), target == "":
			case !slices.Contains(known, target) && len(known) == 0:
				items[i].Errorf("%s has no targets", a.Kind)
			case !slices.Contains(known, target):
				items[i].Errorf("%s is no target of %s (valid: %s)", target, a.Kind, strings.Join(known, ", "))
			case slices.Contains(a.Targets[:i], target):
				items[i].Errorf("duplicate target %q", target)
			}
		}
	}
	if n.Has("rewrite") && !slices.Contains(a.Targets, "policy") {
		n.At("rewrite").Errorf("rewrite is for an attack whose target is policy")
	}
}

// checkAttacks checks attacks against the rack and the run.
func (s *Scenario) checkAttacks(n *strict.Node) {
	list := n.At("attacks")
	items := list.Items()
	if !n.Has("attacks") || len(items) != len(s.Attacks) {
		return
	}
	if len(items) > maxAttacks {
		list.Errorf("expected at most %d attacks, got %d", maxAttacks, len(items))
	}
	for i := range s.Attacks {
		a, at := &s.Attacks[i], items[i]
		if !at.Has("at") {
			a.At = s.Run.Warmup
			if s.Run.WarmupRule.Auto {
				at.Errorf("expected at, the instant of the attack: it is the end of the warm-up otherwise, which run.warmup: auto has yet to find")
			}
		}
		if a.At < 0 || a.At >= s.Run.Duration {
			at.At("at").Errorf("expected an instant before the end of the run at %s, got %s", s.Run.Duration, a.At)
		}
		if a.Server < 0 || a.Server >= s.Rack.Servers {
			at.At("server").Errorf("expected a server from 0 to %d, got %d", s.Rack.Servers-1, a.Server)
		}
		if a.VF < 0 || a.VF >= s.Rack.Server.VMs {
			at.At("vf").Errorf("expected the virtual function of a VM, from 0 to %d, got %d", s.Rack.Server.VMs-1, a.VF)
		}
	}
}
