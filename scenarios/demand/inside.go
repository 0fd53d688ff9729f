package demand

import (
	"net"
	"net/netip"
	"strings"

	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/twoway"
)

// Inside says which end of a capture's packets are the VMs: prefixes of their addresses, or their Ethernet addresses.
type Inside struct {
	twoway.Inside
	// Text is how a report names it.
	Text string
}

// Given reports whether anything is inside.
func (i *Inside) Given() bool { return i.Text != "" }

// UnmarshalStrict takes one prefix, address or Ethernet address, or a list of them.
func (i *Inside) UnmarshalStrict(n *strict.Node) {
	const want = "expected a prefix such as 10.0.0.0/8, an Ethernet address such as 02:00:00:00:00:01, or a list of either"
	if n.TooLong() {
		return
	}
	*i = Inside{}
	items := n.OneOrList()
	if len(items) == 0 {
		n.Errorf("%s, got %s", want, n.Describe())
	}
	var texts []string
	for _, item := range items {
		if item.Kind() != strict.Scalar {
			item.Errorf("%s, got %s", want, item.Describe())
			return
		}
		text := item.Text()
		if mac, err := net.ParseMAC(text); err == nil && len(mac) == len(header.MAC{}) {
			i.MACs = append(i.MACs, header.MAC(mac))
		} else if prefix, err := prefixOf(text); err == nil {
			i.Prefixes = append(i.Prefixes, prefix.Masked())
		} else {
			if zeros := strict.LeadingZeros(text); zeros != nil {
				item.Errorf("%v", zeros)
				return
			}
			item.Errorf("%s, got %q", want, text)
			return
		}
		texts = append(texts, text)
	}
	i.Text = strings.Join(texts, ", ")
}

// prefixOf reads a prefix, or an address as one of its own.
func prefixOf(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil {
		return a.Prefix(a.BitLen())
	}
	return netip.ParsePrefix(text)
}

// checkInside checks the key of a capture that splits it into its directions, and gives it both unless it has one.
func (t *Traffic) checkInside(n *strict.Node) {
	if !n.Has("inside") {
		return
	}
	at := n.At("inside")
	switch {
	case n.Has("pattern"):
		at.Errorf("inside and pattern exclude each other: inside splits a capture into what comes in and what goes out")
	case t.Decapsulates():
		at.Errorf("inside does not go with a capture whose packets are taken out of their tunnels, which is inbound")
	}
	if !n.Has("direction") {
		t.Direction = "both"
	}
}
