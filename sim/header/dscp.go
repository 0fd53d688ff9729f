package header

// DSCP returns the differentiated services code point of a frame's IP header, 0 for what is not IP.
func DSCP(frame []byte) uint8 {
	switch s := Parse(frame); {
	case s.Version == 4 && len(frame) > s.L3()+ipv4TOS:
		return IPv4(frame[s.L3():]).TOS() >> ecnBits
	case s.Version == 6 && len(frame) > s.L3()+1:
		return IPv6(frame[s.L3():]).TrafficClass() >> ecnBits
	}
	return 0
}

// ecnBits is how many bits of the field are not the DSCP's. source: RFC 3168.
const ecnBits = 2

// SetDSCP sets the code point, 0 to 63, of a frame's IP header and updates the checksum of IPv4, so that one that was wrong
// stays wrong by as much. It reports whether the frame has a whole IP header; another is left as it is.
func SetDSCP(frame []byte, dscp uint8) bool {
	s := Parse(frame)
	at := s.L3()
	switch {
	case s.Version == 4 && len(frame) >= at+IPv4MinLen:
		h := IPv4(frame[at:])
		h.UpdateTOS(dscp<<ecnBits | h.TOS()&(1<<ecnBits-1))
		return true
	case s.Version == 6 && len(frame) >= at+IPv6Len:
		h := frame[at:]
		h[0] = h[0]&0xf0 | dscp>>2
		h[1] = dscp<<6 | h[1]&0x3f
		return true
	}
	return false
}
