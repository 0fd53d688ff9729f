package demand

import (
	"path/filepath"
	"strings"

	"github.com/dsnsim/dsnsim/internal/strict"
)

// Decapsulates reports whether the packets of an on_wire capture are really taken out of their tunnels: authenticated, decrypted
// and decapsulated, byte by byte, and judged by the headers inside.
func (t *Traffic) Decapsulates() bool { return t.Keys != "" || t.Decapsulate }

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
	if t.Decapsulates() && t.Direction != "inbound" {
		n.At("direction").Errorf("a capture whose packets are taken out of their tunnels is inbound: outbound, a packet is not in "+
			"them yet when the DSN gets it; got %s", t.Direction)
	}
}
