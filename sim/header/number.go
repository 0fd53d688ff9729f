package header

// EtherType values (IEEE 802 registry).
const (
	EtherTypeIPv4 = 0x0800
	EtherTypeARP  = 0x0806
	EtherTypeVLAN = 0x8100 // 802.1Q
	EtherTypeQinQ = 0x88a8 // 802.1ad
	EtherTypeIPv6 = 0x86dd
	// EtherTypeQinQOld is the tag that switches used before 802.1ad gave one.
	EtherTypeQinQOld = 0x9100
)

// IP protocol and IPv6 next-header numbers (IANA registry).
const (
	ProtoHopByHop = 0
	ProtoICMP     = 1
	ProtoIPIP     = 4
	ProtoTCP      = 6
	ProtoUDP      = 17
	ProtoIPv6     = 41
	ProtoRouting  = 43
	ProtoFragment = 44
	ProtoGRE      = 47
	ProtoESP      = 50
	ProtoAH       = 51
	ProtoICMPv6   = 58
	ProtoNoNext   = 59
	ProtoDstOpts  = 60
	ProtoSCTP     = 132
)

// UDP destination ports of the tunnels (IANA registry).
const (
	PortVXLAN  = 4789
	PortGeneve = 6081
)
