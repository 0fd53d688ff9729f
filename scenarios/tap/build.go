package tap

import (
	"fmt"
	"math"
	"slices"

	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/traffic"
)

// The numbers and addresses of the tunnels. Assumed: the benchmarking block of RFC 2544 for the ESP gateways, private
// addresses for the ends of the overlay inside; SPIs above those that RFC 4303 reserves. Telemetry calls the far end 1, and
// the DSN of a server 2 and up.
const (
	firstSPI = 0x1000
	farNode  = 1
	nearNode = 2
)

// builder makes the bytes of one placement's packets.
type builder struct {
	tunnels tunnel.Stack
	seed    uint64
	sources []Source
	numbers map[uint64]uint64
	sas     map[uint32]tunnel.Sender
	mirrors []Mirror
	// copies numbers the copies by key and mirror, sessions counts each mirror's copies.
	copies   map[uint64]uint32
	sessions [packet.MaxCopy + 1]uint32
	// rewrites says that services rewrite headers, and rewritten how, by key.
	rewrites  bool
	rewritten map[uint64]rewriting
}

func newBuilder(tunnels tunnel.Stack, seed uint64, sources []Source, sas map[uint32]tunnel.Sender) *builder {
	return &builder{tunnels: tunnels, seed: seed, sources: sources, sas: sas, copies: map[uint64]uint32{}}
}

// overlay reports whether an overlay carries the tenants' frames.
func (b *builder) overlay() bool { return b.tunnels.Overlay != tunnel.NoOverlay }

// protected reports whether a packet goes through the cipher: in an overlay all do, else those that are IP.
func (b *builder) protected(e *event) bool {
	s := &b.sources[e.source]
	if b.tunnels.Cipher == nil || b.overlay() || b.tunnelled(s) {
		return b.tunnels.Cipher != nil && !b.tunnelled(s)
	}
	return isIP(b.tenantFrame(e, s).data)
}

// tunnelled reports whether the capture of a source holds the packets in their tunnels already.
func (b *builder) tunnelled(s *Source) bool {
	return s.OnWire && s.Records != nil && b.tunnels.Any()
}

// tenantFrame returns the tenant's frame of an event, with the headers that it has there.
func (b *builder) tenantFrame(e *event, s *Source) frame { return b.translate(e, s, b.sentFrame(e, s)) }

// sentFrame returns the tenant's frame of an event as its source has it.
func (b *builder) sentFrame(e *event, s *Source) frame {
	if s.Inside != nil && e.record >= 0 {
		return decapsulated(e, s)
	}
	if b.tunnelled(s) {
		size := int(e.bytes[packet.Plain]) - traffic.FCS
		return frame{madeUp(e, s.Outbound, size), size, "made-up bytes: the capture holds the packet in its tunnels", true}
	}
	return recorded(e, s, packet.Plain)
}

// decapsulated returns the tenant's frame that was in the tunnels of an event's record.
func decapsulated(e *event, s *Source) frame {
	f := frame{data: s.Inside[e.record], wire: int(e.bytes[packet.Plain]) - traffic.FCS}
	if max(len(f.data), traffic.MinFrame-traffic.FCS) != f.wire { // a record that no frame holds is sent in pieces
		return frame{madeUp(e, s.Outbound, f.wire), f.wire, fmt.Sprintf("made-up bytes: record %d of the capture is no frame", e.record+1), true}
	}
	f.data = f.whole() // Ethernet padding of a short frame
	return f
}

// isIP reports whether the bytes hold an IP packet that ESP can carry.
func isIP(data []byte) bool {
	s := header.Parse(data)
	need := map[uint8]int{4: header.IPv4MinLen, 6: header.IPv6Len}[s.Version]
	return need > 0 && len(data) >= s.L3()+need
}

// bytes returns the frame of an event in the form in which it was seen, with the mark of a traffic manager whose queue was
// long.
func (b *builder) bytes(e *event) (frame, error) {
	if e.copy != 0 {
		return b.copied(e)
	}
	f, err := b.unmarked(e)
	if err == nil && e.ce {
		f = congested(f)
	}
	return f, err
}

// congested returns a frame whose outer header says that congestion was experienced (RFC 3168), where it may: a packet of the
// capture whose sender does not know ECN stays as it is, though the model takes all senders to know it.
func congested(f frame) frame {
	ip := header.IPOf(f.data)
	class, ok := header.Class(ip)
	switch {
	case !ok:
		return f
	case class&header.ECNMask == header.NotECT:
		f.note = join("the traffic manager marks it, but the packet is of no ECN-capable transport", f.note)
		return f
	}
	data := append([]byte(nil), f.data...)
	header.SetClass(header.IPOf(data), class|header.CE)
	f.data, f.note = data, join("marked: congestion experienced", f.note)
	return f
}

// unmarked returns the frame of an event without that mark.
func (b *builder) unmarked(e *event) (frame, error) {
	s := &b.sources[e.source]
	if refused := s.Inside != nil && e.record >= 0 && s.Inside[e.record] == nil; b.tunnelled(s) && (e.form == tunnelled || refused) {
		return recorded(e, s, packet.Tunnelled), nil
	}
	f := capable(e, marked(e, b.tenantFrame(e, s)))
	if e.form == tenant || !b.tunnels.Any() || e.form == decrypted && !b.overlay() {
		return f, nil
	}
	cipher := e.form == tunnelled && b.tunnels.Cipher != nil
	if cipher && !b.protected(e) {
		f.note = join(f.note, fmt.Sprintf("not IP: %s tunnel mode does not carry it, though the model charges %d B", b.tunnels.Cipher.Title, e.bytes[packet.Tunnelled]))
		return f, nil
	}
	out, err := b.wrap(e, s, &f, cipher)
	if err != nil {
		return f, err
	}
	size := len(out)
	if e.form == tunnelled {
		// Ethernet padding, where made-up traffic as on the wire is longer than the tunnels can make it.
		size = max(size, int(e.bytes[packet.Tunnelled])-traffic.FCS)
	}
	w := frame{data: out, wire: size, note: f.note}
	if missing := f.wire - len(f.data); missing > 0 && cipher {
		w.note = join(w.note, fmt.Sprintf("the last %d B of the tenant's frame were not captured and are zeros", missing))
	} else if missing > 0 {
		w.data = out[:len(out)-missing]
		return w, nil
	}
	w.data = w.whole()
	return w, nil
}

// capable returns a frame that is made up with ECT(0), where the packet is marked: the model takes all senders to know ECN.
func capable(e *event, f frame) frame {
	ip := header.IPOf(f.data)
	if class, ok := header.Class(ip); e.ce && f.made && ok && class&header.ECNMask == header.NotECT {
		header.SetClass(ip, class|header.ECT0)
	}
	return f
}

// wrap returns a frame inside the overlay or the cipher or both.
func (b *builder) wrap(e *event, s *Source, f *frame, cipher bool) ([]byte, error) {
	src, dst := farMAC, nearMAC(s.Server)
	if s.Outbound {
		src, dst = dst, src
	}
	whole := f.whole()
	out := make([]byte, header.EthernetLen, len(whole)+128)
	ethernet(out, src, dst)
	inside, err := whole, error(nil)
	if b.overlay() {
		net := tunnel.Carrier{Ends: ends(overlayFar, overlayNear, s), Tenant: b.tunnels.FirstTenant + e.sa - s.FirstSA, Hash: e.hash}
		if b.tunnels.Telemetry {
			net.Hop = hopOf(e, s)
		}
		if !cipher {
			return b.tunnels.Encapsulate(out, whole, net)
		}
		if inside, err = b.tunnels.Encapsulate(nil, whole, net); err != nil {
			return nil, err
		}
	} else {
		// The model charges for all behind an untagged Ethernet header: what is no IP is traffic flow padding.
		parsed := header.Parse(f.data)
		inside = append(slices.Clone(whole[parsed.L3():]), make([]byte, parsed.L3()-header.EthernetLen)...)
	}
	sa, err := b.sa(e, s)
	if err != nil {
		return nil, err
	}
	return sa.AppendNth(out, inside, b.numbers[e.key], e.hash)
}

// hopOf returns what the telemetry source writes into a packet: outbound the DSN, which knows when it got the packet and
// when it sent it on; inbound the far end, whose time of sending is all that the model knows.
func hopOf(e *event, s *Source) tunnel.Hop {
	if !s.Outbound {
		return tunnel.Hop{Node: farNode, LatencyNs: tunnel.UnknownLatency, IngressNs: tunnel.UnknownTime, EgressNs: uint64(e.sent.Ps() / 1000)}
	}
	in, spent := e.chainIn.Ps(), e.chainTime
	return tunnel.Hop{Node: nearNode + uint32(s.Server), LatencyNs: uint32(min(int64(spent)/1000, math.MaxUint32)),
		IngressNs: uint64(in / 1000), EgressNs: uint64((in + int64(spent)) / 1000)}
}

// sa returns the security association of an event, making it the first time.
func (b *builder) sa(e *event, s *Source) (tunnel.Sender, error) {
	spi := firstSPI + e.sa
	if sa, ok := b.sas[spi]; ok {
		return sa, nil
	}
	sa, err := b.tunnels.Cipher.Sender(&b.tunnels, tunnel.Association{Ends: ends(gatewayFar, gatewayNear, s), SPI: spi, Seed: b.seed})
	if err == nil {
		b.sas[spi] = sa
	}
	return sa, err
}

// The two ends of the tunnels: the far end, and a server's DSN, whose number is in the last two bytes.
var (
	gatewayFar, gatewayNear = [4]byte{198, 18, 0, 1}, [4]byte{198, 19}
	overlayFar, overlayNear = [4]byte{172, 16, 0, 1}, [4]byte{172, 17}
	farMAC                  = header.MAC{2, 0, 0, 0, 0, 1}
)

// ends returns the outer addresses for the packets of a source.
func ends(far, near [4]byte, s *Source) tunnel.Ends {
	near[2], near[3] = byte(s.Server>>8), byte(s.Server)
	if s.Outbound {
		return tunnel.Ends{Src: near, Dst: far}
	}
	return tunnel.Ends{Src: far, Dst: near}
}

func nearMAC(server int) header.MAC { return header.MAC{2, 0, 0, 3, byte(server >> 8), byte(server)} }

// join puts two remarks into one.
func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}
