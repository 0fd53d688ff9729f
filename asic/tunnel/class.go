package tunnel

import (
	"errors"

	"github.com/dsnsim/dsnsim/sim/header"
)

// What the outer header of a tunnel says of service and congestion is the same for all tunnels here. ECN is copied to it, and
// at the end of the tunnel what happened outside is put into the packet inside (RFC 6040, normal mode; RFC 8926 section 4.1
// asks for it too). The DSCP is 0 outside and stays as it is inside (the pipe model of RFC 2983, section 3.1), unless the tunnel
// is uniform: then it is copied out and back.

// ErrECN says that a packet met congestion in the tunnel and cannot be told so, since its sender does not know ECN.
var ErrECN = errors.New("tunnel: congestion was experienced, and the packet inside is of no ECN-capable transport")

// outerClass returns DSCP and ECN of the header around a packet.
func outerClass(inner uint8, uniform bool) uint8 {
	if uniform {
		return inner
	}
	return inner & header.ECNMask
}

// arriving is figure 4 of RFC 6040: what ECN of the packet inside becomes, by what it was and by the outer header's.
var arriving = [4][4]uint8{
	header.NotECT: {header.NotECT: header.NotECT, header.ECT0: header.NotECT, header.ECT1: header.NotECT, header.CE: dropped},
	header.ECT0:   {header.NotECT: header.ECT0, header.ECT0: header.ECT0, header.ECT1: header.ECT1, header.CE: header.CE},
	header.ECT1:   {header.NotECT: header.ECT1, header.ECT0: header.ECT1, header.ECT1: header.ECT1, header.CE: header.CE},
	header.CE:     {header.NotECT: header.CE, header.ECT0: header.CE, header.ECT1: header.CE, header.CE: header.CE},
}

// dropped stands for a packet that must be dropped.
const dropped = 1 << 7

// odd are the pairs of inner and outer ECN that a sender of the tunnel never makes and no router turns another into; RFC 6040
// has them logged.
var odd = map[[2]uint8]bool{{header.NotECT, header.ECT0}: true, {header.NotECT, header.ECT1}: true, {header.NotECT, header.CE}: true,
	{header.ECT1, header.ECT0}: true, {header.CE, header.ECT1}: true}

// innerClass returns DSCP and ECN of a packet that leaves a tunnel. isOdd says that the pair should be logged; the error is
// ErrECN.
func innerClass(inner, outer uint8, uniform bool) (class uint8, isOdd bool, err error) {
	in, out := inner&header.ECNMask, outer&header.ECNMask
	ecn := arriving[in][out]
	isOdd = odd[[2]uint8{in, out}]
	if ecn == dropped {
		return inner, isOdd, ErrECN
	}
	if uniform {
		inner = outer
	}
	return inner&^header.ECNMask | ecn, isOdd, nil
}

// classAround returns DSCP and ECN of the outer header around a frame, which has none of both where it is not IP.
func classAround(frame []byte) uint8 {
	class, _ := header.Class(header.IPOf(frame))
	return outerClass(class, false)
}

// arrive puts what the outer header says into the packet that it carried: a frame or an IP packet. It changes a copy, where it
// changes anything.
func arrive(carried []byte, ip int, outer uint8, uniform bool) (out []byte, isOdd bool, err error) {
	inner, ok := header.Class(carried[ip:])
	if !ok {
		return carried, false, nil
	}
	class, isOdd, err := innerClass(inner, outer, uniform)
	if err != nil || class == inner {
		return carried, isOdd, err
	}
	out = append([]byte(nil), carried...)
	header.SetClass(out[ip:], class)
	return out, isOdd, nil
}
