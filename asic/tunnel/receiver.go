package tunnel

import (
	"errors"
	"fmt"

	"github.com/dsnsim/dsnsim/sim/header"
)

// The faults of a frame from the network beside ErrICV and ErrReplay.
var (
	// ErrNoSA says that a chain with ESP has no security association for the frame: it is no whole ESP packet over IPv4, or
	// one of an association whose key is not known.
	ErrNoSA = errors.New("tunnel: no security association for the packet")
	// ErrTunnel says that what is in the frame, or was in ESP, is no packet of the tunnel that the chain has there.
	ErrTunnel = errors.New("tunnel: not a packet of the chain's tunnels")
)

// Receiver takes frames from the network out of the tunnels of a chain, as a DSN does inbound: it authenticates and
// decrypts, applies the anti-replay windows, and takes the overlay and the telemetry off. It is not for concurrent use.
type Receiver struct {
	stack Stack
	sas   map[saName]*SA
	index map[saName]int
}

// saName is what tells associations apart.
type saName struct {
	Ends
	spi uint32
}

// NewReceiver returns a Receiver with the keys of its associations, each with the windows and the sequence
// numbers that the stack says, extended ones also where the key does. Of keys for the same association the first
// counts, as it does for Wireshark. The error says what of a key is impossible.
func NewReceiver(s Stack, keys []Config) (*Receiver, error) {
	r := &Receiver{stack: s, sas: map[saName]*SA{}, index: map[saName]int{}}
	for _, c := range keys {
		name := saName{c.Ends, c.SPI}
		if r.sas[name] != nil {
			continue
		}
		c.ESN, c.Window, c.Uniform = c.ESN || s.ESN, s.Window, s.UniformCipher
		sa, err := NewSA(c)
		if err != nil {
			return nil, fmt.Errorf("SPI 0x%x: %w", c.SPI, err)
		}
		r.index[name] = len(r.sas)
		r.sas[name] = sa
	}
	return r, nil
}

// Decapsulated is what a Receiver found in a frame.
type Decapsulated struct {
	// Frame is the tenant's. Where ESP alone carried an IP packet it has the outer frame's Ethernet addresses.
	Frame []byte
	// SA numbers the security associations from 0 in the order of the keys; 0 without ESP. It is right also where ErrICV
	// or ErrReplay refused the frame.
	SA int
	// Carrier is what the overlay said.
	Carrier Carrier
	// Odd says that the ECN of an outer header contradicts that of the packet inside, which RFC 6040 wants logged.
	Odd bool
}

// Open takes the tenant's frame out of a frame from the network. The error wraps ErrNoSA, ErrReplay, ErrICV, ErrTunnel or
// ErrECN: the order in which a DSN finds out.
func (r *Receiver) Open(frame []byte) (o Decapsulated, err error) {
	s := header.Parse(frame)
	datagram := frame[min(s.L3(), len(frame)):]
	if r.stack.Cipher != nil {
		if datagram, err = r.decrypt(&o, datagram, s.Version); err != nil {
			return o, err
		}
	}
	if r.stack.Overlay == NoOverlay {
		if r.stack.Cipher != nil {
			datagram = ethernetOf(frame, datagram)
		} else {
			datagram = frame
		}
		o.Frame = datagram
		return o, nil
	}
	if o.Carrier, o.Frame, err = r.stack.Decapsulate(r.stack.usual(datagram)); err != nil {
		if s.Version == 0 {
			return o, fmt.Errorf("%w: %w", ErrTunnel, errNotIP)
		}
		return o, fmt.Errorf("%w: %w: %w", ErrTunnel, errOverlay, err)
	}
	inside := header.Parse(o.Frame)
	if inside.Version == 0 {
		return o, nil
	}
	outer, _ := header.Class(datagram)
	found := false
	o.Frame, found, err = arrive(o.Frame, inside.L3(), outer, r.stack.Uniform)
	o.Odd = o.Odd || found
	return o, err
}

// decrypt takes a datagram out of ESP.
func (r *Receiver) decrypt(o *Decapsulated, datagram []byte, version uint8) ([]byte, error) {
	if version != 4 {
		return nil, fmt.Errorf("%w: %w", ErrNoSA, notIPv4(datagram, version))
	}
	datagram, err := fromUDP(datagram)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoSA, err)
	}
	esp, err := payload(datagram, header.ProtoESP)
	if err != nil || !header.ESP(esp).IsValid() {
		return nil, fmt.Errorf("%w: %w", ErrNoSA, errNotESP)
	}
	name := saName{endsOf(datagram), header.ESP(esp).SPI()}
	sa := r.sas[name]
	if sa == nil {
		return nil, fmt.Errorf("%w: %w", ErrNoSA, errNoKey)
	}
	o.SA = r.index[name]
	packet, _, err := sa.Open(datagram)
	switch {
	case err == nil:
		outer, _ := header.Class(datagram)
		packet, o.Odd, err = arrive(packet, 0, outer, sa.Uniform)
		return packet, err
	case errors.Is(err, ErrReplay), errors.Is(err, ErrICV):
		return nil, err
	case errors.Is(err, errPayload):
		return nil, fmt.Errorf("%w: %w", ErrTunnel, err)
	}
	return nil, fmt.Errorf("%w: %w", ErrNoSA, err)
}

// notIPv4 says what a packet is that cannot be of an association.
func notIPv4(datagram []byte, version uint8) error {
	switch h := header.IPv6(datagram); {
	case version == 0:
		return errNotIP
	case h.IsValid() && h.NextHeader() == header.ProtoESP:
		return errESP6
	}
	return errNotESP
}

// ethernetOf puts an IP packet behind the Ethernet addresses of a frame.
func ethernetOf(frame, packet []byte) []byte {
	out := make([]byte, header.EthernetLen, header.EthernetLen+len(packet))
	copy(out, frame[:header.EthernetLen])
	header.Ethernet(out).SetEtherType(header.EtherTypeIPv4)
	if packet[0]>>4 == 6 {
		header.Ethernet(out).SetEtherType(header.EtherTypeIPv6)
	}
	return append(out, packet...)
}
