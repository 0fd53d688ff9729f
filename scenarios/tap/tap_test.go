package tap

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/asic/psp"
	"github.com/dsnsim/dsnsim/asic/tunnel"
	"github.com/dsnsim/dsnsim/internal/named"
	"github.com/dsnsim/dsnsim/sim"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

var chains = [][]string{{"ipsec", "vxlan", "firewall", "route"}, {"ipsec", "firewall"}, {"vxlan"}, {"firewall", "route"},
	{"geneve"}, {"gre"}, {"ipsec", "gre"}, {"geneve", "telemetry"}, {"ipsec", "geneve", "telemetry"}, {"psp"}, {"psp", "vxlan"}}

// at returns the event of a frame of a size with FCS.
func at(chain []string, size uint32, f form, record int32) *event {
	return &event{key: 3, bytes: [2]uint32{packet.Plain: size, packet.Tunnelled: named.Tunnelled(chain, size)}, form: f,
		record: record, sa: 5, hash: 77, flow: 9}
}

// receiver undoes the tunnels of a frame as the far end of an association would.
func receiver(t require.TestingT, chain []string, b *builder, data []byte) []byte {
	inside := data[header.EthernetLen:]
	if slices.Contains(chain, "ipsec") {
		require.Len(t, b.sas, 1)
		for _, own := range b.sas {
			far, err := tunnel.NewSA(own.(*tunnel.SA).Config)
			require.NoError(t, err)
			inside, _, err = far.Open(inside)
			require.NoError(t, err)
		}
	}
	if slices.Contains(chain, "psp") {
		h, packet, err := pspMaster(t, b.seed).Open(inside)
		require.NoError(t, err)
		require.EqualValues(t, firstSPI+5, h.SPI)
		require.EqualValues(t, 1, h.IV)
		inside = packet
	}
	if stack := named.Stack(chain...); stack.Overlay != tunnel.NoOverlay {
		net, frame, err := stack.Decapsulate(inside)
		require.NoError(t, err)
		require.EqualValues(t, 0x1000+5, net.Tenant)
		return frame
	}
	return inside
}

// pspMaster reads the master keys from the file beside a capture.
func pspMaster(t require.TestingT, seed uint64) *psp.Master {
	var keys [2][psp.MasterKeyLen]byte
	for i, line := range strings.Split(strings.TrimSpace(psp.Cipher.Keys[0].Text(seed, nil)), "\n") {
		key, err := hex.DecodeString(strings.ReplaceAll(line, " ", ""))
		require.NoError(t, err)
		keys[i] = [psp.MasterKeyLen]byte(key)
	}
	return psp.NewMaster(keys)
}

func newTestBuilder(chain []string, records []capture.Record) *builder {
	b := newBuilder(named.Stack(chain...), 1, []Source{{Records: records}}, map[uint32]tunnel.Sender{})
	b.numbers = map[uint64]uint64{3: 1}
	return b
}

// Made-up frames have exactly the model's sizes and right checksums in every chain, and come out of the tunnels again.
func TestMadeUpFrames(t *testing.T) {
	for _, chain := range chains {
		for size := uint32(64); size <= 9218; size += 1 + size%3 {
			b := newTestBuilder(chain, nil)
			plain, err := b.bytes(at(chain, size, tenant, -1))
			require.NoError(t, err)
			require.Len(t, plain.data, int(size)-4)
			require.Empty(t, plain.note)
			s := header.Parse(plain.data)
			require.Equal(t, header.OK, s.Status)
			ip := header.IPv4(plain.data[s.L3():])
			require.Equal(t, ip.Checksum(), ip.ComputeChecksum())
			segment := bytes.Clone(plain.data[s.L4:])
			sum := header.UDP(segment).Checksum()
			header.UDP(segment).SetChecksum(0)
			require.Equal(t, sum, header.TransportChecksum(&s.Key, header.ProtoUDP, segment))

			wire, err := b.bytes(at(chain, size, tunnelled, -1))
			require.NoError(t, err)
			require.EqualValues(t, named.Tunnelled(chain, size), len(wire.data)+4, "%v of %d B", chain, size)
			require.Equal(t, len(wire.data), wire.wire)
			require.Empty(t, wire.note)
			switch {
			case named.Stack(chain...).Overlay != tunnel.NoOverlay:
				require.Equal(t, plain.data, receiver(t, chain, b, wire.data))
			case named.Stack(chain...).Cipher != nil:
				require.Equal(t, plain.data[14:], receiver(t, chain, b, wire.data))
			default:
				require.Equal(t, plain.data, wire.data)
			}
		}
	}
}

// arp returns a frame that is not IP, and ip one of n bytes that is, with that many VLAN tags.
func arp() []byte {
	data := make([]byte, 42)
	header.Ethernet(data).SetEtherType(header.EtherTypeARP)
	return data
}

func ip(n, tags int) []byte {
	made := madeUp(&event{}, false, n-4*tags)
	data := bytes.Clone(made[:12])
	for range tags {
		data = append(data, 0x81, 0x00, 0, 7)
	}
	return append(data, made[12:]...)
}

// Frames of a capture: whole, short, snapped, not IP, with VLAN tags, and too long for any frame.
func TestCapturedFrames(t *testing.T) {
	long := ip(9000, 0)
	records := []capture.Record{
		{Wire: 42, Data: arp()}, {Wire: 500, Data: ip(500, 0)}, {Wire: 500, Data: ip(500, 0)[:80]},
		{Wire: 500, Data: ip(500, 2)}, {Wire: 20_000, Data: long}, {Wire: 500, Data: ip(500, 0)[:20]},
	}
	full := chains[0]
	b := newTestBuilder(full, records)
	sizes := []uint32{64, 504, 504, 504, 1518, 504}
	for i, r := range records {
		plain, err := b.bytes(at(full, sizes[i], tenant, int32(i)))
		require.NoError(t, err)
		require.EqualValues(t, sizes[i]-4, plain.wire)
		wire, err := b.bytes(at(full, sizes[i], tunnelled, int32(i)))
		require.NoError(t, err)
		require.EqualValues(t, named.Tunnelled(full, sizes[i]), len(wire.data)+4)
		inside := receiver(t, full, b, wire.data)
		if i == 4 {
			assert.Equal(t, "made-up bytes: record 5 of the capture has 20000 B", plain.note)
			continue
		}
		assert.Empty(t, plain.note)
		assert.Equal(t, r.Data, inside[:len(r.Data)], "record %d", i)
		assert.Empty(t, bytes.Trim(inside[len(r.Data):], "\x00"))
		assert.Equal(t, r.Data, plain.data[:len(r.Data)])
		if len(r.Data) < r.Wire {
			assert.Len(t, plain.data, len(r.Data), "a snapped record stays one")
			assert.Contains(t, wire.note, "were not captured and are zeros")
		} else {
			assert.Len(t, plain.data, plain.wire)
		}
	}

	b = newTestBuilder([]string{"vxlan"}, records)
	wire, err := b.bytes(at([]string{"vxlan"}, 504, tunnelled, 2))
	require.NoError(t, err)
	assert.Len(t, wire.data, 50+80, "without a cipher, as much as was captured")
	assert.Equal(t, 550, wire.wire)

	only := []string{"ipsec"}
	b = newTestBuilder(only, records)
	wire, err = b.bytes(at(only, 64, tunnelled, 0))
	require.NoError(t, err)
	assert.Equal(t, "not IP: ESP tunnel mode does not carry it, though the model charges 118 B", wire.note)
	assert.Len(t, wire.data, 60)
	wire, err = b.bytes(at(only, 504, tunnelled, 3))
	require.NoError(t, err)
	assert.EqualValues(t, named.Tunnelled(only, 504), len(wire.data)+4, "the tags are not carried, the model charges for them")
	assert.Equal(t, ip(500, 2)[22:], receiver(t, only, b, wire.data))
}

// A capture of packets in their tunnels is shown as it is at the network, also where it is too short for the chain's.
func TestCapturedInTunnels(t *testing.T) {
	records := []capture.Record{{Wire: 60, Data: ip(60, 0)}, {Wire: 300, Data: ip(300, 0)}}
	for _, chain := range chains {
		b := newTestBuilder(chain, records)
		b.sources[0].OnWire = true
		for i, sizes := range [][2]uint32{{64, 64}, {198, 304}} {
			e := &event{bytes: sizes, form: tunnelled, record: int32(i)}
			if !named.Stack(chain...).Any() {
				e.bytes[packet.Plain] = e.bytes[packet.Tunnelled]
			}
			assert.False(t, b.protected(e), "its numbers are not ours")
			wire, err := b.bytes(e)
			require.NoError(t, err)
			assert.Equal(t, frame{data: records[i].Data, wire: records[i].Wire}, wire, "%v", chain)
			e.form = tenant
			plain, err := b.bytes(e)
			require.NoError(t, err)
			assert.EqualValues(t, e.bytes[packet.Plain]-4, len(plain.data))
			assert.Equal(t, b.tunnelled(&b.sources[0]), plain.note != "", "%v", chain)
		}
	}
}

// A packet lost between the two passes of a parser is the VXLAN packet, with ESP off.
func TestDecryptedForm(t *testing.T) {
	b := newTestBuilder(chains[0], nil)
	f, err := b.bytes(at(chains[0], 100, decrypted, -1))
	require.NoError(t, err)
	require.Len(t, f.data, 96+50)
	assert.Len(t, receiver(t, []string{"vxlan"}, b, f.data), 96)
}

// Outbound the DSN's telemetry tells when it got a packet and how long it had it, whether it is seen leaving or lost
// behind; inbound the far end's tells when it sent.
func TestTelemetryOfAPacket(t *testing.T) {
	chain := []string{"geneve", "telemetry"}
	hop := func(outbound bool, change func(r *Recorder)) tunnel.Hop {
		r := &Recorder{limit: 10, cutoff: units.Forever, sources: []Source{{Server: 0, Outbound: outbound, forms: []form{tunnelled}, net: []bool{true}}}}
		change(r)
		require.Len(t, r.events, 1)
		b := newBuilder(named.Stack(chain...), 1, r.sources, nil)
		e := r.events[0]
		e.bytes = [2]uint32{packet.Plain: 100, packet.Tunnelled: named.Tunnelled(chain, 100)}
		e.record = -1
		f, err := b.bytes(&e)
		require.NoError(t, err)
		c, _, err := b.tunnels.Decapsulate(f.data[header.EthernetLen:])
		require.NoError(t, err)
		return c.Hop
	}
	ns := units.Nanosecond
	left := &packet.Packet{Sent: units.At(100 * ns), ChainIn: units.At(1000 * ns), ChainTime: 486 * ns}
	assert.Equal(t, tunnel.Hop{Node: nearNode, LatencyNs: 486, IngressNs: 1000, EgressNs: 1486},
		hop(true, func(r *Recorder) { r.Passed(left, units.At(1486*ns), sim.OpLeaveChain) }))
	assert.Equal(t, tunnel.Hop{Node: farNode, LatencyNs: tunnel.UnknownLatency, IngressNs: tunnel.UnknownTime, EgressNs: 100},
		hop(false, func(r *Recorder) { r.Passed(left, units.At(1000*ns), sim.OpEnterChain) }))
	engine := sim.NewEngine(nil)
	engine.AddPath(sim.Path{Hops: []sim.Hop{{Op: sim.OpDelay}}})
	engine.Prepare(nil, station.Window{})
	assert.Equal(t, tunnel.Hop{Node: nearNode, LatencyNs: 486, IngressNs: 1000, EgressNs: 1486},
		hop(true, func(r *Recorder) { r.engine = engine; r.Dropped(left, units.At(9000*ns), 0, 0) }), "lost behind the DSN")
	inside := *left
	inside.ChainTime = 0
	assert.Equal(t, tunnel.Hop{Node: nearNode, LatencyNs: 300, IngressNs: 1000, EgressNs: 1300},
		hop(true, func(r *Recorder) { r.engine = engine; r.Dropped(&inside, units.At(1300*ns), 0, 0) }), "lost inside")
}

// Whatever order packets are told of in, the first ones by time are kept, and memory stays within twice the limit.
func TestTheFirstAreKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, limit := rapid.IntRange(1, 300).Draw(t, "packets"), rapid.IntRange(1, 50).Draw(t, "limit")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		r := &Recorder{limit: limit, cutoff: units.Forever, sources: []Source{{}, {Server: 1}}}
		var want []int64
		for i := range n {
			ps := rng.Int64N(500) // many at one instant
			r.Passed(&packet.Packet{Key: uint64(i)}, units.At(units.Duration(ps)), sim.OpEnterChain)
			r.Passed(&packet.Packet{Key: packet.MakeKey(1, 0)}, units.Time{}, sim.OpEnterChain) // another server
			want = append(want, ps<<16|int64(i))
			require.LessOrEqual(t, len(r.events), 2*limit)
		}
		r.Done()
		slices.Sort(want)
		var got []int64
		for _, e := range r.events {
			got = append(got, e.at.Ps()<<16|int64(e.key))
		}
		require.Equal(t, want[:min(n, limit)], got)
		require.EqualValues(t, n, r.seen)
	})
}

// Inbound numbers follow the sender's order, with gaps where packets were lost before; outbound that of leaving.
func TestSequenceNumbers(t *testing.T) {
	seal := func(*event) bool { return true }
	sources := []Source{{}, {Outbound: true}}
	events := []event{
		{key: 1, sent: units.At(10), at: units.At(100), form: tunnelled, point: atNet},
		{key: 0, sent: units.At(5), at: units.At(200), form: tunnelled, point: atDrops},
		{key: 2, sent: units.At(20), at: units.At(300), form: tunnelled, point: atNet},
		{key: 1, sent: units.At(10), at: units.At(400), form: tunnelled, point: atDrops}, // the same packet again
		{key: 7, sent: units.At(1), at: units.At(500), form: tunnelled, source: 1, sa: 1},
		{key: 6, sent: units.At(2), at: units.At(450), form: tunnelled, source: 1, sa: 1},
		{key: 5, sent: units.At(0), at: units.At(1), form: tenant, source: 1, sa: 1},
	}
	assert.Equal(t, map[uint64]uint64{0: 1, 1: 2, 2: 3, 6: 1, 7: 2}, number(events, sources, seal))
	none := number(events, sources, func(*event) bool { return false })
	assert.Empty(t, none)
}

// Files appear together or not at all, and nothing is left behind.
func TestAllFilesOrNone(t *testing.T) {
	text := func(s string) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
	}
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a"), []byte("old"), 0o644))
	s := &staging{dir: dir}
	require.NoError(t, s.file("a", text("new")))
	require.ErrorContains(t, s.file("b", func(io.Writer) error { return errors.New("disk full") }), "disk full")
	s.discard()
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 1)
	data, err := os.ReadFile(filepath.Join(dir, "a"))
	require.NoError(t, err)
	assert.Equal(t, "old", string(data))

	require.NoError(t, os.Mkdir(filepath.Join(dir, "b"), 0o755))
	s = &staging{dir: dir}
	require.NoError(t, s.file("a", text("new")))
	require.NoError(t, s.file("b", text("new")))
	require.Error(t, s.commit(), "b is a folder")
	s.discard()
	data, err = os.ReadFile(filepath.Join(dir, "a"))
	require.NoError(t, err)
	assert.Equal(t, "old", string(data), "not even the first has its name")
}

// A mark of the traffic manager is on the outer header where it was put, and comes out at the end of the tunnel; a packet of a
// capture whose sender does not know ECN stays as it is.
func TestMarksOfCongestion(t *testing.T) {
	for _, chain := range chains {
		b := newTestBuilder(chain, nil)
		e := at(chain, 500, tunnelled, -1)
		e.ce = true
		f, err := b.bytes(e)
		require.NoError(t, err)
		class, _ := header.Class(header.IPOf(f.data))
		require.EqualValues(t, header.CE, class, chain)
		require.Contains(t, f.note, "congestion experienced")
		if named.Stack(chain...).Cipher != nil {
			continue // the receiver has no keys here; asic/tunnel tests it
		}
		r, err := tunnel.NewReceiver(named.Stack(chain...), nil)
		require.NoError(t, err)
		o, err := r.Open(f.data)
		require.NoError(t, err)
		class, _ = header.Class(header.IPOf(o.Frame))
		require.EqualValues(t, header.CE, class, chain)
	}
	record := madeUp(at(nil, 500, tenant, -1), false, 496)
	b := newTestBuilder([]string{"vxlan"}, []capture.Record{{Data: record, Wire: len(record)}})
	e := at([]string{"vxlan"}, 500, tunnelled, 0)
	e.ce = true
	f, err := b.bytes(e)
	require.NoError(t, err)
	class, _ := header.Class(header.IPOf(f.data))
	require.EqualValues(t, header.NotECT, class)
	require.Contains(t, f.note, "no ECN-capable transport")
}
