package capture_test

import (
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/internal/shareddata"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/header"
)

// These tests are here and not beside sim/header, since only this package may import gopacket.

// captures returns the shared captures that can be read.
func captures(t *testing.T) (all []*capture.Capture) {
	root := shareddata.Path(t, "data", "pcap")
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if c, err := capture.Read(path); err == nil {
			all = append(all, c)
		}
		return nil
	}))
	require.NotEmpty(t, all)
	return all
}

// outer is what gopacket finds in a frame, down to the first transport header.
type outer struct {
	key       header.Key
	vlans     int
	fragment  bool
	transport bool
}

// decode returns gopacket's view of a frame, and false where it reports an error in the outer headers or does not get
// down to a header that can be compared.
func decode(data []byte) (o outer, ok bool) {
	p := gopacket.NewPacket(data, layers.LayerTypeEthernet, gopacket.DecodeOptions{NoCopy: true, Lazy: true})
	for _, layer := range p.Layers() {
		switch l := layer.(type) {
		case *layers.Ethernet:
		case *layers.Dot1Q:
			o.vlans++
		case *layers.IPv4:
			o.key.Proto = uint8(l.Protocol)
			copy(o.key.Src[:], l.SrcIP.To4())
			copy(o.key.Dst[:], l.DstIP.To4())
			o.fragment = l.FragOffset != 0 || l.Flags&layers.IPv4MoreFragments != 0
			ok = true
			if o.fragment || l.Protocol == layers.IPProtocolIPv4 || l.Protocol == layers.IPProtocolIPv6 {
				return o, ok
			}
		case *layers.IPv6:
			if ok {
				return o, ok
			}
			o.key.V6 = true
			o.key.Proto = uint8(l.NextHeader)
			copy(o.key.Src[:], l.SrcIP)
			copy(o.key.Dst[:], l.DstIP)
			ok = true
		case *layers.IPv6HopByHop:
			o.key.Proto = uint8(l.NextHeader)
		case *layers.IPv6Destination:
			o.key.Proto = uint8(l.NextHeader)
		case *layers.IPv6Routing:
			o.key.Proto = uint8(l.NextHeader)
		case *layers.IPSecAH:
			o.key.Proto = uint8(l.NextHeader)
		case *layers.IPv6Fragment:
			o.key.Proto = uint8(l.NextHeader)
			o.fragment = true
			return o, ok
		case *layers.TCP:
			o.key.SrcPort, o.key.DstPort, o.transport = uint16(l.SrcPort), uint16(l.DstPort), true
			return o, ok
		case *layers.UDP:
			o.key.SrcPort, o.key.DstPort, o.transport = uint16(l.SrcPort), uint16(l.DstPort), true
			return o, ok
		case *layers.SCTP:
			o.key.SrcPort, o.key.DstPort, o.transport = uint16(l.SrcPort), uint16(l.DstPort), true
			return o, ok
		case *gopacket.DecodeFailure:
			return o, false
		default:
			return o, ok
		}
	}
	return o, ok
}

// TestParseAgreesWithGopacket compares the five-tuple of every packet that gopacket decodes.
func TestParseAgreesWithGopacket(t *testing.T) {
	compared, ported, different := 0, 0, 0
	for _, c := range captures(t) {
		for i, r := range c.Records {
			want, ok := decode(r.Data)
			if !ok || want.vlans > header.MaxVLANs {
				continue
			}
			got := header.Parse(r.Data)
			if want.fragment { // gopacket stops in front of the ports
				got.Key.SrcPort, got.Key.DstPort = 0, 0
			}
			compared++
			if want.transport {
				ported++
			}
			if got.Key != want.key || int(got.VLANs) != want.vlans || want.fragment && got.ExtHeaders == 0 && got.Fragment == header.Whole {
				different++
				if different < 20 {
					t.Errorf("%s record %d: parsed %+v, gopacket %+v", filepath.Base(c.File), i+1, got, want)
				}
			}
		}
	}
	t.Logf("%d packets compared, %d of them with ports, %d differ", compared, ported, different)
	assert.Greater(t, ported, 100_000)
}

var _ = netip.Addr{}

// TestNgAgreesWithGopacket reads the pcapng captures with pcapgo too: the same frames at the same times.
func TestNgAgreesWithGopacket(t *testing.T) {
	compared := 0
	for _, c := range captures(t) {
		if c.Format[:6] != "pcapng" {
			continue
		}
		file, err := os.Open(c.File)
		require.NoError(t, err)
		defer file.Close()
		r, err := pcapgo.NewNgReader(file, pcapgo.NgReaderOptions{WantMixedLinkType: true})
		require.NoError(t, err, c.File)
		for i, record := range c.Records {
			data, info, err := r.ReadPacketData()
			require.NoError(t, err, "%s record %d", c.File, i+1)
			require.Equal(t, data, record.Data)
			require.Equal(t, info.Length, record.Wire)
			require.Equal(t, info.Timestamp.UnixNano(), record.TimeNs, "%s record %d", c.File, i+1)
			compared++
		}
		_, _, err = r.ReadPacketData()
		require.Error(t, err, "no record is left")
	}
	t.Log(compared, "records compared")
	assert.Greater(t, compared, 1000)
}
