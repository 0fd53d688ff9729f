package table

import (
	"fmt"
	"math/bits"
)

// PortRange is a range of ports, both ends in it.
type PortRange struct{ Lo, Hi uint16 }

// AnyPort is the range of all ports.
func AnyPort() PortRange { return PortRange{0, 0xffff} }

// Contains reports whether p is in the range.
func (r PortRange) Contains(p uint16) bool { return r.Lo <= p && p <= r.Hi }

// Prefixes returns the number of prefixes (value and mask) that cover the range exactly, which is the number of TCAM
// entries for it: 1 for all ports or one port, 30 at worst (1 to 65534).
func (r PortRange) Prefixes() int {
	n := 0
	for lo, end := uint32(r.Lo), uint32(r.Hi)+1; lo < end; n++ {
		// The largest aligned block that begins at lo and fits.
		size := uint32(1) << min(bits.TrailingZeros32(lo|1<<16), bits.Len32(end-lo)-1)
		lo += size
	}
	return n
}

// Rule matches the packets of one family whose fields all match. Masked fields compare the bits that are set in the
// mask. The zero Rule matches nothing but ports 0.
type Rule struct {
	Src, Dst         Prefix
	SrcPort, DstPort PortRange
	Flags, FlagsMask uint16
	VRF              uint16
	Proto, ProtoMask uint8
	V6               bool
	AnyVRF           bool // matches in every VRF; VRF must be 0
}

// Validate reports what makes the rule impossible to match or to store.
func (r *Rule) Validate() error {
	width := addrBits(r.V6)
	switch {
	case int(r.Src.Len) > width || int(r.Dst.Len) > width:
		return fmt.Errorf("a prefix length above %d", width)
	case r.SrcPort.Lo > r.SrcPort.Hi:
		return fmt.Errorf("source ports %d to %d: the first is above the last", r.SrcPort.Lo, r.SrcPort.Hi)
	case r.DstPort.Lo > r.DstPort.Hi:
		return fmt.Errorf("destination ports %d to %d: the first is above the last", r.DstPort.Lo, r.DstPort.Hi)
	case !r.V6 && (r.Src.Addr.wide() || r.Dst.Addr.wide()):
		return fmt.Errorf("an IPv4 rule with an address of more than 32 bits")
	case r.AnyVRF && r.VRF != 0:
		return fmt.Errorf("a rule for any VRF and for VRF %d", r.VRF)
	}
	return nil
}

func (a Addr) wide() bool { return a.Hi != 0 || a.Lo>>32 != 0 }

// Matches reports whether the rule matches u.
func (r *Rule) Matches(u *Tuple) bool {
	return r.V6 == u.V6 && (r.AnyVRF || r.VRF == u.VRF) &&
		(r.Proto^u.Proto)&r.ProtoMask == 0 && (r.Flags^u.Flags)&r.FlagsMask == 0 &&
		r.SrcPort.Contains(u.SrcPort) && r.DstPort.Contains(u.DstPort) &&
		r.Src.contains(u.Src, r.V6) && r.Dst.contains(u.Dst, r.V6)
}

// TCAMEntries returns the number of TCAM entries that the rule needs where ranges are expanded to prefixes: 1 to 900.
func (r *Rule) TCAMEntries() int { return r.SrcPort.Prefixes() * r.DstPort.Prefixes() }

// String returns the rule as a line of a ClassBench file. VRF and AnyVRF have no place there.
func (r Rule) String() string {
	return fmt.Sprintf("@%v\t%v\t%d : %d\t%d : %d\t0x%02x/0x%02x\t0x%04x/0x%04x", r.Src.IP(r.V6), r.Dst.IP(r.V6),
		r.SrcPort.Lo, r.SrcPort.Hi, r.DstPort.Lo, r.DstPort.Hi, r.Proto, r.ProtoMask, r.Flags, r.FlagsMask)
}
