package tunnel

import (
	"errors"

	"github.com/dsnsim/dsnsim/sim/header"
)

// maxDatagram is the longest IPv4 datagram. source: RFC 791, 16-bit total length.
const maxDatagram = 1<<16 - 1

// errTooLong says that a packet does not fit one outer datagram: the tunnels here do not fragment.
var errTooLong = errors.New("tunnel: the packet does not fit an IPv4 datagram")

// Ends are the outer addresses of a tunnel, from its beginning to its end.
type Ends struct{ Src, Dst [4]byte }

// ttl of outer headers. source: IANA's recommended default, 64.
const ttl = 64

// appendIPv4 appends the header of a datagram of n bytes of payload. It may not be fragmented, so its identification
// is 0 (RFC 6864: atomic datagrams need none).
func appendIPv4(dst []byte, e Ends, proto, tos uint8, n int) ([]byte, error) {
	if header.IPv4MinLen+n > maxDatagram {
		return dst, errTooLong
	}
	at := len(dst)
	dst = append(dst, make([]byte, header.IPv4MinLen)...)
	h := header.IPv4(dst[at:])
	h.SetHeaderLen(header.IPv4MinLen)
	h.SetTOS(tos)
	h.SetTotalLen(header.IPv4MinLen + n)
	h.SetFragment(header.IPv4DontFragment, 0)
	h.SetTTL(ttl)
	h.SetProto(proto)
	h.SetSrc(e.Src)
	h.SetDst(e.Dst)
	h.SetChecksum(h.ComputeChecksum())
	return dst, nil
}

// payload checks an IPv4 datagram and returns what it carries. Bytes behind its total length are Ethernet padding.
func payload(datagram []byte, proto uint8) ([]byte, error) {
	h := header.IPv4(datagram)
	switch {
	case !h.IsValid() || h.TotalLen() < h.HeaderLen() || h.TotalLen() > len(h):
		return nil, errors.New("tunnel: not a whole IPv4 datagram")
	case h.ComputeChecksum() != h.Checksum():
		return nil, errors.New("tunnel: wrong IPv4 header checksum")
	case h.MoreFragments() || h.FragmentOffset() != 0:
		return nil, errors.New("tunnel: a fragment")
	case h.Proto() != proto:
		return nil, errors.New("tunnel: another protocol")
	}
	return datagram[h.HeaderLen():h.TotalLen()], nil
}
