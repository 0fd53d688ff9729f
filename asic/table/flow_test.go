package table

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/units"
)

const (
	stateNew         = 1
	stateEstablished = 2
)

// smallFlowSpec gives a table for n flows, half of them IPv6, with timeouts of 10 ms and 1 s.
func smallFlowSpec(n int) FlowSpec {
	return FlowSpec{Flows: n, V6Flows: n / 2, Tick: units.Millisecond,
		Timeouts: []units.Duration{0, 10 * units.Millisecond, units.Second}, Seed: 1}
}

func newFlowTable(t require.TestingT, spec FlowSpec) *FlowTable {
	table, err := NewFlowTable(spec)
	require.NoError(t, err)
	return table
}

func tupleV4(src, dst string, srcPort, dstPort uint16) Tuple {
	return Tuple{Src: AddrOf(netip.MustParseAddr(src)), Dst: AddrOf(netip.MustParseAddr(dst)),
		SrcPort: srcPort, DstPort: dstPort, Proto: 6}
}

func at(ms int64) units.Time { return units.At(units.Duration(ms) * units.Millisecond) }

func TestFlowIsFoundInBothDirections(t *testing.T) {
	table := newFlowTable(t, smallFlowSpec(16))
	v6 := Tuple{Src: AddrOf(netip.MustParseAddr("2001:db8::2")), Dst: AddrOf(netip.MustParseAddr("2001:db8::1")),
		SrcPort: 1000, DstPort: 443, Proto: 6, V6: true}
	for _, u := range []Tuple{tupleV4("10.0.0.1", "10.0.0.2", 1000, 443), tupleV4("10.0.0.9", "10.0.0.8", 1000, 443), v6} {
		in := table.Insert(&u, stateNew, at(0))
		require.Equal(t, Inserted, in.Outcome)
		back := u.Reverse()
		assert.Equal(t, Original, table.Lookup(&u).Dir)
		assert.Equal(t, Reply, table.Lookup(&back).Dir)
		assert.Equal(t, in.Ref, table.Lookup(&back).Ref)
		assert.Equal(t, u, table.Flow(in.Ref).Tuple, "a flow remembers who began it")
		again := table.Insert(&back, stateEstablished, at(0))
		assert.Equal(t, FlowInsert{Outcome: Updated, Ref: in.Ref}, again)
		assert.EqualValues(t, stateNew, table.State(in.Ref), "an insertion leaves the flow that is there as it is")
	}
}

// TestFlowKeysAreNotConfused looks up tuples that differ from a flow in one field only, or in the pairing of address
// and port, which a sloppy canonical form would mix up.
func TestFlowKeysAreNotConfused(t *testing.T) {
	table := newFlowTable(t, smallFlowSpec(16))
	u := tupleV4("10.0.0.1", "10.0.0.2", 1000, 443)
	table.Insert(&u, stateNew, at(0))
	for name, change := range map[string]func(*Tuple){
		"vrf":           func(u *Tuple) { u.VRF++ },
		"protocol":      func(u *Tuple) { u.Proto = 17 },
		"family":        func(u *Tuple) { u.V6 = true },
		"ports swapped": func(u *Tuple) { u.SrcPort, u.DstPort = u.DstPort, u.SrcPort },
		"source":        func(u *Tuple) { u.Src.Lo ^= 4 },
		"port":          func(u *Tuple) { u.DstPort++ },
	} {
		other := u
		change(&other)
		assert.False(t, table.Lookup(&other).Hit, name)
	}
	u.Flags = 0x10
	assert.True(t, table.Lookup(&u).Hit, "flags are no part of the key")
}

func TestFlowToItself(t *testing.T) {
	table := newFlowTable(t, smallFlowSpec(16))
	u := tupleV4("10.0.0.1", "10.0.0.1", 5, 5)
	table.Insert(&u, stateNew, at(0))
	back := u.Reverse()
	assert.Equal(t, Original, table.Lookup(&back).Dir, "both directions look the same")
	u = tupleV4("10.0.0.1", "10.0.0.1", 6, 5)
	table.Insert(&u, stateNew, at(0))
	back = u.Reverse()
	assert.Equal(t, Reply, table.Lookup(&back).Dir)
}

// TestFlowExpiresNeitherEarlyNorLate holds the clock's bounds: not before the timeout, and after it within two ticks
// and one round of the hand.
func TestFlowExpiresNeitherEarlyNorLate(t *testing.T) {
	for _, offset := range []units.Duration{0, 1, units.Millisecond / 2, units.Millisecond - 1} {
		table := newFlowTable(t, smallFlowSpec(4))
		u := tupleV4("10.0.0.1", "10.0.0.2", 1, 2)
		seen := units.At(5*units.Millisecond + offset)
		table.Insert(&u, stateNew, seen)
		deadline := seen.Add(10 * units.Millisecond)
		assert.Empty(t, table.Sweep(deadline, 4, nil), "offset %v", offset)
		expired := table.Sweep(deadline.Add(2*units.Millisecond), 4, nil)
		require.Len(t, expired, 1, "offset %v", offset)
		assert.Equal(t, u, expired[0].Tuple)
		assert.False(t, table.Lookup(&u).Hit)
		assert.Equal(t, FlowCounts{Expired: 1}, table.Counts())
	}
}

func TestPacketsAndStateKeepAFlowAlive(t *testing.T) {
	table := newFlowTable(t, smallFlowSpec(4))
	u := tupleV4("10.0.0.1", "10.0.0.2", 1, 2)
	r := table.Insert(&u, stateNew, at(0)).Ref
	table.Count(r, Original, 100, at(9))
	table.Count(r, Reply, 1500, at(9))
	table.Count(r, Reply, 40, at(9))
	assert.Empty(t, table.Sweep(at(15), 4, nil))
	table.SetState(r, stateEstablished)
	assert.Empty(t, table.Sweep(at(1000), 4, nil))
	table.SetData(r, 77)
	expired := table.Sweep(at(1012), 4, nil)
	require.Len(t, expired, 1)
	assert.Equal(t, Flow{Ref: r, Tuple: u, State: stateEstablished, Data: 77,
		Packets: [2]uint32{1, 2}, Bytes: [2]uint64{100, 1540}}, expired[0])
}

// TestStampsWrap runs the clock past 2^30 ticks.
func TestStampsWrap(t *testing.T) {
	table := newFlowTable(t, smallFlowSpec(4))
	u := tupleV4("10.0.0.1", "10.0.0.2", 1, 2)
	const wrap = 1 << tickBits
	table.Insert(&u, stateNew, at(wrap-3))
	assert.Empty(t, table.Sweep(at(wrap+7), 4, nil))
	assert.Len(t, table.Sweep(at(wrap+9), 4, nil), 1)
}

func TestSweepWorkIsBounded(t *testing.T) {
	table := newFlowTable(t, smallFlowSpec(100))
	for i := range uint16(100) {
		u := tupleV4("10.0.0.1", "10.0.0.2", i, 2)
		require.Equal(t, Inserted, table.Insert(&u, stateNew, at(0)).Outcome)
	}
	for left := 100; left > 0; left -= 10 {
		all, _ := table.Len()
		require.Equal(t, left, all)
		assert.Len(t, table.Sweep(at(100), 10, nil), 10)
	}
	assert.Empty(t, table.Sweep(at(200), 1000, nil))
}

func TestRejectCountsAndChangesNothing(t *testing.T) {
	table := newFlowTable(t, smallFlowSpec(2))
	for i := range uint16(3) {
		u := tupleV4("10.0.0.1", "10.0.0.2", i, 2)
		in := table.Insert(&u, stateNew, at(0))
		assert.Equal(t, i == 2, in.Outcome == Full)
		assert.Equal(t, i != 2, table.Lookup(&u).Hit)
	}
	assert.Equal(t, FlowCounts{Rejected: 1}, table.Counts())
}

func TestEvictOldestDropsTheIdlest(t *testing.T) {
	spec := smallFlowSpec(3)
	spec.WhenFull = EvictOldest
	table := newFlowTable(t, spec)
	tuples := make([]Tuple, 4)
	for i, seen := range []int64{5, 2, 9} {
		tuples[i] = tupleV4("10.0.0.1", "10.0.0.2", uint16(i), 2)
		table.Insert(&tuples[i], stateNew, at(seen))
	}
	tuples[3] = tupleV4("10.0.0.1", "10.0.0.2", 3, 2)
	in := table.Insert(&tuples[3], stateNew, at(10))
	assert.Equal(t, Evicted, in.Outcome)
	assert.Equal(t, tuples[1], in.Evicted.Tuple)
	assert.Equal(t, FlowCounts{Evicted: 1}, table.Counts())

	v6 := Tuple{V6: true, SrcPort: 1}
	assert.Equal(t, Evicted, table.Insert(&v6, stateNew, at(10)).Outcome)
	v6.SrcPort = 2
	in = table.Insert(&v6, stateNew, at(11))
	assert.Equal(t, Evicted, in.Outcome)
	assert.True(t, in.Evicted.Tuple.V6, "only an IPv6 flow makes room for an IPv6 flow when the pairs are used up")
}

func TestUseOfADeletedFlowPanics(t *testing.T) {
	table := newFlowTable(t, smallFlowSpec(2))
	u := tupleV4("10.0.0.1", "10.0.0.2", 1, 2)
	r := table.Insert(&u, stateNew, at(0)).Ref
	assert.Panics(t, func() { table.SetState(r, 0) })
	assert.Panics(t, func() { table.SetState(r, 3) })
	table.Delete(r)
	assert.PanicsWithValue(t, "table: flow 0 is not in use", func() { table.Delete(r) })
	assert.Panics(t, func() { table.Count(r, Original, 1, at(0)) })
}

func TestFlowSpecNamesTheBadField(t *testing.T) {
	for want, spoil := range map[string]func(*FlowSpec){
		"0 flows":             func(s *FlowSpec) { s.Flows = 0 },
		"11 IPv6 flows":       func(s *FlowSpec) { s.V6Flows = 11 },
		"tick":                func(s *FlowSpec) { s.Tick = 0 },
		"timeouts for 1":      func(s *FlowSpec) { s.Timeouts = s.Timeouts[:1] },
		"timeout":             func(s *FlowSpec) { s.Timeouts = []units.Duration{0, maxIdle * units.Millisecond} },
		"needed are 2 to 256": func(s *FlowSpec) { s.Timeouts = []units.Duration{1, 1} },
		"unknown policy 2":    func(s *FlowSpec) { s.WhenFull = 2 },
	} {
		spec := smallFlowSpec(10)
		spoil(&spec)
		_, err := NewFlowTable(spec)
		assert.ErrorContains(t, err, want)
	}
}

// flowModel is the naive reference: a list of flows, searched from end to end.
type flowModel struct {
	spec  FlowSpec
	flows []modelFlow
	nowMs int64
}

type modelFlow struct {
	Flow
	seenMs int64
}

func (m *flowModel) find(u Tuple) (i int, dir Direction) {
	for i := range m.flows {
		if m.flows[i].Tuple == u {
			return i, Original
		}
		if m.flows[i].Tuple == u.Reverse() {
			return i, Reply
		}
	}
	return -1, 0
}

func (m *flowModel) v6() (n int) {
	for i := range m.flows {
		if m.flows[i].Tuple.V6 {
			n++
		}
	}
	return n
}

func (m *flowModel) remove(i int) { m.flows = append(m.flows[:i], m.flows[i+1:]...) }

func TestFlowTableActsLikeAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := smallFlowSpec(rapid.SampledFrom([]int{2, 5, 20, 60}).Draw(t, "flows"))
		spec.WhenFull = rapid.SampledFrom([]FullPolicy{Reject, EvictOldest}).Draw(t, "policy")
		spec.Seed = rapid.Uint64().Draw(t, "seed")
		table, model := newFlowTable(t, spec), &flowModel{spec: spec}
		if rapid.Bool().Draw(t, "narrow index") {
			table.buckets = max(2, table.buckets/4) // so that buckets fill up before the table does
		}
		t.Repeat(map[string]func(*rapid.T){
			"insert": func(t *rapid.T) { modelInsert(t, table, model, drawTuple(t)) },
			"packet": func(t *rapid.T) { modelPacket(t, table, model, drawTuple(t)) },
			"delete": func(t *rapid.T) {
				u := drawTuple(t)
				if i, _ := model.find(u); i >= 0 {
					table.Delete(model.flows[i].Ref)
					model.remove(i)
				}
			},
			"time":  func(t *rapid.T) { model.nowMs += rapid.Int64Range(0, 600).Draw(t, "ms") },
			"sweep": func(t *rapid.T) { modelSweep(t, table, model, rapid.IntRange(0, 70).Draw(t, "n")) },
			"":      func(t *rapid.T) { checkFlows(t, table, model) },
		})
	})
}

// drawTuple draws from few addresses and ports, so that flows meet again, in both directions and families.
func drawTuple(t *rapid.T) Tuple {
	n := rapid.Uint64Range(0, 2)
	u := Tuple{Src: Addr{Lo: n.Draw(t, "src")}, Dst: Addr{Lo: n.Draw(t, "dst")},
		SrcPort: uint16(n.Draw(t, "sport")), DstPort: uint16(n.Draw(t, "dport")), VRF: uint16(n.Draw(t, "vrf")),
		Proto: 6, V6: rapid.Bool().Draw(t, "v6")}
	if u.V6 {
		u.Src.Hi, u.Dst.Hi = n.Draw(t, "src high"), n.Draw(t, "dst high")
	}
	return u
}

func modelInsert(t *rapid.T, table *FlowTable, m *flowModel, u Tuple) {
	old, _ := m.find(u)
	var k flowKey
	table.setKey(&k, &u)
	noPair := u.V6 && m.v6() == m.spec.V6Flows
	full := len(m.flows) == m.spec.Flows || noPair || cramped(table, k.hash)
	in := table.Insert(&u, stateNew, at(m.nowMs))
	switch in.Outcome {
	case Updated:
		require.GreaterOrEqual(t, old, 0)
		require.Equal(t, m.flows[old].Ref, in.Ref)
		return
	case Full:
		require.True(t, full && old < 0)
		return
	case Evicted:
		require.True(t, full && m.spec.WhenFull == EvictOldest)
		removeEvicted(t, table, m, &k, in.Evicted, noPair)
	case Inserted:
		require.False(t, full)
	}
	require.Negative(t, old)
	m.flows = append(m.flows, modelFlow{Flow{Ref: in.Ref, Tuple: u, State: stateNew}, m.nowMs})
}

// removeEvicted checks that no flow that shares a bucket with k was idle longer than the evicted one.
func removeEvicted(t *rapid.T, table *FlowTable, m *flowModel, k *flowKey, evicted Flow, needV6 bool) {
	i, _ := m.find(evicted.Tuple)
	require.GreaterOrEqual(t, i, 0)
	require.Equal(t, m.flows[i].Flow, evicted)
	require.True(t, !needV6 || evicted.Tuple.V6)
	for _, other := range m.flows {
		ok := other.Tuple.V6 || !needV6
		if ok && other.seenMs < m.flows[i].seenMs && other.Ref != evicted.Ref {
			require.False(t, holds(table, k, other.Ref), "%v was idle longer", other)
		}
	}
	m.remove(i)
}

// holds reports whether flow r has its slot in a bucket of k.
func holds(table *FlowTable, k *flowKey, r FlowRef) bool {
	first, second := table.where(k.hash)
	for _, b := range [2]*flowBucket{first, second} {
		for slot := range b.refs {
			if b.tag(slot) != 0 && b.refs[slot] == uint32(r) {
				return true
			}
		}
	}
	return false
}

// cramped reports whether both buckets of a hash are full, and both buckets of every flow in them.
func cramped(table *FlowTable, hash uint64) bool {
	first, second := table.where(hash)
	for _, b := range [2]*flowBucket{first, second} {
		for slot, r := range b.refs {
			if b.tag(slot) == 0 {
				return false
			}
			x, y := table.where(table.hashOf(&table.entries[r]))
			if x.free()+y.free() > 0 {
				return false
			}
		}
	}
	return true
}

func modelPacket(t *rapid.T, table *FlowTable, m *flowModel, u Tuple) {
	i, dir := m.find(u)
	hit := table.Lookup(&u)
	require.Equal(t, i >= 0, hit.Hit)
	if i < 0 {
		return
	}
	if u != u.Reverse() {
		require.Equal(t, dir, hit.Dir)
	}
	table.Count(hit.Ref, hit.Dir, 64, at(m.nowMs))
	table.SetState(hit.Ref, stateEstablished)
	f := &m.flows[i]
	f.State, f.seenMs = stateEstablished, m.nowMs
	f.Packets[hit.Dir]++
	f.Bytes[hit.Dir] += 64
}

// modelSweep checks that only flows that timed out go, and that a whole round takes all of them.
func modelSweep(t *rapid.T, table *FlowTable, m *flowModel, n int) {
	for _, gone := range table.Sweep(at(m.nowMs), n, nil) {
		i, _ := m.find(gone.Tuple)
		require.GreaterOrEqual(t, i, 0)
		require.Equal(t, m.flows[i].Flow, gone)
		require.True(t, m.due(&m.flows[i]))
		m.remove(i)
	}
	if n >= m.spec.Flows {
		for i := range m.flows {
			require.False(t, m.due(&m.flows[i]))
		}
	}
}

// due reports whether f has timed out; stamps are whole milliseconds here, so the clock is a tick late at most.
func (m *flowModel) due(f *modelFlow) bool {
	return m.nowMs-f.seenMs > int64(m.spec.Timeouts[f.State]/units.Millisecond)
}

func checkFlows(t *rapid.T, table *FlowTable, m *flowModel) {
	all, v6 := table.Len()
	require.Equal(t, len(m.flows), all)
	require.Equal(t, m.v6(), v6)
	tuples := make([]Tuple, 0, 2*len(m.flows)+20)
	for i := range m.flows {
		u := m.flows[i].Tuple
		require.Equal(t, m.flows[i].Flow, table.Flow(m.flows[i].Ref))
		tuples = append(tuples, u, u.Reverse())
	}
	for i := range uint16(20) {
		tuples = append(tuples, Tuple{SrcPort: 100 + i})
	}
	hits := make([]FlowHit, len(tuples))
	table.LookupBatch(tuples, hits)
	for i := range tuples {
		hit := table.Lookup(&tuples[i])
		require.Equal(t, hit, hits[i], "a batch gives the same answers")
		require.Equal(t, i < 2*len(m.flows), hit.Hit)
		if hit.Hit {
			require.Equal(t, m.flows[i/2].Ref, hit.Ref)
		}
	}
}
