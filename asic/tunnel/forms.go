package tunnel

import (
	"encoding/binary"
	"errors"

	"github.com/dsnsim/dsnsim/sim/header"
)

// Tunnels of the world come in forms that a DSN of this model does not send: over IPv6, to another port, ESP in UDP. A Receiver
// brings them into the form that it opens.

// portNAT is the UDP port of ESP behind address translation. source: RFC 3948, section 2.1.
const portNAT = 4500

// The reasons why a frame was not opened, for Why.
var (
	errNotIP   = errors.New("not IP")
	errNotESP  = errors.New("no whole ESP packet")
	errESP6    = errors.New("ESP over IPv6, of which keys cannot be given")
	errIKE     = errors.New("IKE or a keepalive in UDP port 4500")
	errNoKey   = errors.New("ESP of an association without a key")
	errOverlay = errors.New("not of the overlay")
)

// Why says in a few words why a frame was not opened.
func Why(err error) string {
	for _, known := range []error{errNotIP, errNotESP, errESP6, errIKE, errNoKey, errOverlay, ErrReplay, ErrICV} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return err.Error()
}

// fromUDP takes ESP out of UDP port 4500. A datagram of another kind stays as it is; the error is of one that is for the port and
// has no ESP in it (RFC 3948, sections 2.1 to 2.3).
func fromUDP(datagram []byte) ([]byte, error) {
	udp, err := payload(datagram, header.ProtoUDP)
	if err != nil {
		return datagram, nil
	}
	u := header.UDP(udp)
	if !u.IsValid() || u.SrcPort() != portNAT && u.DstPort() != portNAT {
		return datagram, nil
	}
	esp := udp[header.UDPLen:]
	if len(esp) < header.ESPLen || binary.BigEndian.Uint32(esp) == 0 {
		return nil, errIKE
	}
	return overIPv4(endsOf(datagram), header.ProtoESP, esp)
}

// overIPv4 returns an IPv4 datagram of a payload.
func overIPv4(e Ends, proto uint8, data []byte) ([]byte, error) {
	out, err := appendIPv4(make([]byte, 0, header.IPv4MinLen+len(data)), e, proto, 0, len(data))
	return append(out, data...), err
}

// usual brings a datagram of an overlay into the usual form: over IPv4, to the overlay's own port. One over IPv6 loses its
// addresses, which nothing asks for.
func (s Stack) usual(datagram []byte) []byte {
	proto, port := uint8(header.ProtoUDP), uint16(VXLANPort)
	switch s.Overlay {
	case OverGeneve:
		port = GenevePort
	case OverGRE:
		proto = header.ProtoGRE
	}
	if h := header.IPv6(datagram); h.IsValid() && h.NextHeader() == proto && h.PayloadLen() <= len(h)-header.IPv6Len {
		moved, err := overIPv4(Ends{}, proto, h[header.IPv6Len:header.IPv6Len+h.PayloadLen()])
		if err != nil {
			return datagram
		}
		datagram = moved
	}
	if proto != header.ProtoUDP {
		return datagram
	}
	udp, err := payload(datagram, header.ProtoUDP)
	if err != nil || !header.UDP(udp).IsValid() || header.UDP(udp).DstPort() == port || !s.looksLike(udp[header.UDPLen:]) {
		return datagram
	}
	moved := append([]byte(nil), datagram...)
	header.UDP(moved[header.IPv4(moved).HeaderLen():]).SetDstPort(port)
	return moved
}

// looksLike reports whether what a UDP datagram carries can only be the overlay: its header without a reserved bit that is set,
// and behind it a frame of IP or ARP.
func (s Stack) looksLike(data []byte) bool {
	inside := header.VXLANLen
	switch h := header.Geneve(data); s.Overlay {
	case OverVXLAN:
		if len(data) < inside || binary.BigEndian.Uint32(data) != 8<<24 || data[7] != 0 {
			return false
		}
	case OverGeneve:
		if !h.IsValid() || h.Proto() != etherTypeTEB || h[1]&0x3f != 0 || h[7] != 0 {
			return false
		}
		inside = h.HeaderLen()
	}
	f := header.Parse(data[inside:])
	return f.Version != 0 && f.Status == header.OK || f.EtherType == header.EtherTypeARP
}
