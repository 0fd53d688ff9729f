package twoway

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/header"
)

var vm, router, other = header.MAC{2, 0, 0, 0, 0, 1}, header.MAC{2, 0, 0, 0, 0, 2}, header.MAC{2, 0, 0, 0, 0, 3}

// frame returns an IPv4 packet, or where there is no address an ARP frame.
func frame(srcMAC, dstMAC header.MAC, src, dst string) capture.Record {
	data := make([]byte, 60)
	h := header.Ethernet(data)
	h.SetSrc(srcMAC)
	h.SetDst(dstMAC)
	h.SetEtherType(header.EtherTypeARP)
	if src != "" {
		h.SetEtherType(header.EtherTypeIPv4)
		ip := header.IPv4(data[14:])
		ip.SetHeaderLen(20)
		ip.SetSrc(netip.MustParseAddr(src).As4())
		ip.SetDst(netip.MustParseAddr(dst).As4())
	}
	return capture.Record{Data: data, Wire: len(data)}
}

func TestSplit(t *testing.T) {
	everyone := header.MAC{255, 255, 255, 255, 255, 255}
	records := []capture.Record{
		frame(vm, router, "10.0.0.1", "192.0.2.1"),
		frame(router, vm, "192.0.2.1", "10.0.0.1"),
		frame(vm, other, "10.0.0.1", "10.0.0.2"),
		frame(router, other, "192.0.2.1", "198.51.100.1"),
		frame(vm, everyone, "", ""),
		frame(router, vm, "", ""),
		frame(other, everyone, "", ""),
		frame(vm, everyone, "10.0.0.1", "10.255.255.255"),
		{Data: []byte{1, 2, 3}, Wire: 60},
	}
	byPrefix := Inside{Prefixes: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
	assert.Equal(t, []Direction{Out, In, WithinInside, WithinOutside, Out, In, WithinOutside, Out, WithinOutside}, byPrefix.Split(records))
	byMAC := Inside{MACs: []header.MAC{vm}}
	assert.Equal(t, []Direction{Out, In, Out, WithinOutside, Out, In, WithinOutside, Out, WithinOutside}, byMAC.Split(records))
	nobody := Inside{Prefixes: []netip.Prefix{netip.MustParsePrefix("2001:db8::/32")}}
	for _, w := range nobody.Split(records) {
		assert.Equal(t, WithinOutside, w)
	}
}
