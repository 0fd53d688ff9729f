package analytic

import "github.com/dsnsim/dsnsim/sim/units"

// OuterIP is the size in bytes of the IP header that a tunnel puts in front.
type OuterIP units.Bytes

// The outer headers, without options and extensions. source: RFC 791 and RFC 8200.
const (
	OverIPv4 OuterIP = 20
	OverIPv6 OuterIP = 40
)

// The parts of the tunnels.
const (
	udpHeader    = 8 * units.Byte // source: RFC 768
	vxlanHeader  = 8 * units.Byte // source: RFC 7348, section 5
	geneveHeader = 8 * units.Byte // source: RFC 8926, section 3.4
	greHeader    = 8 * units.Byte // with a key. source: RFC 2784, section 2.1, and RFC 2890, section 2

	espHeader  = 8 * units.Byte  // SPI and sequence number. source: RFC 4303, section 2
	espTrailer = 2 * units.Byte  // pad length and next header. source: RFC 4303, section 2
	espAlign   = 4 * units.Byte  // where the trailer must end. source: RFC 4303, section 2.4
	gcmIV      = 8 * units.Byte  // source: RFC 4106, section 3.1
	gcmICV     = 16 * units.Byte // the full tag. source: RFC 4106, section 6
)

// VXLANFrame returns the size of the frame that carries a tenant's frame through a VXLAN tunnel, both with FCS: 50 B more
// over IPv4, 70 B over IPv6. The inner FCS is not carried; the inner padding of a short frame is.
func VXLANFrame(inner units.Bytes, outer OuterIP) units.Bytes {
	return EthernetHeader + units.Bytes(outer) + udpHeader + vxlanHeader + (inner - FCS) + FCS
}

// GeneveFrame is VXLANFrame for a Geneve tunnel with options: 50 B more over IPv4, and the options.
func GeneveFrame(inner, options units.Bytes, outer OuterIP) units.Bytes {
	return EthernetHeader + units.Bytes(outer) + udpHeader + geneveHeader + options + (inner - FCS) + FCS
}

// GREFrame is VXLANFrame for a GRE tunnel of Ethernet frames with a key: 42 B more over IPv4.
func GREFrame(inner units.Bytes, outer OuterIP) units.Bytes {
	return EthernetHeader + units.Bytes(outer) + greHeader + (inner - FCS) + FCS
}

// ESPTunnelFrame returns the size of the frame that carries the IP packet of a frame through an ESP tunnel with AES-GCM and
// the full ICV, both with FCS: 54 to 57 B more over IPv4, 74 to 77 B over IPv6. The inner Ethernet header is not
// carried. The packet is assumed to fill the inner frame: padding of a frame of 64 B would stay behind, and a VLAN tag too.
// For ESP around VXLAN give it the size that VXLANFrame returns.
func ESPTunnelFrame(inner units.Bytes, outer OuterIP) units.Bytes {
	payload := inner - EthernetHeader - FCS
	padded := (payload + espTrailer + espAlign - 1) / espAlign * espAlign
	return EthernetHeader + units.Bytes(outer) + espHeader + gcmIV + padded + gcmICV + FCS
}
