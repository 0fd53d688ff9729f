package policy

import (
	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/sim/header"
)

// Packets that could be read only in part fail closed: one passes only where the list of rules would
// permit it whatever is in the part that could not be read.

// partly is a list of rules as it is for such packets, whose addresses could be read: the rules that deny have no condition
// on what could not be read, and those that permit are left out where they have one.
type partly struct {
	rules *table.Ternary
	deny  []bool // by rule
}

// add adds a rule, if packets of a reading can be judged by it.
func (p *partly) add(r Rule, reading header.Reading) error {
	if !r.Deny && (r.looksAtPorts() || reading == header.NoProtocol && r.ProtoMask != 0) {
		return nil
	}
	r.SrcPort, r.DstPort, r.Flags, r.FlagsMask = table.AnyPort(), table.AnyPort(), 0, 0
	if reading == header.NoProtocol {
		r.Proto, r.ProtoMask = 0, 0
	}
	p.deny = append(p.deny, r.Deny)
	_, err := p.rules.Add(r.Rule)
	return err
}

// looksAtPorts reports whether a rule has a condition on ports or TCP flags.
func (r *Rule) looksAtPorts() bool {
	return r.FlagsMask != 0 || r.SrcPort != table.AnyPort() || r.DstPort != table.AnyPort()
}

// deniesUnseen reports whether a list denies packets whose addresses could not be read: some rule that denies
// comes before one that permits all of its version of IP, or the default denies.
func deniesUnseen(f *Firewall) bool {
	var permitted [2]bool // by version
	for i := range f.Rules {
		r := &f.Rules[i]
		version := 0
		if r.V6 {
			version = 1
		}
		switch {
		case permitted[version]:
		case r.Deny:
			return true
		default:
			permitted[version] = !r.looksAtPorts() && r.ProtoMask == 0 && r.Src.Len == 0 && r.Dst.Len == 0
		}
	}
	return f.DefaultDeny && permitted != [2]bool{true, true}
}
