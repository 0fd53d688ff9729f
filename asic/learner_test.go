package asic

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/asic/policy"
	"github.com/dsnsim/dsnsim/asic/steps"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/traffic"
	"github.com/dsnsim/dsnsim/sim/units"
)

// flowNumber is a flow of its own for each number; odd ones are the answers to the even ones before them.
func flowNumber(flow uint32) traffic.Tuple {
	u := traffic.Tuple{IP: true}
	binary.BigEndian.PutUint32(u.Src[:], 10<<24|flow/2)
	u.Dst, u.Proto, u.SrcPort, u.DstPort = [16]byte{11}, header.ProtoUDP, 1000, 2000
	if flow%2 == 1 {
		u.Key = u.Reverse()
	}
	return u
}

func stateful(t *testing.T, d *profile.DSN, flows int) *flowMemory {
	t.Helper()
	sources := &policy.Sources{}
	sources.AddSynthetic(0, false, flowNumber)
	f := newFlowMemory("chip", d)
	var err error
	f.program, err = steps.New(&steps.Spec{Services: []*steps.Kind{&steps.Firewall}, Sources: sources, To: units.Forever,
		Tracking: &policy.Spec{Flows: flows, Timeouts: policy.DefaultTimeouts()}}, steps.Member{Of: 1})
	require.NoError(t, err)
	return f
}

// counts returns what the firewall of a chip has counted.
func counts(t *testing.T, f *flowMemory) policy.Counts {
	t.Helper()
	c, ok := f.program.Tracked()
	require.True(t, ok)
	return c
}

// The first packet of a flow waits for the memory; the next, and the answers, find its entry on the chip: it is one
// entry for both directions. A denied packet makes no entry, and reads the memory each time.
func TestConnectionsShareAnEntry(t *testing.T) {
	p := reference(t)
	f := stateful(t, &p.DSN, 100)
	access := p.DSN.Memory.Access.Value
	at := units.At(0)
	serve := func(flow uint32, refused uint32) (units.Duration, uint32) {
		at = at.Add(units.Microsecond)
		packet := flowPacket(0, flow)
		packet.Refused = refused
		v, ok := f.Serve(at, packet)
		require.True(t, ok)
		return v.Out.Sub(at), packet.Refused
	}
	for range 3 {
		took, refused := serve(1, policy.Denied)
		assert.Equal(t, access, took)
		assert.Equal(t, policy.Denied, refused)
	}
	took, _ := serve(0, 0)
	assert.Equal(t, access, took)
	took, _ = serve(0, 0)
	assert.Equal(t, access, took, "the entry is read from memory once")
	took, _ = serve(0, 0)
	assert.Zero(t, took)
	took, refused := serve(1, policy.Denied)
	assert.Zero(t, took)
	assert.Zero(t, refused)
	assert.EqualValues(t, 1, f.Usage()[1].Visits)
	assert.Equal(t, "chip.learner", f.Usage()[1].Name)
}

// The learner enters a flow each 1/rate seconds and holds so many more: of n new flows at once, queue + 1 are entered,
// and no packet waits for it or is lost.
func TestLearnerRate(t *testing.T) {
	p := reference(t)
	d := &p.DSN
	d.Learner.Rate.Value, d.Learner.Queue.Value = 1_000_000, 4
	d.Memory.Queue.Value = 0
	f := stateful(t, d, 100)
	f.Measure(station.Window{To: units.Forever})
	for i := range uint32(20) {
		v, ok := f.Serve(units.At(0), flowPacket(0, 2*i))
		require.True(t, ok)
		assert.Less(t, v.Out.Sub(units.At(0)), units.Microsecond)
	}
	assert.Equal(t, policy.Counts{New: 5, Active: 5, Rejected: 15}, counts(t, f))
	learner := f.Usage()[1]
	assert.EqualValues(t, 5, learner.Visits)
	assert.Equal(t, 5*units.Microsecond, learner.Busy)
	assert.Equal(t, 4*units.Microsecond, learner.MaxWait)
	assert.Zero(t, learner.Drops)

	again, ok := f.Serve(units.At(10*units.Microsecond), flowPacket(0, 38))
	require.True(t, ok)
	assert.Positive(t, again.Out.Sub(units.At(10*units.Microsecond)))
	assert.EqualValues(t, 6, f.Usage()[1].Visits, "a refused flow tries again")
}

// At the reference's rate, flows that begin faster than that are entered at that rate and the rest refused.
func TestLearnerAtItsLimit(t *testing.T) {
	p := reference(t)
	f := stateful(t, &p.DSN, 1_000_000)
	const n, apart = 60_000, 100 * units.Nanosecond // 10 M flows/s for 6 ms
	for i := range uint32(n) {
		_, ok := f.Serve(units.At(units.Duration(i)*apart), flowPacket(0, 2*i))
		require.True(t, ok)
	}
	want := float64(p.DSN.Learner.Rate.Value)*(n*apart).Seconds() + float64(p.DSN.Learner.Queue.Value)
	c := counts(t, f)
	assert.InDelta(t, want, c.New, 2)
	assert.EqualValues(t, n, c.New+c.Rejected)
}

// What is refused leaves behind the flow table: outbound it is not encrypted.
func TestRefusedPacketsAreNotEncrypted(t *testing.T) {
	full := []string{"ipsec", "vxlan", "firewall", "route"}
	for _, inbound := range []bool{true, false} {
		rec, e := through(t, reference(t), full, inbound, 1,
			packet.Packet{Bytes: [2]uint32{1500, 1600}, Header: 54, Refused: policy.NoRoute | policy.Denied})
		assert.Zero(t, rec.n)
		assert.EqualValues(t, 1, e.Balance().Dropped)
		for _, u := range e.Usages() {
			if u.Name == "chip.crypto" {
				assert.Equal(t, inbound, u.Visits == 1, "inbound %t", inbound)
			}
		}
	}
}
