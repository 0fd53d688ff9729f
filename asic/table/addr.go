package table

import (
	"encoding/binary"
	"net/netip"
)

// Addr is an IPv6 address as two words in host order, or an IPv4 address in the low 32 bits of Lo with Hi zero.
// Tuple.V6 says which of the two it is, because ::1.2.3.4 is also an IPv6 address.
type Addr struct{ Hi, Lo uint64 }

// AddrOf returns the address of a. An IPv4-mapped IPv6 address stays an IPv6 address; a zone is left out.
// It panics when a is the zero netip.Addr, which is no address.
func AddrOf(a netip.Addr) Addr {
	if a.Is4() {
		b := a.As4()
		return Addr{Lo: uint64(binary.BigEndian.Uint32(b[:]))}
	}
	if !a.IsValid() {
		panic("table: AddrOf of the zero netip.Addr")
	}
	b := a.As16()
	return Addr{Hi: binary.BigEndian.Uint64(b[:8]), Lo: binary.BigEndian.Uint64(b[8:])}
}

// IP returns a as a netip.Addr of the given family.
func (a Addr) IP(v6 bool) netip.Addr {
	if !v6 {
		return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, uint32(a.Lo))))
	}
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], a.Hi)
	binary.BigEndian.PutUint64(b[8:], a.Lo)
	return netip.AddrFrom16(b)
}

// compare orders addresses as numbers.
func (a Addr) compare(b Addr) int {
	switch {
	case a == b:
		return 0
	case a.Hi < b.Hi, a.Hi == b.Hi && a.Lo < b.Lo:
		return -1
	}
	return 1
}

// addrBits returns the width of an address.
func addrBits(v6 bool) int {
	if v6 {
		return 128
	}
	return 32
}

// netmask returns the mask of a prefix length, for the 32 low bits of Lo when the family is IPv4.
func netmask(length int, v6 bool) Addr {
	if !v6 {
		return Addr{Lo: ^uint64(0) << (32 - length) & 0xffff_ffff}
	}
	if length <= 64 {
		return Addr{Hi: ^uint64(0) << (64 - length)}
	}
	return Addr{Hi: ^uint64(0), Lo: ^uint64(0) << (128 - length)}
}

// and returns the bits that a and b share.
func (a Addr) and(b Addr) Addr { return Addr{a.Hi & b.Hi, a.Lo & b.Lo} }

// last returns the last address of the prefix that begins at a.
func (a Addr) last(length int, v6 bool) Addr {
	m := netmask(length, v6)
	if !v6 {
		return Addr{Lo: a.Lo | ^m.Lo&0xffff_ffff}
	}
	return Addr{a.Hi | ^m.Hi, a.Lo | ^m.Lo}
}

// Prefix is an address prefix in the form that the tables store; Len is 0 to 32, or to 128 for IPv6. Bits of Addr
// below Len are ignored. The zero Prefix matches every address.
type Prefix struct {
	Addr Addr
	Len  uint8
}

// PrefixOf returns the masked form of p. It panics when p is not valid.
func PrefixOf(p netip.Prefix) Prefix {
	if !p.IsValid() {
		panic("table: PrefixOf of an invalid netip.Prefix")
	}
	p = p.Masked()
	return Prefix{Addr: AddrOf(p.Addr()), Len: uint8(p.Bits())}
}

// IP returns p as a netip.Prefix of the given family, masked.
func (p Prefix) IP(v6 bool) netip.Prefix {
	return netip.PrefixFrom(p.Addr.IP(v6), int(p.Len)).Masked()
}

// contains reports whether a lies in p.
func (p Prefix) contains(a Addr, v6 bool) bool {
	m := netmask(int(p.Len), v6)
	return a.and(m) == p.Addr.and(m)
}

// Tuple is what the tables look at in a packet: the five-tuple with its VRF and network, and the TCP flags for rules.
type Tuple struct {
	Src, Dst         Addr
	SrcPort, DstPort uint16 // 0 for protocols without ports; for a query the identifier is the port of the end that asks
	VRF              uint16
	Flags            uint16 // the 16 bits of the TCP header that hold data offset and flags; looked at by Ternary only
	// Network tells apart the networks of a VRF, which may use the same addresses. Only a FlowTable looks at it, and at Query
	// and Answer.
	Network uint32
	Proto   uint8 // IP protocol number
	V6      bool
	// Query is the type of the request of an ICMP query, or of another ICMP message, else 0. Answer says that the packet
	// answers a request.
	Query  uint8
	Answer bool
}

// Reverse returns the tuple of the opposite direction.
func (t *Tuple) Reverse() Tuple {
	r := *t
	r.Src, r.Dst = t.Dst, t.Src
	r.SrcPort, r.DstPort = t.DstPort, t.SrcPort
	r.Answer = t.Query != 0 && !t.Answer
	return r
}

// familyOf returns the index of a family in tables that keep both.
func familyOf(v6 bool) int {
	if v6 {
		return 1
	}
	return 0
}
