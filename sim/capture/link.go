package capture

import "fmt"

// linkType is a LINKTYPE value of the registry of the tcpdump group. The field of a pcap file holds flags above it.
type linkType uint16

const linkEthernet linkType = 1

// linkNames are the link types that users meet, by their names in the registry (tcpdump.org/linktypes.html).
var linkNames = map[linkType]string{
	0:   "NULL",
	1:   "ETHERNET",
	6:   "IEEE802_5",
	9:   "PPP",
	12:  "RAW",
	50:  "PPP_HDLC",
	51:  "PPP_ETHER",
	101: "RAW",
	105: "IEEE802_11",
	108: "LOOP",
	113: "LINUX_SLL",
	127: "IEEE802_11_RADIOTAP",
	192: "PPI",
	195: "IEEE802_15_4_WITHFCS",
	197: "ERF",
	228: "IPV4",
	229: "IPV6",
	239: "NFLOG",
	247: "INFINIBAND",
	249: "USBPCAP",
	276: "LINUX_SLL2",
}

// String returns the name and number of the link type.
func (t linkType) String() string {
	if name, ok := linkNames[t]; ok {
		return fmt.Sprintf("%s (%d)", name, uint16(t))
	}
	return fmt.Sprintf("%d", uint16(t))
}

// refusal says that the link type cannot be read, and which can.
func (t linkType) refusal() string { return fmt.Sprintf("link type %v: need Ethernet (1)", t) }
