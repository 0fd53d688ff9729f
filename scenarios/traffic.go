package scenarios

import (
	"slices"

	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/scenarios/demand"
	"github.com/dsnsim/dsnsim/scenarios/expect"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// checkTraffic gives names to items that have none, and checks all names.
func (s *Scenario) checkTraffic(n *strict.Node) {
	list := n.At("traffic")
	items := list.Items()
	if n.Has("traffic") && list.Kind() == strict.List && len(items) == 0 {
		list.Errorf("expected at least one item, such as {sizes: imix, load: 30%%}")
	}
	if len(items) != len(s.Traffic) || list.TooLong() {
		return
	}
	var taken []string
	for i := range s.Traffic {
		t, at := &s.Traffic[i], items[i]
		t.ReadFlows(s.Files, at)
		if at.Has("name") {
			at = at.At("name")
		} else {
			t.Name = t.DefaultName(i, reserved)
		}
		switch {
		case at.Kind() != strict.Scalar && at.Kind() != strict.Mapping:
			continue // already complained about
		case !classPattern.MatchString(t.Name):
			at.Errorf("expected a name of letters, digits, - and _ (at most 40), got %q", t.Name)
		case reserved(t.Name):
			at.Errorf("traffic cannot be named %q: an expectation could not tell it from a placement or a metric", t.Name)
		case slices.Contains(taken, t.Name):
			at.Errorf("duplicate traffic name %q; give each item its own name", t.Name)
		}
		taken = append(taken, t.Name)
	}
}

func reserved(name string) bool {
	return name == result.All || slices.Contains(KnownPlacements(), name) || expect.IsMetricFamily(name)
}

// checkPatterns checks that the rack has who the patterns name.
func (s *Scenario) checkPatterns(n *strict.Node) {
	items := n.At("traffic").Items()
	if len(items) != len(s.Traffic) {
		return
	}
	s.checkIncasts(n)
	for i := range s.Traffic {
		p, at := &s.Traffic[i].Pattern, items[i].At("pattern")
		if p.EastWest > 0 && s.Rack.Servers < 2 {
			at.At("east_west").Errorf("east-west traffic needs two servers or more (rack.servers), the rack has one")
		}
		if p.SameServer == 0 {
			continue
		}
		switch vms := s.Rack.Server.VMs; {
		case s.Rack.Server.Virtualization == "bare-metal":
			at.At("same_server").Errorf("traffic in a server needs VMs, and the servers are bare metal (rack.server.virtualization)")
		case vms < 2:
			at.At("same_server").Errorf("traffic in a server needs two VMs or more (rack.server.vms), a server has %d", vms)
		}
	}
}

// checkIncasts checks that the rack has who an incast names.
func (s *Scenario) checkIncasts(n *strict.Node) {
	items := n.At("traffic").Items()
	for i := range s.Traffic {
		c := s.Traffic[i].Incast
		if c == nil || len(items) != len(s.Traffic) {
			continue
		}
		at := items[i].At("incast")
		if c.To >= s.Rack.Servers {
			at.At("to").Errorf("expected the number of a server, 0 to %d (rack.servers), got %d", s.Rack.Servers-1, c.To)
		}
		if c.Senders >= s.Rack.Servers {
			at.At("senders").Errorf("expected at most %d senders, the other servers of the rack (rack.servers), got %d", s.Rack.Servers-1, c.Senders)
		}
	}
}

// checkOpened checks captures that are to be opened against the chain, which has the tunnels to take their packets out of.
func (s *Scenario) checkOpened(n *strict.Node) {
	items := n.At("traffic").Items()
	if !n.Has("traffic") || len(items) != len(s.Traffic) {
		return
	}
	stack := s.Stack()
	for i := range s.Traffic {
		t, at := &s.Traffic[i], items[i]
		switch {
		case !t.Decapsulates():
			continue
		case stack.Cipher != nil && !stack.Cipher.Received:
			at.Errorf("packets of %s in a capture cannot be opened, those of ipsec can; give the capture as the tenants sent it, or play it on_wire as it is", stack.Cipher.Title)
			continue
		case t.Keys != "" && stack.Cipher == nil:
			at.At("keys").Errorf("keys are those of ipsec, which the chain does not have; decapsulate: true opens its other tunnels")
		case t.Keys == "" && stack.Cipher != nil:
			at.At("decapsulate").Errorf("the chain has ipsec: its packets need keys: a file like Wireshark's esp_sa")
		case !stack.Any():
			at.At("decapsulate").Errorf("the chain has no tunnel to take packets out of")
		}
		s.checkLoop(t, at, stack)
	}
}

// checkLoop plays a capture once whose second pass an anti-replay window would refuse.
func (s *Scenario) checkLoop(t *demand.Traffic, at *strict.Node, stack tunnel.Stack) {
	if stack.Cipher == nil || stack.Window == tunnel.NoWindow {
		return
	}
	if at.Has("loop") && t.Loop {
		at.At("loop").Errorf("a second pass would bring the same sequence numbers, all of which the anti-replay window refuses; " +
			"play it once, or switch the window off with ipsec: {anti_replay: 0}")
	}
	t.Loop = false
}
