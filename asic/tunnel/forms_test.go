package tunnel_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/internal/named"
	"github.com/dsnsim/dsnsim/sim/header"
)

// overIPv6 puts what an IPv4 datagram carries into an IPv6 packet on Ethernet.
func overIPv6(datagram []byte) []byte {
	old := header.IPv4(datagram)
	data := datagram[old.HeaderLen():]
	h := header.IPv6(make([]byte, header.IPv6Len))
	h.SetFirst(0, 0)
	h.SetPayloadLen(len(data))
	h.SetNextHeader(old.Proto())
	h.SetHopLimit(64)
	frame := onEthernet(append(h, data...))
	header.Ethernet(frame).SetEtherType(header.EtherTypeIPv6)
	return frame
}

// packetOf returns a frame with an IP packet inside.
func packetOf(n int) []byte {
	frame := inner(n)
	header.Ethernet(frame).SetEtherType(header.EtherTypeIPv4)
	h := header.IPv4(frame[header.EthernetLen:])
	for i := range header.IPv4MinLen {
		h[i] = 0
	}
	h.SetHeaderLen(header.IPv4MinLen)
	h.SetTotalLen(len(h))
	h.SetProto(header.ProtoNoNext)
	return frame
}

// TestOtherForms: an overlay over IPv6 or to another port, and ESP in UDP, are opened like the form that the model sends.
func TestOtherForms(t *testing.T) {
	frame := packetOf(300)
	for _, chain := range [][]string{{"vxlan"}, {"geneve"}, {"gre"}, {"ipsec"}, {"ipsec", "vxlan"}} {
		stack := named.Stack(chain...)
		forms := map[string]func(datagram []byte) []byte{}
		if stack.Cipher == nil {
			forms["over IPv6"] = overIPv6
			if stack.Overlay != tunnel.OverGRE {
				forms["another port"] = func(datagram []byte) []byte {
					header.UDP(datagram[header.IPv4MinLen:]).SetDstPort(8472)
					return onEthernet(datagram)
				}
			}
		} else {
			forms["in UDP"] = func(datagram []byte) []byte {
				udp := header.UDP(make([]byte, header.UDPLen))
				udp.SetSrcPort(40000)
				udp.SetDstPort(4500)
				udp.SetLen(len(udp) + len(datagram) - header.IPv4MinLen)
				out := append(append(append([]byte(nil), datagram[:header.IPv4MinLen]...), udp...), datagram[header.IPv4MinLen:]...)
				h := header.IPv4(out)
				h.SetProto(header.ProtoUDP)
				h.SetTotalLen(len(out))
				h.SetChecksum(h.ComputeChecksum())
				return onEthernet(out)
			}
		}
		for name, form := range forms {
			sender := sa(t, false)
			sent := carried(t, stack, sender, frame)[header.EthernetLen:]
			r, err := tunnel.NewReceiver(stack, []tunnel.Config{sender.Config})
			require.NoError(t, err)
			o, err := r.Open(form(append([]byte(nil), sent...)))
			require.NoError(t, err, "%v %s", chain, name)
			assert.Equal(t, frame[header.EthernetLen:], o.Frame[header.EthernetLen:], "%v %s", chain, name)
		}
	}
}

// TestWhy: what was not opened is told apart.
func TestWhy(t *testing.T) {
	esp, vxlan := named.Stack("ipsec"), named.Stack("vxlan")
	sender := sa(t, false)
	good := carried(t, esp, sender, packetOf(100))
	arp := make([]byte, 60)
	arp[12], arp[13] = 8, 6
	keepalive := func() []byte {
		d := append([]byte(nil), packetOf(43)[header.EthernetLen:]...)
		h := header.IPv4(d)
		h.SetProto(header.ProtoUDP)
		h.SetChecksum(h.ComputeChecksum())
		u := header.UDP(d[header.IPv4MinLen:])
		u.SetSrcPort(4500)
		u.SetDstPort(4500)
		u.SetLen(9)
		return onEthernet(d)
	}
	for _, c := range []struct {
		stack tunnel.Stack
		frame []byte
		keys  []tunnel.Config
		why   string
	}{
		{esp, good, nil, "ESP of an association without a key"},
		{esp, arp, nil, "not IP"},
		{esp, packetOf(100), nil, "no whole ESP packet"},
		{esp, good[:len(good)-1], nil, "no whole ESP packet"},
		{esp, overIPv6(good[header.EthernetLen:]), nil, "ESP over IPv6, of which keys cannot be given"},
		{esp, keepalive(), nil, "IKE or a keepalive in UDP port 4500"},
		{vxlan, arp, nil, "not IP"},
		{vxlan, packetOf(100), nil, "not of the overlay"},
	} {
		r, err := tunnel.NewReceiver(c.stack, c.keys)
		require.NoError(t, err)
		_, err = r.Open(c.frame)
		require.Error(t, err)
		assert.Equal(t, c.why, tunnel.Why(err))
	}
}
