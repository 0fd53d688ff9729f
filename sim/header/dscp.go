package header

// The field that IPv4 calls type of service and IPv6 traffic class holds the DSCP in its upper 6 bits and ECN in the lower 2.
// source: RFC 2474, RFC 3168
const (
	ecnBits = 2
	ECNMask = 1<<ecnBits - 1
)

// The code points of ECN. source: RFC 3168, section 5
const (
	NotECT = 0
	ECT1   = 1
	ECT0   = 2
	CE     = 3
)

// Class returns the DSCP and ECN of an IP packet, false for what has no whole IP header.
func Class(ip []byte) (class uint8, ok bool) {
	switch {
	case len(ip) >= IPv4MinLen && ip[0]>>4 == 4:
		return ip[ipv4TOS], true
	case len(ip) >= IPv6Len && ip[0]>>4 == 6:
		return IPv6(ip).TrafficClass(), true
	}
	return 0, false
}

// SetClass sets DSCP and ECN of an IP packet and updates the checksum of IPv4, so that one that was wrong stays wrong by as
// much. It reports whether there is a whole IP header; what has none is left as it is.
func SetClass(ip []byte, class uint8) bool {
	switch {
	case len(ip) >= IPv4MinLen && ip[0]>>4 == 4:
		IPv4(ip).UpdateTOS(class)
	case len(ip) >= IPv6Len && ip[0]>>4 == 6:
		ip[0] = ip[0]&0xf0 | class>>4
		ip[1] = class<<4 | ip[1]&0x0f
	default:
		return false
	}
	return true
}

// IPOf returns the IP packet in a frame, nil for what has none.
func IPOf(frame []byte) []byte {
	if s := Parse(frame); s.Version != 0 {
		return frame[s.L3():]
	}
	return nil
}

// DSCP returns the differentiated services code point of a frame's IP header, 0 for what is not IP.
func DSCP(frame []byte) uint8 {
	class, _ := Class(IPOf(frame))
	return class >> ecnBits
}

// SetDSCP sets the code point, 0 to 63, of a frame's IP header as SetClass does.
func SetDSCP(frame []byte, dscp uint8) bool {
	ip := IPOf(frame)
	class, _ := Class(ip)
	return SetClass(ip, dscp<<ecnBits|class&ECNMask)
}
