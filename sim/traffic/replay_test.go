package traffic

import (
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/internal/shareddata"
	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/units"
)

const ns = 1000 // ps

func TestRecordedTimesAreKept(t *testing.T) {
	trace := traceOf(t, recordOf{1_700_000_000_123_456_789, 60, 1}, recordOf{1_700_000_000_123_457_790, 1514, 2},
		recordOf{1_700_000_001_000_000_001, 60, 1})
	config := base(Load{}, Constant) // the zero Pacing
	config.Start = units.At(units.Microsecond)
	r := mustReplay(t, ReplayConfig{Config: config}, trace)
	packets := take(r, 10)
	assert.Equal(t, []int64{1000 * ns, 2001 * ns, 876_544_212 * ns}, starts(packets))
	assert.Equal(t, []uint32{64, 1518, 64}, []uint32{packets[0].Frame, packets[1].Frame, packets[2].Frame})
	assert.Equal(t, []int32{0, 1, 2}, []int32{packets[0].Record, packets[1].Record, packets[2].Record})
	assert.Equal(t, packets[0].FlowID, packets[2].FlowID)
	assert.Equal(t, uint32(1), packets[1].Flow)
	_, ok := r.Next()
	assert.False(t, ok, "and it stays ended")
	assert.Zero(t, r.Stats().Spaced)
}

func TestLoopAsRecorded(t *testing.T) {
	trace := traceOf(t, recordOf{0, 60, 1}, recordOf{1000, 60, 1}, recordOf{5000, 60, 1}, recordOf{10_000, 60, 1})
	r := mustReplay(t, ReplayConfig{Config: base(Load{}, Recorded), Loop: true}, trace)
	// The mean gap of 10 us over 3 gaps is 3333.33 ns, so a lap is 13,333.33 ns: its thirds add up in the third lap.
	assert.Equal(t, []int64{
		0, 1_000_000, 5_000_000, 10_000_000,
		13_333_333, 14_333_333, 18_333_333, 23_333_333,
		26_666_666, 27_666_666, 31_666_666, 36_666_666,
		40_000_000,
	}, starts(take(r, 13)))
	assert.Equal(t, int64(3), r.Stats().Laps)
}

func TestScaledKeepsTheShapeOfGaps(t *testing.T) {
	trace := traceOf(t, recordOf{0, 60, 1}, recordOf{1000, 60, 1}, recordOf{5000, 60, 1}, recordOf{9000, 60, 1})
	// 12 us of recorded lap for 4 packets become 4 us at 1 Mpps: every time is a third.
	r := mustReplay(t, ReplayConfig{Config: base(PacketLoad(1_000_000), Recorded), Loop: true}, trace)
	assert.Equal(t, []int64{0, 333_333, 1_666_666, 3_000_000, 4_000_000, 4_333_333}, starts(take(r, 6)))
}

func TestStepsBack(t *testing.T) {
	trace := traceOf(t, recordOf{5000, 60, 1}, recordOf{9000, 60, 1}, recordOf{8000, 60, 1}, recordOf{8500, 60, 1},
		recordOf{1000, 60, 1}, recordOf{9500, 60, 1})
	r := mustReplay(t, ReplayConfig{Config: base(Load{}, Recorded)}, trace)
	assert.Equal(t, []int64{0, 3_000_000, 3_006_720, 3_500_000, 3_506_720, 4_500_000}, starts(take(r, 10)))
	assert.Equal(t, int64(2), r.Stats().OutOfOrder)
	trace = traceOf(t, recordOf{9000, 60, 1}, recordOf{9500, 60, 1}, recordOf{10_000, 60, 1}, recordOf{1000, 60, 1}, recordOf{2000, 60, 1})
	r = mustReplay(t, ReplayConfig{Config: base(Load{}, Recorded)}, trace)
	assert.Equal(t, []int64{0, 500_000, 1_000_000, 1_006_720, 2_000_000}, starts(take(r, 10)))
	assert.Equal(t, int64(1), r.Stats().ClockSteps)
}

// TestFarApart: what comes after any run does not matter, nor does it come any earlier, in this lap or another.
func TestFarApart(t *testing.T) {
	trace := traceOf(t, recordOf{0, 60, 1}, recordOf{1000, 60, 1}, recordOf{4 * 365 * 24 * 3600 * 1e9, 60, 1}, recordOf{math.MaxInt64, 60, 1})
	for _, config := range []ReplayConfig{{Config: base(Load{}, Recorded), Loop: true}, {Config: base(PacketLoad(1), Recorded), Loop: true}} {
		got := starts(take(mustReplay(t, config, trace), 30))
		require.Len(t, got, 30)
		assert.True(t, slices.IsSorted(got), "%v", got)
	}
	got := starts(take(mustReplay(t, ReplayConfig{Config: base(Load{}, Recorded)}, trace), 10))
	assert.Equal(t, []int64{0, 1_000_000, farthestPs / 1000 * 1000}, got[:3])
}

// TestOneInstant: a capture without any gap is sent once.
func TestOneInstant(t *testing.T) {
	r := mustReplay(t, ReplayConfig{Config: base(Load{}, Recorded), Loop: true}, traceOf(t, recordOf{5, 60, 1}, recordOf{5, 60, 1}))
	assert.Len(t, take(r, 10), 2)
}

func TestLongRecordsAreCut(t *testing.T) {
	trace := traceOf(t, recordOf{0, 60, 1}, recordOf{1000, 18_020, 2}, recordOf{2000, 9214, 2}, recordOf{3000, 9215, 2})
	r := mustReplay(t, ReplayConfig{Config: base(Load{}, Recorded)}, trace)
	packets := take(r, 100)
	// 18,020 B are 11 x 1514 and 1366; 9214 B with FCS are just the longest frame; 9215 B are 6 x 1514 and 131.
	require.Len(t, packets, 1+12+1+7)
	assert.Equal(t, trace.Packets(), len(packets))
	assert.Equal(t, uint32(1518), packets[1].Frame)
	assert.Equal(t, uint32(1370), packets[12].Frame)
	assert.Equal(t, uint32(9218), packets[13].Frame)
	assert.Equal(t, uint32(135), packets[20].Frame)
	for _, p := range packets[1:13] {
		assert.Equal(t, int32(1), p.Record)
		assert.Equal(t, packets[1].FlowID, p.FlowID)
	}
	assert.Equal(t, int64(2), r.Stats().Resegmented)
	assert.Equal(t, int64(trace.Bytes()), r.Stats().Bytes)
	requireLineRate(t, 100*units.Gbps, packets)
}

// Replications of a looped load begin elsewhere; replication 0 and recorded times begin at the beginning.
func TestReplicationsBeginElsewhere(t *testing.T) {
	trace := mixedTrace(t)
	first := func(c ReplayConfig) Packet { return take(mustReplay(t, c, trace), 1)[0] }
	for _, pacing := range []Pacing{Constant, Poisson, Recorded} {
		begins := map[int32]bool{}
		for replication := range 10 {
			c := ReplayConfig{Config: base(WireLoad(units.Gbps), pacing), Loop: true}
			c.Replication = replication
			p := first(c)
			begins[p.Record] = true
			if replication == 0 {
				assert.Equal(t, int32(0), p.Record)
			}
			if pacing != Poisson {
				assert.Zero(t, p.At.Ps(), "whatever record is first is due at the start")
			}
			c.Loop = false
			assert.Equal(t, int32(0), first(c).Record)
			c.Loop, c.Load = true, Load{}
			if pacing != Poisson {
				assert.Equal(t, int32(0), first(c).Record)
			}
		}
		assert.Greater(t, len(begins), 5)
	}
}

// A lap that begins in the middle sends the same packets as one that begins at the beginning, and has the same load.
func TestRotationKeepsTheLoad(t *testing.T) {
	trace, load := mixedTrace(t), WireLoad(37*units.Gbps)
	for _, pacing := range []Pacing{Constant, Recorded} {
		c := ReplayConfig{Config: base(load, pacing), Loop: true}
		c.Replication = 4
		packets := take(mustReplay(t, c, trace), 30*trace.Packets()+1)
		require.NotZero(t, packets[0].Record)
		assert.Equal(t, packets[0].Record, packets[len(packets)-1].Record)
		// The first lap differs: nothing stands before its first packet, which later ones may have to wait for.
		assert.InEpsilon(t, 37e9, realised(load, packets[100:]), 1e-6, pacing)
		for i, p := range packets[1:] {
			require.Equal(t, (packets[i].Record+1)%100, p.Record)
		}
	}
}

func TestReplayIsDeterministic(t *testing.T) {
	trace := mixedTrace(t)
	for _, pacing := range []Pacing{Constant, Poisson, Recorded} {
		c := ReplayConfig{Config: base(WireLoad(20*units.Gbps), pacing), Loop: true}
		c.Replication = 2
		assert.Equal(t, take(mustReplay(t, c, trace), 1000), take(mustReplay(t, c, trace), 1000))
	}
}

func TestFlowsOfATrace(t *testing.T) {
	c := capture.Capture{Records: make([]capture.Record, 8)}
	fragment := udpFrame(1, 2, 30, 40)
	fragment[20] = 0x20 // more fragments follow
	rest := udpFrame(1, 2, 99, 99)
	rest[21] = 0x10
	tagged := append(append([]byte{}, udpFrame(1, 2, 30, 40)[:12]...), 0x81, 0, 0, 7)
	tagged = append(tagged, udpFrame(1, 2, 30, 40)[12:]...)
	for i, data := range [][]byte{
		udpFrame(1, 2, 30, 40), udpFrame(2, 1, 40, 30), udpFrame(1, 2, 30, 40), fragment, rest, tagged,
		make([]byte, 20), {1, 2, 3},
	} {
		c.Records[i] = capture.Record{Wire: len(data), Data: data}
	}
	trace, err := NewTrace(&c, nil)
	require.NoError(t, err)
	var ids, hashes []uint32
	for _, p := range trace.pieces {
		ids, hashes = append(ids, p.Flow), append(hashes, p.Hash)
	}
	assert.Equal(t, []uint32{0, 1, 0, 2, 2, 3, 4, 4}, ids, "fragments share a flow, a VLAN makes another, the rest is one")
	assert.Equal(t, 5, trace.Flows())
	assert.Equal(t, hashes[0], hashes[5], "RSS does not see the VLAN")
	assert.NotEqual(t, hashes[0], hashes[1])
	assert.NotEqual(t, hashes[0], hashes[3])
	assert.Zero(t, hashes[6])
}

func TestReplayRefuses(t *testing.T) {
	trace := mixedTrace(t)
	still := traceOf(t, recordOf{5, 60, 1}, recordOf{5, 60, 1})
	for _, c := range []struct {
		trace  *Trace
		config ReplayConfig
		says   string
	}{
		{trace, ReplayConfig{}, "line rate is 0bps"},
		{trace, ReplayConfig{Config: base(Load{}, Poisson)}, "pacing poisson needs a load"},
		{trace, ReplayConfig{Config: base(WireLoad(0), Constant)}, "want more than 0"},
		{trace, ReplayConfig{Config: base(WireLoad(200*units.Gbps), Recorded)}, "cannot carry: at most 100Gbps"},
		{trace, ReplayConfig{Config: base(WireLoad(units.Gbps), Pacing(7))}, "pacing is Pacing(7)"},
		{trace, ReplayConfig{Config: base(WireLoad(1), Recorded)}, ""},
		{still, ReplayConfig{Config: base(WireLoad(units.Gbps), Recorded)}, "same time, so their gaps cannot be scaled"},
		{still, ReplayConfig{Config: base(WireLoad(units.Gbps), Constant), Loop: true}, ""},
		{still, ReplayConfig{Config: base(Load{}, Recorded)}, ""},
	} {
		_, err := NewReplay(c.config, c.trace)
		if c.says == "" {
			assert.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, c.says)
		assert.ErrorContains(t, err, "traffic "+c.config.Name+": ")
	}
}

func TestTraceRefuses(t *testing.T) {
	_, err := NewTrace(&capture.Capture{File: "x.pcap"}, nil)
	assert.ErrorContains(t, err, "x.pcap: holds no packets")
}

// Every capture is usable, or the reader or the constructor say why not in one line.
func TestAllCaptures(t *testing.T) {
	root := shareddata.Path(t, "data", "pcap")
	used, refused := 0, 0
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		c, err := capture.Read(path)
		if err != nil {
			refused++
			require.NotContains(t, err.Error(), "\n")
			return nil
		}
		trace, err := NewTrace(c, nil)
		require.NoError(t, err, path)
		used++
		for _, config := range []Config{
			base(Load{}, Recorded), base(WireLoad(40*units.Gbps), Constant), base(WireLoad(40*units.Gbps), Poisson),
			base(WireLoad(40*units.Gbps), Recorded),
		} {
			replayAll(t, entry.Name(), config, trace)
		}
		return nil
	}))
	t.Logf("%d captures replayed, %d refused by the reader", used, refused)
	assert.Greater(t, used, 60)
}

func replayAll(t *testing.T, name string, c Config, trace *Trace) {
	r, err := NewReplay(ReplayConfig{Config: c}, trace)
	if err != nil {
		require.Regexp(t, "same time", err.Error(), name)
		require.Equal(t, Recorded, c.Pacing)
		return
	}
	packets := take(r, trace.Packets()+1)
	require.Len(t, packets, trace.Packets(), name)
	requireLineRate(t, c.LineRate, packets[:min(len(packets), 600)])
	for _, p := range packets {
		require.Less(t, p.Flow, uint32(trace.Flows()), name)
	}
	require.Equal(t, int64(trace.Bytes()), r.Stats().Bytes, name)
}
