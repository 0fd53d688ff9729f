package scenarios

import (
	"path/filepath"
	"strings"

	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/internal/strict"
)

// Opened reports whether the packets of an on_wire capture are really taken out of their tunnels: authenticated, decrypted
// and decapsulated, byte by byte, and judged by the headers inside.
func (t *Traffic) Opened() bool { return t.Keys != "" || t.Decapsulate }

// longestInterface is how long a name can be that the reader of captures keeps.
const longestInterface = 64

// checkOnWire checks the keys of a capture that concern what it holds.
func (t *Traffic) checkOnWire(n *strict.Node) {
	keys := n.At("keys")
	switch {
	case !n.Has("keys") || keys.Kind() != strict.Scalar:
	case t.Keys == "" || strings.ContainsRune(t.Keys, 0):
		keys.Errorf("expected the path of a file with keys, Wireshark's esp_sa, got %q", t.Keys)
	case !keys.FromSet() && !filepath.IsAbs(t.Keys):
		t.Keys = filepath.Join(filepath.Dir(keys.File()), filepath.FromSlash(t.Keys))
	}
	for _, key := range []string{"keys", "decapsulate"} {
		if n.Has(key) && !t.OnWire {
			n.At(key).Errorf("%s needs on_wire: true beside it; without that the capture holds the tenants' frames", key)
		}
	}
	if at := n.At("interface"); n.Has("interface") && at.Kind() == strict.Scalar &&
		(t.Interface == "" || len(t.Interface) > longestInterface) {
		at.Errorf("expected the name of an interface, of at most %d bytes, got %q", longestInterface, t.Interface)
	}
	if t.Opened() && t.Direction != "inbound" {
		n.At("direction").Errorf("a capture whose packets are taken out of their tunnels is inbound: outbound, a packet is not in "+
			"them yet when the DSN gets it; got %s", t.Direction)
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
		case !t.Opened():
			continue
		case t.Keys != "" && !stack.ESP:
			at.At("keys").Errorf("keys are those of ipsec, which the chain does not have; decapsulate: true opens its other tunnels")
		case t.Keys == "" && stack.ESP:
			at.At("decapsulate").Errorf("the chain has ipsec: its packets need keys: a file like Wireshark's esp_sa")
		case !stack.Any():
			at.At("decapsulate").Errorf("the chain has no tunnel to take packets out of")
		}
		s.checkLoop(t, at, stack)
	}
}

// checkLoop plays a capture once whose second lap an anti-replay window would refuse.
func (s *Scenario) checkLoop(t *Traffic, at *strict.Node, stack tunnel.Stack) {
	if !stack.ESP || stack.Window == tunnel.NoWindow {
		return
	}
	if at.Has("loop") && t.Loop {
		at.At("loop").Errorf("a second lap would bring the same sequence numbers, all of which the anti-replay window refuses; " +
			"play it once, or switch the window off with ipsec: {anti_replay: 0}")
	}
	t.Loop = false
}
