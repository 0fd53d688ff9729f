package tap

import (
	"fmt"

	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/traffic"
)

// Mirror is what a Recorder must know of a mirror of the chain.
type Mirror struct {
	// Encrypted says that it stands in front of ipsec, InOverlay that it stands in front of an overlay; else it copies the
	// tenants' frames.
	Encrypted, InOverlay bool
	// Net says that it stands on the network's side of the services that rewrite headers.
	Net bool
	// Snap is how many bytes of a frame without FCS it copies at most.
	Snap int
	// GRE says that copies go in GRE, else in ERSPAN.
	GRE bool
	// Marked says that packets inbound, and outbound, come to it with the DSCP that policers give them.
	Marked [2]bool
}

// collector is where copies go. Assumed: an address of the benchmarking block of RFC 2544, like the gateways'.
var collector = [4]byte{198, 18, 255, 1}

// form is what the mirror copies.
func (m *Mirror) form() form {
	switch {
	case m.Encrypted:
		return tunnelled
	case m.InOverlay:
		return decrypted
	}
	return tenant
}

// copied returns the frame of a copy.
func (b *builder) copied(e *event) (frame, error) {
	s, m := &b.sources[e.source], &b.mirrors[e.copy-1]
	f, err := b.bytes(b.original(e, s, m))
	if err != nil {
		return f, err
	}
	kept := frame{data: f.data[:min(len(f.data), m.Snap)], wire: min(f.wire, m.Snap)}
	missing := kept.wire - len(kept.data)
	out := make([]byte, header.EthernetLen, kept.wire+128)
	ethernet(out, nearMAC(s.Server), farMAC)
	outbound := *s
	outbound.Outbound = true
	to := ends(collector, gatewayNear, &outbound)
	if m.GRE {
		out, err = tunnel.GRE{Ends: to, Key: uint32(e.copy)}.Append(out, kept.whole())
	} else {
		session := tunnel.ERSPAN{Ends: to, Session: uint16(e.copy), Index: uint32(direction(s)), Truncated: f.wire > m.Snap}
		out, err = session.Append(out, kept.whole(), b.copyNumber(e))
	}
	if err != nil {
		return f, err
	}
	w := frame{data: out[:len(out)-missing], wire: max(len(out), traffic.MinFrame-traffic.FCS),
		note: join(fmt.Sprintf("copy by mirror %d", e.copy), f.note)}
	if missing == 0 {
		w.data = w.whole() // Ethernet padding
	}
	return w, nil
}

// original returns the event of the packet that a copy was made of, where it was made.
func (b *builder) original(e *event, s *Source, m *Mirror) *event {
	o := *e
	o.copy, o.net = 0, m.Net
	o.bytes[packet.Tunnelled] = b.tunnels.Frame(o.bytes[packet.Plain])
	if b.tunnelled(s) && o.record >= 0 {
		o.bytes[packet.Tunnelled] = uint32(max(s.Records[o.record].Wire+traffic.FCS, traffic.MinFrame))
	}
	if !m.Marked[direction(s)] {
		o.mark = 0
	}
	return &o
}

// copyNumber returns the number of a copy in its session, from 0, in the order of the calls.
func (b *builder) copyNumber(e *event) uint32 {
	key := e.key | uint64(e.copy)<<60
	n, known := b.copies[key]
	if !known {
		n = b.sessions[e.copy]
		b.sessions[e.copy]++
		b.copies[key] = n
	}
	return n
}

// direction returns 0 for a source inbound and 1 for one outbound.
func direction(s *Source) int {
	if s.Outbound {
		return 1
	}
	return 0
}

// marked returns a frame with the DSCP that a service has given the packet.
func marked(e *event, f frame) frame {
	if e.mark == 0 {
		return f
	}
	dscp := e.mark &^ packet.Marked
	data := append([]byte(nil), f.data...)
	if header.SetDSCP(data, dscp) {
		f.data, f.note = data, join(fmt.Sprintf("marked with DSCP %d", dscp), f.note)
	}
	return f
}
