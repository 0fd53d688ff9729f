package table

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/sim/units"
)

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
		Proto: 6, V6: rapid.Bool().Draw(t, "v6"), Network: rapid.SampledFrom([]uint32{0, 0, 1, 1 << 31}).Draw(t, "network")}
	if u.V6 {
		u.Src.Hi, u.Dst.Hi = n.Draw(t, "src high"), n.Draw(t, "dst high")
	}
	if u.Src != u.Dst || u.SrcPort != u.DstPort { // who asks itself also answers
		u.Query = rapid.SampledFrom([]uint8{0, 8, 13}).Draw(t, "query")
		u.Answer = u.Query != 0 && rapid.Bool().Draw(t, "answer")
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
