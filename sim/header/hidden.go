package header

import "encoding/binary"

// EtherTypes behind which IP may lie that Parse does not look for (IEEE 802 registry).
const (
	etherTypeTag9200 = 0x9200 // tags before 802.1ad gave one
	etherTypeTag9300 = 0x9300
	etherTypeMPLS    = 0x8847
	etherTypeMPLSUp  = 0x8848 // with an upstream-assigned label
	etherTypePPPoE   = 0x8864 // a session
	etherTypePBB     = 0x88e7 // 802.1ah
	etherTypeNSH     = 0x894f
	etherTypeMACsec  = 0x88e5
	etherTypeTRILL   = 0x22f3
)

// hidesIP reports whether a frame that has no IP header where Parse looks for one may have one behind what it does not read:
// labels, sessions, further tags, LLC. A filter that took such a frame for ARP would let through what it is there to stop.
func (s *Summary) hidesIP(data []byte) bool {
	rest := data[min(s.L3(), len(data)):]
	switch s.EtherType {
	case etherTypeMPLS, etherTypeMPLSUp, etherTypeTag9200, etherTypeTag9300, etherTypePBB, etherTypeNSH, etherTypeMACsec, etherTypeTRILL:
		return true
	case etherTypePPPoE:
		return pppIP(rest)
	}
	return snapIP(rest, s.EtherType)
}

// pppIP reports whether what follows the EtherType of a PPPoE session (RFC 2516) is other than PPP's own control
// protocols, whose numbers begin at 0x8000 (RFC 1661), or has not enough to tell.
func pppIP(rest []byte) bool {
	const pppoeLen = 6
	if len(rest) < pppoeLen+2 {
		return true
	}
	return binary.BigEndian.Uint16(rest[pppoeLen:]) < 0x8000
}

// snapIP reports whether an 802.3 frame, which has its length instead of an EtherType, has IP behind LLC and SNAP (RFC 1042).
func snapIP(rest []byte, length uint16) bool {
	const snapLen, firstEtherType = 8, 0x600
	if length >= firstEtherType || len(rest) < snapLen || rest[0] != 0xaa || rest[1] != 0xaa || rest[2] != 3 {
		return false
	}
	inner := Summary{EtherType: binary.BigEndian.Uint16(rest[6:]), L2Len: snapLen}
	return inner.EtherType == EtherTypeIPv4 || inner.EtherType == EtherTypeIPv6 || IsTag(inner.EtherType) || inner.hidesIP(rest)
}
