package capture_test

import (
	"io/fs"
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
	key                     header.Key
	vlans                   int
	hasIP, fragment, ported bool
}

// decode returns gopacket's view of a frame, and false where it has no clean one of the outer headers. It stops in
// front of an inner packet, and of what is not compared.
func decode(data []byte) (o outer, clean bool) {
	packet := gopacket.NewPacket(data, layers.LayerTypeEthernet, gopacket.NoCopy)
	for _, layer := range packet.Layers() {
		if len(layer.LayerContents()) == 0 || layer.LayerType() == gopacket.LayerTypeDecodeFailure {
			return o, false // gopacket adds a layer that it could not decode, too
		}
		if o.take(layer) {
			break
		}
	}
	return o, o.hasIP
}

// take takes up a layer and reports whether it is the last that counts.
func (o *outer) take(layer gopacket.Layer) (last bool) {
	switch l := layer.(type) {
	case *layers.Ethernet:
	case *layers.Dot1Q:
		o.vlans++
	case *layers.IPv4:
		if o.hasIP {
			return true
		}
		o.address(uint8(l.Protocol), l.SrcIP.To4(), l.DstIP.To4())
		o.fragment = l.FragOffset != 0 || l.Flags&layers.IPv4MoreFragments != 0
		o.hasIP = l.Version == 4 // gopacket does not check it
		return o.fragment
	case *layers.IPv6:
		if o.hasIP {
			return true
		}
		o.address(uint8(l.NextHeader), l.SrcIP, l.DstIP)
		o.key.V6 = true
		o.hasIP = l.Version == 6
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
		return true
	case *layers.TCP:
		return o.ports(uint16(l.SrcPort), uint16(l.DstPort))
	case *layers.UDP:
		return o.ports(uint16(l.SrcPort), uint16(l.DstPort))
	case *layers.SCTP:
		return o.ports(uint16(l.SrcPort), uint16(l.DstPort))
	default:
		return true
	}
	return false
}

func (o *outer) address(proto uint8, src, dst []byte) {
	o.key.Proto = proto
	copy(o.key.Src[:], src)
	copy(o.key.Dst[:], dst)
}

func (o *outer) ports(src, dst uint16) (last bool) {
	o.key.SrcPort, o.key.DstPort, o.ported = src, dst, true
	return true
}

// TestParseAgreesWithGopacket compares the five-tuple of every packet that gopacket decodes.
func TestParseAgreesWithGopacket(t *testing.T) {
	compared, ported := 0, 0
	for _, c := range captures(t) {
		for i, r := range c.Records {
			want, clean := decode(r.Data)
			if !clean || want.vlans > header.MaxVLANs {
				continue
			}
			got := header.Parse(r.Data)
			compared++
			switch {
			case want.ported:
				ported++
			case want.fragment: // gopacket stops in front of the ports
				assert.True(t, got.Fragment != header.Whole || got.ExtHeaders > 0, "%s record %d: %+v", c.File, i+1, got)
				got.Key.SrcPort, got.Key.DstPort = 0, 0
			}
			if got.Key != want.key || int(got.VLANs) != want.vlans {
				t.Errorf("%s record %d: parsed %+v, gopacket %+v", filepath.Base(c.File), i+1, got, want)
			}
		}
	}
	t.Logf("%d packets compared, %d of them with ports", compared, ported)
	assert.Greater(t, compared, 150_000)
	assert.Greater(t, ported, 110_000)
}

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
