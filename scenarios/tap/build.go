package tap

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/traffic"
)

// The numbers and addresses of the tunnels. Assumed: the benchmarking block of RFC 2544 for the ESP gateways, private
// addresses for the VXLAN ends inside; SPIs above those that RFC 4303 reserves, and VNIs above the 4096 VLAN ids.
const (
	firstSPI = 0x1000
	firstVNI = 0x1000
)

// keyLen is that of AES-128.
const keyLen = 16

// builder makes the bytes of one placement's packets.
type builder struct {
	ipsec, vxlan bool
	seed         uint64
	sources      []Source
	numbers      map[uint64]uint64
	sas          map[uint32]*tunnel.SA
}

func newBuilder(chain []string, seed uint64, sources []Source, sas map[uint32]*tunnel.SA) *builder {
	return &builder{ipsec: slices.Contains(chain, "ipsec"), vxlan: slices.Contains(chain, "vxlan"),
		seed: seed, sources: sources, sas: sas}
}

// protected reports whether a packet goes through ESP: under VXLAN all do, else those that are IP.
func (b *builder) protected(e *event) bool {
	s := &b.sources[e.source]
	if !b.ipsec || b.vxlan || b.tunnelled(s) {
		return b.ipsec && !b.tunnelled(s)
	}
	return isIP(b.tenantFrame(e, s).data)
}

// tunnelled reports whether the capture of a source holds the packets in their tunnels already.
func (b *builder) tunnelled(s *Source) bool {
	return s.OnWire && s.Records != nil && (b.ipsec || b.vxlan)
}

// tenantFrame returns the tenant's frame of an event.
func (b *builder) tenantFrame(e *event, s *Source) frame {
	if b.tunnelled(s) {
		size := int(e.bytes[packet.Plain]) - traffic.FCS
		return frame{madeUp(e, s.Outbound, size), size, "made-up bytes: the capture holds the packet in its tunnels"}
	}
	return recorded(e, s, packet.Plain)
}

// isIP reports whether the bytes hold an IP packet that ESP can carry.
func isIP(data []byte) bool {
	s := header.Parse(data)
	need := map[uint8]int{4: header.IPv4MinLen, 6: header.IPv6Len}[s.Version]
	return need > 0 && len(data) >= s.L3()+need
}

// bytes returns the frame of an event in the form in which it was seen.
func (b *builder) bytes(e *event) (frame, error) {
	s := &b.sources[e.source]
	if e.form == tunnelled && b.tunnelled(s) {
		return recorded(e, s, packet.Tunnelled), nil
	}
	f := b.tenantFrame(e, s)
	if e.form == tenant || !b.ipsec && !b.vxlan || e.form == decrypted && !b.vxlan {
		return f, nil
	}
	esp := e.form == tunnelled && b.ipsec
	if esp && !b.protected(e) {
		f.note = join(f.note, fmt.Sprintf("not IP: ESP tunnel mode does not carry it, though the model charges %d B", e.bytes[packet.Tunnelled]))
		return f, nil
	}
	out, err := b.wrap(e, s, &f, esp)
	if err != nil {
		return f, err
	}
	size := len(out)
	if e.form == tunnelled {
		// Ethernet padding, where made-up traffic as on the wire is longer than the tunnels can make it.
		size = max(size, int(e.bytes[packet.Tunnelled])-traffic.FCS)
	}
	w := frame{out, size, f.note}
	if missing := f.wire - len(f.data); missing > 0 && esp {
		w.note = join(w.note, fmt.Sprintf("the last %d B of the tenant's frame were not captured and are zeros", missing))
	} else if missing > 0 {
		w.data = out[:len(out)-missing]
		return w, nil
	}
	w.data = w.whole()
	return w, nil
}

// wrap returns a frame inside VXLAN or ESP or both.
func (b *builder) wrap(e *event, s *Source, f *frame, esp bool) ([]byte, error) {
	src, dst := farMAC, nearMAC(s.Server)
	if s.Outbound {
		src, dst = dst, src
	}
	whole := f.whole()
	out := make([]byte, header.EthernetLen, len(whole)+128)
	ethernet(out, src, dst)
	inside, err := whole, error(nil)
	if b.vxlan {
		net := tunnel.VXLAN{Ends: ends(vxlanFar, vxlanNear, s), VNI: (firstVNI + e.sa - s.FirstSA) & tunnel.MaxVNI}
		if !esp {
			return net.Append(out, whole, e.hash)
		}
		if inside, err = net.Append(nil, whole, e.hash); err != nil {
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
	return sa.AppendAt(out, inside, b.numbers[e.key])
}

// sa returns the security association of an event, making it the first time. Its key is a hash of the seed and its
// SPI: everybody can know it, and the file with the keys says it.
func (b *builder) sa(e *event, s *Source) (*tunnel.SA, error) {
	spi := firstSPI + e.sa
	if sa, ok := b.sas[spi]; ok {
		return sa, nil
	}
	material := append([]byte("dsnsim ESP key"), binary.BigEndian.AppendUint64(nil, b.seed)...)
	sum := sha256.Sum256(binary.BigEndian.AppendUint32(material, spi))
	sa, err := tunnel.NewSA(tunnel.Config{Ends: ends(gatewayFar, gatewayNear, s), SPI: spi, Key: sum[:keyLen],
		Salt: [tunnel.SaltLen]byte(sum[keyLen:])})
	if err == nil {
		b.sas[spi] = sa
	}
	return sa, err
}

// The two ends of the tunnels: the far one, and that of a server's DSN, whose number is in the last two bytes.
var (
	gatewayFar, gatewayNear = [4]byte{198, 18, 0, 1}, [4]byte{198, 19}
	vxlanFar, vxlanNear     = [4]byte{172, 16, 0, 1}, [4]byte{172, 17}
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
