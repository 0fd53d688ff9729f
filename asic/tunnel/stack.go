package tunnel

import (
	"errors"

	"github.com/dsnsim/dsnsim/sim/header"
)

// Overlay is the tunnel that carries a tenant's frames, whole.
type Overlay uint8

// The overlays.
const (
	NoOverlay Overlay = iota
	OverVXLAN
	OverGeneve
	OverGRE
)

// Stack is the tunnels of a chain: an overlay around the tenant's frame, and one that ciphers around that, each of them or none.
type Stack struct {
	Cipher  *Cipher // nil without
	Overlay Overlay
	// Telemetry puts an option into each Geneve header.
	Telemetry bool
	// KeyLen is the length of the keys of the cipher; ESN and Window are as in Config.
	KeyLen int
	ESN    bool
	Window int
	// Uniform and UniformCipher say that overlay and cipher copy the DSCP (the uniform model of RFC 2983).
	Uniform, UniformCipher bool
	// FirstTenant is what the overlay calls the first tenant of a server.
	FirstTenant uint32
}

// What a chain has unless its services say otherwise. Assumed: keys of 128 bits, as RFC 8221 asks of every implementation, and
// networks above the 4096 VLAN ids.
const (
	defaultKeyLen      = 16
	defaultFirstTenant = 0x1000
)

// NewStack returns a stack without a tunnel, for tunnels without options.
func NewStack() Stack { return Stack{KeyLen: defaultKeyLen, FirstTenant: defaultFirstTenant} }

// Any reports whether there is a tunnel.
func (s Stack) Any() bool { return s.Cipher != nil || s.Overlay != NoOverlay }

// Options returns how many bytes of options the Geneve header has.
func (s Stack) Options() int {
	if s.Telemetry && s.Overlay == OverGeneve {
		return TelemetryLen
	}
	return 0
}

// overlayLen returns the length of the datagram that carries a frame of n bytes in the overlay.
func (s Stack) overlayLen(n int) int {
	switch s.Overlay {
	case OverVXLAN:
		return VXLANLen(n)
	case OverGeneve:
		return GeneveLen(s.Options(), n)
	case OverGRE:
		return GRELen(n)
	}
	return n
}

const fcs = 4

// Frame returns the size on the wire of a tenant's frame under the tunnels, both with FCS. A cipher alone carries what is
// behind an untagged Ethernet header. The frame has at least a header.
func (s Stack) Frame(frame uint32) uint32 {
	if !s.Any() {
		return frame
	}
	n := int(frame) - fcs
	if s.Overlay == NoOverlay {
		n -= header.EthernetLen
	}
	n = s.overlayLen(n)
	if s.Cipher != nil {
		n = s.Cipher.Len(n)
	}
	return uint32(header.EthernetLen + n + fcs)
}

// Carrier is what an overlay's headers say beside the frame.
type Carrier struct {
	Ends
	// Tenant is the VNI, or the key of GRE. Hash is the flow hash of the frame.
	Tenant, Hash uint32
	// Hop is what telemetry tells, where the stack has it.
	Hop Hop
}

// Encapsulate appends to dst the IPv4 datagram of the overlay that carries a frame.
func (s Stack) Encapsulate(dst, frame []byte, c Carrier) ([]byte, error) {
	start := len(dst)
	dst, err := s.encapsulate(dst, frame, c)
	if class, ok := header.Class(header.IPOf(frame)); ok && s.Uniform && err == nil {
		header.SetClass(dst[start:], outerClass(class, true))
	}
	return dst, err
}

func (s Stack) encapsulate(dst, frame []byte, c Carrier) ([]byte, error) {
	switch s.Overlay {
	case OverVXLAN:
		return VXLAN{c.Ends, c.Tenant}.Append(dst, frame, c.Hash)
	case OverGeneve:
		var options []byte
		if s.Telemetry {
			options = AppendTelemetry(nil, c.Hop)
		}
		return Geneve{c.Ends, c.Tenant}.Append(dst, options, frame, c.Hash)
	case OverGRE:
		return GRE{c.Ends, c.Tenant}.Append(dst, frame)
	}
	return dst, errNoOverlay
}

var errNoOverlay = errors.New("tunnel: the chain has no overlay")

// Decapsulate is the inverse of Encapsulate, but for the hash. With telemetry a packet without its option is refused,
// and without it one with a critical option.
func (s Stack) Decapsulate(datagram []byte) (c Carrier, frame []byte, err error) {
	switch s.Overlay {
	case OverVXLAN:
		v, frame, err := OpenVXLAN(datagram)
		return Carrier{Ends: v.Ends, Tenant: v.VNI}, frame, err
	case OverGeneve:
		return s.openGeneve(datagram)
	case OverGRE:
		g, frame, err := OpenGRE(datagram)
		return Carrier{Ends: g.Ends, Tenant: g.Key}, frame, err
	}
	return c, nil, errNoOverlay
}

func (s Stack) openGeneve(datagram []byte) (Carrier, []byte, error) {
	g, options, frame, err := OpenGeneve(datagram)
	c := Carrier{Ends: g.Ends, Tenant: g.VNI}
	if err == nil && s.Telemetry {
		c.Hop, err = OpenTelemetry(options)
	}
	for rest := options; err == nil && len(rest) > 0; {
		var o Option
		o, rest, _ = NextOption(rest) // they are whole
		if known := s.Telemetry && o.Class == telemetryClass; o.Critical() && !known {
			err = errors.New("tunnel: a critical Geneve option that this end does not know")
		}
	}
	if err != nil {
		return Carrier{}, nil, err
	}
	return c, frame, nil
}
