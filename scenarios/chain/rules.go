package chain

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/internal/spell"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Rule is a rule of a firewall that stands in the scenario. What it leaves out matches anything; a rule without an
// address is for IPv4 and IPv6.
type Rule struct {
	Action string    `yaml:"action" strict:"required,oneof=permit|deny"`
	Src    Addresses `yaml:"src"`
	Dst    Addresses `yaml:"dst"`
	Proto  Proto     `yaml:"proto"`
	SPort  *Ports    `yaml:"sport"`
	DPort  *Ports    `yaml:"dport"`
}

// UnmarshalStrict decodes a rule and checks that its keys go together.
func (r *Rule) UnmarshalStrict(n *strict.Node) {
	type plain Rule
	if n.Decode((*plain)(r)) {
		r.check(n)
	}
}

// check checks that the keys of a rule go together.
func (r *Rule) check(n *strict.Node) {
	if r.Src.IsValid() && r.Dst.IsValid() && r.Src.Addr().Is6() != r.Dst.Addr().Is6() {
		n.At("dst").Errorf("expected the family of src, %v, got %v", r.Src, r.Dst)
	}
	ported := r.Proto.Number == header.ProtoTCP || r.Proto.Number == header.ProtoUDP || r.Proto.Number == header.ProtoSCTP
	for _, key := range []string{"sport", "dport"} {
		if n.Has(key) && !ported {
			n.At(key).Errorf("ports need proto: tcp, udp or sctp in the same rule")
		}
	}
}

// Tables returns the rule as the tables store it: one for each family that it is for.
func (r *Rule) Tables() []policy.Rule {
	t := table.Rule{SrcPort: r.SPort.ports(), DstPort: r.DPort.ports(), Proto: r.Proto.Number, ProtoMask: r.Proto.mask()}
	var list []policy.Rule
	for _, v6 := range []bool{false, true} {
		if r.Src.other(v6) || r.Dst.other(v6) {
			continue
		}
		t.V6, t.Src, t.Dst = v6, r.Src.table(), r.Dst.table()
		list = append(list, policy.Rule{Rule: t, Deny: r.Action == "deny"})
	}
	return list
}

// Addresses is a prefix in a rule: 10.0.0.0/8, or one address. The zero value is any address.
type Addresses struct{ netip.Prefix }

// UnmarshalText sets a, or says what is wrong with the text.
func (a *Addresses) UnmarshalText(text []byte) error {
	p, err := netip.ParsePrefix(string(text))
	if addr, single := netip.ParseAddr(string(text)); single == nil && addr.Zone() == "" {
		p, err = netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	zeros := strict.LeadingZeros(string(text))
	switch {
	case err != nil && zeros != nil:
		return zeros
	case err != nil:
		return fmt.Errorf("expected a prefix such as 10.0.0.0/8 or 2001:db8::/32, or an address, got %q", text)
	case p != p.Masked():
		return fmt.Errorf("expected a prefix without bits below its length, got %q; did you mean %v?", text, p.Masked())
	}
	a.Prefix = p
	return nil
}

// other reports whether a is of the other family.
func (a Addresses) other(v6 bool) bool { return a.IsValid() && a.Addr().Is6() != v6 }

func (a Addresses) table() table.Prefix {
	if !a.IsValid() {
		return table.Prefix{}
	}
	return table.PrefixOf(a.Prefix)
}

// Proto is an IP protocol in a rule: a name or a number. The zero value is any protocol.
type Proto struct {
	Number uint8
	Set    bool
}

// ProtoNames are the names of protocols in rules.
var ProtoNames = []string{"tcp", "udp", "icmp", "icmpv6", "esp", "gre", "sctp"}

var protoNumbers = []uint8{header.ProtoTCP, header.ProtoUDP, header.ProtoICMP, header.ProtoICMPv6, header.ProtoESP,
	header.ProtoGRE, header.ProtoSCTP}

// UnmarshalText sets p, or says what is wrong with the text.
func (p *Proto) UnmarshalText(text []byte) error {
	for i, name := range ProtoNames {
		if name == string(text) {
			*p = Proto{protoNumbers[i], true}
			return nil
		}
	}
	if err := strict.LeadingZeros(string(text)); err != nil {
		return err
	}
	n, err := strconv.ParseUint(string(text), 10, 8)
	if err != nil {
		return fmt.Errorf("expected a protocol or its number from 0 to 255, got %q%s", text, spell.DidYouMean(string(text), ProtoNames))
	}
	*p = Proto{uint8(n), true}
	return nil
}

func (p Proto) mask() uint8 {
	if p.Set {
		return 0xff
	}
	return 0
}

// Ports is a port or a range of ports in a rule, such as 80 or 1-1023, both ends in it.
type Ports table.PortRange

// UnmarshalText sets p, or says what is wrong with the text.
func (p *Ports) UnmarshalText(text []byte) error {
	if err := strict.LeadingZeros(string(text)); err != nil {
		return err
	}
	first, last, ranged := strings.Cut(string(text), "-")
	if !ranged {
		last = first
	}
	lo, err := strconv.ParseUint(first, 10, 16)
	hi, err2 := strconv.ParseUint(last, 10, 16)
	switch {
	case err != nil || err2 != nil:
		return fmt.Errorf("expected a port from 0 to 65535 or a range such as 1-1023, got %q", text)
	case lo > hi:
		return fmt.Errorf("expected a range whose first port is not above the last, got %q; did you mean %d-%d?", text, hi, lo)
	}
	*p = Ports{Lo: uint16(lo), Hi: uint16(hi)}
	return nil
}

func (p *Ports) ports() table.PortRange {
	if p == nil {
		return table.AnyPort()
	}
	return table.PortRange(*p)
}

// tableSource is what fills a table: a count, a file, or a list that its owner decodes.
type tableSource struct {
	n    units.Count
	file string
}

// UnmarshalStrict takes what is not a count, and has a dot or a slash, for a path. It is relative to the scenario file in
// the file, to the working directory in an override.
func (t *tableSource) UnmarshalStrict(n *strict.Node) {
	if n.Kind() == strict.List {
		return
	}
	text := n.Text()
	count, err := units.ParseCount(text)
	number := strings.HasPrefix(text, "-") || strings.HasPrefix(text, "+")
	switch {
	case n.Kind() != strict.Scalar:
		n.Errorf("expected a count such as 100k, a list or the path of a file, got %s", n.Describe())
	case err == nil:
		t.n = count
	case number || !strings.ContainsAny(text, "./") || strings.ContainsRune(text, 0):
		n.Errorf("%v, or the path of a file", err)
	case n.FromSet() || filepath.IsAbs(text):
		t.file = text
	default:
		t.file = filepath.Join(filepath.Dir(n.File()), filepath.FromSlash(text))
	}
}

func (t *tableSource) count(n *strict.Node, key string) units.Count {
	return entries(n, key, t.n, maxEntries)
}
