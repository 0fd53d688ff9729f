package tunnel

import (
	"encoding/binary"
	"errors"
	"math"
)

// In-band telemetry in a Geneve option: INT-MD, version 2. source: P4.org INT specification 2.1, sections on INT over
// Geneve and on the INT-MD header. It leaves class and type of the option to the deployment; here they are the class that
// IANA has for INT (recalled) and the number of an INT-MD header.
const (
	telemetryClass = 0x0103
	telemetryType  = 1
	intHeader      = 12
	intVersion     = 2
	// intHopWords is what a node adds: node id 1, hop latency 1, and the two time stamps 2 each.
	intHopWords = 6
	// intInstructions are the bits of these: 0, 2, 4 and 5, counted from the top.
	intInstructions = 1<<15 | 1<<13 | 1<<11 | 1<<10
)

// TelemetryLen is the length of the option with what one node writes, in bytes.
const TelemetryLen = optionHeader + intHeader + intHopWords*4

// Unknown is what stands for a figure that a node does not have: all bits are set.
const (
	UnknownLatency uint32 = math.MaxUint32
	UnknownTime    uint64 = math.MaxUint64
)

// Hop is what one node writes into a packet that it sends on.
type Hop struct {
	Node uint32
	// LatencyNs is how long the node had the packet, or UnknownLatency.
	LatencyNs uint32
	// IngressNs and EgressNs are when it came and when it left, or UnknownTime.
	IngressNs, EgressNs uint64
}

// AppendTelemetry appends the option that a telemetry source writes: a header that lets no further node add to it, so
// that its length is known, and the source's own figures.
func AppendTelemetry(dst []byte, h Hop) []byte {
	data := make([]byte, 0, TelemetryLen-optionHeader)
	data = binary.BigEndian.AppendUint32(data, intVersion<<28|intHopWords<<8) // remaining hops 0
	data = binary.BigEndian.AppendUint32(data, intInstructions<<16)           // domain 0
	data = binary.BigEndian.AppendUint32(data, 0)                             // no instructions of the domain's own
	data = binary.BigEndian.AppendUint32(data, h.Node)
	data = binary.BigEndian.AppendUint32(data, h.LatencyNs)
	data = binary.BigEndian.AppendUint64(data, h.IngressNs)
	data = binary.BigEndian.AppendUint64(data, h.EgressNs)
	dst, err := AppendOption(dst, Option{telemetryClass, telemetryType, data})
	if err != nil {
		panic(err) // the length is a constant
	}
	return dst
}

// errNoTelemetry says that a packet carries no telemetry, or telemetry with other figures than AppendTelemetry writes.
var errNoTelemetry = errors.New("tunnel: no telemetry option with node, latency and two time stamps")

// OpenTelemetry is what a telemetry sink reads: the figures among the options of a Geneve header.
func OpenTelemetry(options []byte) (Hop, error) {
	for len(options) > 0 {
		o, rest, ok := NextOption(options)
		if !ok {
			break
		}
		if o.Class == telemetryClass && o.Type&0x7f == telemetryType {
			return openHop(o.Data)
		}
		options = rest
	}
	return Hop{}, errNoTelemetry
}

func openHop(data []byte) (Hop, error) {
	if len(data) != TelemetryLen-optionHeader || data[0]>>4 != intVersion ||
		binary.BigEndian.Uint16(data[4:]) != intInstructions || data[2]&0x1f != intHopWords {
		return Hop{}, errNoTelemetry
	}
	d := data[intHeader:]
	return Hop{Node: binary.BigEndian.Uint32(d), LatencyNs: binary.BigEndian.Uint32(d[4:]),
		IngressNs: binary.BigEndian.Uint64(d[8:]), EgressNs: binary.BigEndian.Uint64(d[16:])}, nil
}
