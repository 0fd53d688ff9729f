package parse_test

import (
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic/parse"
	"github.com/dsnsim/dsnsim/asic/service"
	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/internal/named"
	"github.com/dsnsim/dsnsim/internal/shareddata"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/units"
)

func dsn(t *testing.T) *profile.DSN {
	p, err := profile.Load("reference-100g")
	require.NoError(t, err)
	return &p.DSN
}

func compile(t *testing.T, services ...string) *parse.Graph {
	g, err := parse.Compile(service.Levels(named.Chain(services...)), dsn(t))
	require.NoError(t, err)
	return g
}

// The PHV of a chain by hand: metadata 256; Ethernet 112, tags 2 x 32, the larger IP 320, extensions 4 x 48, the largest
// transport 160; a VXLAN tunnel 112 + 160 + 64 + 64; ESP 112 + 160 + 64.
func TestPHVByHand(t *testing.T) {
	const meta, tenant, vxlan, ipsec = 256, 112 + 64 + 320 + 192 + 160, 112 + 160 + 64 + 64, 112 + 160 + 64
	assert.Equal(t, meta+tenant, compile(t).Bits)
	assert.Equal(t, meta+tenant, compile(t, "firewall", "route").Bits, "services without a tunnel add no headers")
	assert.Equal(t, meta+tenant+vxlan, compile(t, "vxlan").Bits)
	assert.Equal(t, meta+tenant+vxlan+ipsec, compile(t, "ipsec", "vxlan", "firewall").Bits)
	assert.Equal(t, meta+tenant+vxlan+8*tunnel.TelemetryLen, compile(t, "geneve", "telemetry").Bits)
	assert.Len(t, compile(t, "ipsec", "vxlan").Levels, 3)
	assert.Equal(t, 3+4+8, compile(t, "ipsec", "vxlan").States())
}

// A chip whose PHV is too small for the headers of a chain says what they need and what it has.
func TestPHVIsRefusedWithTheNeedAndTheRoom(t *testing.T) {
	d := dsn(t)
	d.Parser.PHV.Value = 1500
	_, err := parse.Compile(service.Levels(named.Chain("vxlan")), d)
	require.EqualError(t, err, "the headers of the chain need 1504 bits of the PHV (vxlan 400, tenant 848, metadata 256); the chip has 1500")
	d.Parser.PHV.Value = 1504
	_, err = parse.Compile(service.Levels(named.Chain("vxlan")), d)
	require.NoError(t, err)
	d.Parser.Extensions.Value = 3
	g, err := parse.Compile(service.Levels(named.Chain("vxlan")), d)
	require.NoError(t, err)
	assert.Equal(t, 1504-48, g.Bits, "each extension header less needs 48 bits less")
}

// What is ahead of the tenant's headers is what the builders of the tunnels put there.
func TestAheadIsTheTunnels(t *testing.T) {
	for _, c := range []struct {
		services []string
		want     units.Bytes
	}{
		{nil, 0}, {[]string{"ipsec"}, 0}, {[]string{"vxlan"}, header.EthernetLen + tunnel.VXLANOverhead},
		{[]string{"ipsec", "geneve"}, header.EthernetLen + tunnel.GeneveOverhead}, {[]string{"gre"}, header.EthernetLen + tunnel.GREOverhead},
		{[]string{"ipsec", "geneve", "telemetry", "firewall"}, header.EthernetLen + tunnel.GeneveOverhead + tunnel.TelemetryLen},
	} {
		assert.Equal(t, c.want, compile(t, c.services...).Ahead(), c.services)
	}
}

// frame builds an Ethernet frame: tags, then IPv6 with n destination options of 8 bytes, then TCP.
func frame(tags, extensions int) []byte {
	data := make([]byte, 12)
	for range tags {
		data = append(data, 0x81, 0x00, 0, 7)
	}
	data = append(data, 0x86, 0xdd)
	ip := make([]byte, header.IPv6Len)
	ip[0] = 0x60
	next := func(i int) byte {
		if i < extensions {
			return 60
		}
		return header.ProtoTCP
	}
	length := 8*extensions + 20
	ip[4], ip[5], ip[6], ip[7] = byte(length>>8), byte(length), next(0), 64
	data = append(data, ip...)
	for i := range extensions {
		data = append(data, next(i+1), 0, 1, 4, 0, 0, 0, 0)
	}
	tcp := make([]byte, 20)
	tcp[12] = 0x50
	return append(data, tcp...)
}

// A parser reaches what its window, its extension states and its tag states cover, to the byte.
func TestReaches(t *testing.T) {
	d := dsn(t)
	for _, c := range []struct {
		tags, extensions int
		bytes            uint16
		window           units.Bytes
		tunnels          units.Bytes
		want             bool
	}{
		{0, 0, 74, 74, 0, true},
		{0, 0, 74, 73, 0, false},
		{0, 0, 74, 123, 50, false},
		{0, 0, 74, 124, 50, true},
		{2, 0, 82, 256, 0, true},
		{3, 0, 22, 256, 0, false}, // the third tag is where Parse ends
		{0, 4, 106, 256, 0, true},
		{0, 5, 114, 256, 0, false},
	} {
		d.Parser.Window.Value = c.window
		g, err := parse.Compile(nil, d)
		require.NoError(t, err)
		s := parse.ShapeOf(frame(c.tags, c.extensions))
		assert.Equal(t, c.bytes, s.Bytes, "%+v", c)
		assert.Equal(t, c.want, g.Reaches(s, c.tunnels), "%+v", c)
	}
}

// Reading costs cycles by the bytes, and nothing behind the window.
func TestCycles(t *testing.T) {
	d := dsn(t)
	d.ParserBytesPerCycle.Value, d.Parser.Window.Value = 16, 100
	g, err := parse.Compile(nil, d)
	require.NoError(t, err)
	for bytes, want := range map[units.Bytes]units.Cycles{1: 1, 16: 1, 17: 2, 54: 4, 100: 7, 112: 7, 5000: 7} {
		assert.Equal(t, want, g.Cycles(bytes), "%d B", bytes)
	}
}

// Whatever the bytes, a shape is that of the headers that sim/header finds.
func FuzzShapeOf(f *testing.F) {
	f.Add(frame(0, 0))
	f.Add(frame(3, 0))
	f.Add(frame(1, 6))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, h := parse.ShapeOf(data), header.Parse(data)
		require.LessOrEqual(t, int(s.Bytes), len(data))
		require.Equal(t, int(h.HeaderBytes)&0xffff, int(s.Bytes))
		require.Equal(t, h.ExtHeaders, s.Extensions)
	})
}

// The frames of real captures fit the reference chip's parser, but for those made to be odd.
func TestRealFramesAreReached(t *testing.T) {
	g := compile(t, "ipsec", "vxlan")
	frames, deep := 0, 0
	require.NoError(t, filepath.WalkDir(shareddata.Path(t, "data", "pcap"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		c, err := capture.Read(path)
		if err != nil {
			return nil // corrupt on purpose
		}
		for i := range c.Records {
			frames++
			if !g.Reaches(parse.ShapeOf(c.Records[i].Data), g.Ahead()) {
				deep++
			}
		}
		return nil
	}))
	t.Logf("%d of %d frames are too deep", deep, frames)
	assert.Greater(t, frames, 1000)
	assert.Less(t, deep, frames/1000)
}
