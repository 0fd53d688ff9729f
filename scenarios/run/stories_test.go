package run

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/header"
)

// told is a frame of a story: who sends it when is said by its place.
type told struct {
	outbound bool
	frame    []byte
	vf       int // of the entry of the traffic that has it, -1 for none that names one
}

func sends(frame []byte) told            { return told{true, frame, -1} }
func gets(frame []byte) told             { return told{false, frame, -1} }
func (o told) of(vf int) told            { o.vf = vf; return o }
func (o told) tagged(ids ...uint16) told { o.frame = tagged(o.frame, ids...); return o }

// story returns a scenario of one server with two VMs in which frames come one by one, 50 us apart, in the given order. rest has
// services and what else the scenario needs.
func story(t testing.TB, rest string, frames ...told) string {
	t.Helper()
	type entry struct {
		outbound bool
		vf       int
	}
	dir, lists, order := t.TempDir(), map[entry][]capture.Record{}, []entry{}
	for i, f := range frames {
		e := entry{f.outbound, f.vf}
		if lists[e] == nil { // times count from the first record, so all captures begin with one that nobody judges
			arp := make([]byte, 60)
			header.Ethernet(arp).SetEtherType(header.EtherTypeARP)
			lists[e], order = []capture.Record{{Wire: len(arp), Data: arp}}, append(order, e)
		}
		lists[e] = append(lists[e], capture.Record{TimeNs: int64(i+1) * 50_000, Wire: len(f.frame), Data: f.frame})
	}
	var text strings.Builder
	fmt.Fprintf(&text, "version: 1\nrack: {servers: 1, server: {vms: 2, nic: {rate: 100Gbps}}, uplink: 100Gbps}\n%s\ntraffic:\n", rest)
	for i, e := range order {
		path := filepath.Join(dir, fmt.Sprintf("%d.pcap", i))
		file, err := os.Create(path)
		require.NoError(t, err)
		w, err := capture.NewWriter(file)
		require.NoError(t, err)
		for _, r := range lists[e] {
			require.NoError(t, w.Write(r))
		}
		require.NoError(t, file.Close())
		direction, vf := "inbound", ""
		if e.outbound {
			direction = "outbound"
		}
		if e.vf >= 0 {
			vf = fmt.Sprintf(", vf: %d", e.vf)
		}
		fmt.Fprintf(&text, "  - {name: e%d, pcap: %q, direction: %s, loop: false, arrivals: recorded%s}\n", i, path, direction, vf)
	}
	fmt.Fprintf(&text, "run: {duration: %dus, warmup: 0s}\nplacements: [nic]\n", 50*len(frames)+200)
	return text.String()
}

// guarded is a firewall that lets in only what belongs to a flow that began inside.
const guarded = "services: [{firewall: {rules: [{action: permit, src: 10.0.0.0/8}, {action: permit, src: 'fd00::/16'}], default: deny, stateful: true}}, route]"

// drops returns how many packets of a story are lost for a reason, in a placement.
func drops(t testing.TB, text, placement, reason string) int {
	t.Helper()
	m := metrics(t, text, "placements=["+placement+"]")
	return int(m["drops."+reason])
}

// ipFrame returns a frame with an IP packet, of which both addresses are of one family.
func ipFrame(src, dst string, proto uint8, segment []byte) []byte {
	from, to := netip.MustParseAddr(src), netip.MustParseAddr(dst)
	if from.Is4() {
		frame := make([]byte, header.EthernetLen+header.IPv4MinLen, 1600)
		header.Ethernet(frame).SetEtherType(header.EtherTypeIPv4)
		h := header.IPv4(frame[header.EthernetLen:])
		h.SetHeaderLen(header.IPv4MinLen)
		h.SetTotalLen(header.IPv4MinLen + len(segment))
		h.SetTTL(64)
		h.SetProto(proto)
		h.SetSrc(from.As4())
		h.SetDst(to.As4())
		h.SetChecksum(h.ComputeChecksum())
		return append(frame, segment...)
	}
	frame := make([]byte, header.EthernetLen+header.IPv6Len, 1600)
	header.Ethernet(frame).SetEtherType(header.EtherTypeIPv6)
	h := header.IPv6(frame[header.EthernetLen:])
	h.SetFirst(0, 0)
	h.SetPayloadLen(len(segment))
	h.SetNextHeader(proto)
	h.SetHopLimit(64)
	h.SetSrc(from.As16())
	h.SetDst(to.As16())
	return append(frame, segment...)
}

// summed sets the checksum of a frame's transport header.
func summed(frame []byte) []byte {
	s := header.Parse(frame)
	segment, at := frame[s.L4:], map[uint8]int{header.ProtoTCP: 16, header.ProtoUDP: 6, header.ProtoICMP: 2, header.ProtoICMPv6: 2}[s.Key.Proto]
	sum := header.TransportChecksum(&s.Key, s.Key.Proto, segment)
	if s.Key.Proto == header.ProtoICMP {
		sum = header.Checksum(segment)
	}
	binary.BigEndian.PutUint16(segment[at:], sum)
	return frame
}

func tcpFrame(src string, sport uint16, dst string, dport uint16, flags uint8) []byte {
	h := header.TCP(make([]byte, header.TCPMinLen))
	h.SetSrcPort(sport)
	h.SetDstPort(dport)
	h.SetHeaderLen(header.TCPMinLen)
	h.SetFlags(flags)
	return summed(ipFrame(src, dst, header.ProtoTCP, h))
}

func udpFrame(src string, sport uint16, dst string, dport uint16) []byte {
	h := header.UDP(make([]byte, header.UDPLen+24))
	h.SetSrcPort(sport)
	h.SetDstPort(dport)
	h.SetLen(len(h))
	return summed(ipFrame(src, dst, header.ProtoUDP, h))
}

// icmpFrame returns an ICMP or ICMPv6 message with four bytes that depend on the type, of which the first two are an identifier.
func icmpFrame(src, dst string, kind uint8, id uint16, payload []byte) []byte {
	h := make([]byte, header.ICMPLen, header.ICMPLen+len(payload))
	h[0] = kind
	binary.BigEndian.PutUint16(h[4:], id)
	proto := uint8(header.ProtoICMP)
	if netip.MustParseAddr(src).Is6() {
		proto = header.ProtoICMPv6
	}
	return summed(ipFrame(src, dst, proto, append(h, payload...)))
}

// errorAbout returns an ICMP error of a type that quotes the start of a frame's packet.
func errorAbout(frame []byte, kind uint8, src, dst string, quote int) []byte {
	packet := frame[header.EthernetLen:]
	return icmpFrame(src, dst, kind, 0, packet[:min(quote, len(packet))])
}

// tagged puts VLAN tags into an untagged frame, the outer first.
func tagged(frame []byte, ids ...uint16) []byte {
	out := append([]byte(nil), frame[:header.EthernetLen-2]...)
	for _, id := range ids {
		out = binary.BigEndian.AppendUint16(out, header.EtherTypeVLAN)
		out = binary.BigEndian.AppendUint16(out, id)
	}
	return append(out, frame[header.EthernetLen-2:]...)
}
