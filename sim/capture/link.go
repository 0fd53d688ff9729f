package capture

import "fmt"

// linkType is a LINKTYPE value of the registry of the tcpdump group. The field of a pcap file holds flags above it.
type linkType uint16

const (
	linkNull       linkType = 0
	linkEthernet   linkType = 1
	linkPPP        linkType = 9
	linkFDDI       linkType = 10
	linkRawBSD     linkType = 12 // DLT_RAW of most systems, which some programs write as it is
	linkRawOpenBSD linkType = 14
	linkPPPHDLC    linkType = 50
	linkRaw        linkType = 101
	linkHDLC       linkType = 104
	linkLoop       linkType = 108
	linkSLL        linkType = 113
	linkPPI        linkType = 192
	linkPPPDir     linkType = 204
	linkIPv4       linkType = 228
	linkIPv6       linkType = 229
	linkSLL2       linkType = 276
)

// linkNames are the link types that users meet, by their names in the registry (tcpdump.org/linktypes.html).
var linkNames = map[linkType]string{
	linkNull:       "NULL",
	linkEthernet:   "ETHERNET",
	6:              "IEEE802_5",
	8:              "SLIP",
	linkPPP:        "PPP",
	linkFDDI:       "FDDI",
	linkRawBSD:     "RAW",
	linkRawOpenBSD: "RAW",
	linkPPPHDLC:    "PPP_HDLC",
	51:             "PPP_ETHER",
	100:            "ATM_RFC1483",
	linkRaw:        "RAW",
	linkHDLC:       "C_HDLC",
	105:            "IEEE802_11",
	107:            "FRELAY",
	linkLoop:       "LOOP",
	109:            "ENC",
	linkSLL:        "LINUX_SLL",
	117:            "PFLOG",
	119:            "IEEE802_11_PRISM",
	122:            "IP_OVER_FC",
	123:            "SUNATM",
	127:            "IEEE802_11_RADIOTAP",
	143:            "DOCSIS",
	147:            "USER0",
	163:            "IEEE802_11_AVS",
	187:            "BLUETOOTH_HCI_H4",
	189:            "USB_LINUX",
	linkPPI:        "PPI",
	195:            "IEEE802_15_4_WITHFCS",
	197:            "ERF",
	201:            "BLUETOOTH_HCI_H4_WITH_PHDR",
	linkPPPDir:     "PPP_WITH_DIR",
	220:            "USB_LINUX_MMAPPED",
	226:            "IPNET",
	227:            "CAN_SOCKETCAN",
	linkIPv4:       "IPV4",
	linkIPv6:       "IPV6",
	239:            "NFLOG",
	247:            "INFINIBAND",
	249:            "USBPCAP",
	253:            "NETLINK",
	linkSLL2:       "LINUX_SLL2",
}

// String returns the name and number of the link type.
func (t linkType) String() string {
	if name, ok := linkNames[t]; ok {
		return fmt.Sprintf("%s (%d)", name, uint16(t))
	}
	return fmt.Sprintf("%d", uint16(t))
}

// readable reports whether frames of the link type can be read.
func (t linkType) readable() bool {
	if t == linkEthernet {
		return true
	}
	_, ok := layerOf(t, nil)
	return ok
}

// want says which link types can be read, for a message.
const want = "need Ethernet, or raw IP, NULL, LOOP, Linux cooked (any), PPP, HDLC or FDDI, which get an Ethernet header"

// refusal says that the link type cannot be read, which can, and how a user gets there.
func (t linkType) refusal() string {
	switch t {
	case 105, 119, 127, 163:
		return fmt.Sprintf("link type %v: %s; convert it with tcprewrite --dlt=enet, or capture on the bridge or router behind", t, want)
	}
	return fmt.Sprintf("link type %v: %s; where its headers are of one length and IP follows, editcap -C LENGTH -T rawip makes raw IP of it", t, want)
}
