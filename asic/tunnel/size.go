package tunnel

import "github.com/dsnsim/dsnsim/sim/header"

// What each tunnel puts in front of what it carries, in bytes from the outer IPv4 header on. The byte builders and the
// model's sizes both come from here.
const (
	VXLANOverhead  = header.IPv4MinLen + header.UDPLen + header.VXLANLen
	GeneveOverhead = header.IPv4MinLen + header.UDPLen + header.GeneveMinLen // without options
	GREOverhead    = header.IPv4MinLen + greLen
	ESPOverhead    = header.IPv4MinLen + espFixed // SPI to IV; trailer and ICV come behind
)

// VXLANLen returns the length of the datagram that carries a frame of n bytes.
func VXLANLen(n int) int { return VXLANOverhead + n }

// GeneveLen returns the length of the datagram that carries a frame of n bytes with options of a length.
func GeneveLen(options, n int) int { return GeneveOverhead + options + n }

// GRELen returns the length of the datagram that carries a frame of n bytes.
func GRELen(n int) int { return GREOverhead + n }

// ESPLen returns the length of the datagram that carries an IP packet of n bytes.
func ESPLen(n int) int { return header.IPv4MinLen + espLen(n) }

// ERSPANLen returns the length of the datagram that carries a mirrored frame of n bytes.
func ERSPANLen(n int) int { return header.IPv4MinLen + erspanHeaders + n }
