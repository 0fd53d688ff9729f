package table

import (
	"fmt"
	"slices"

	"github.com/dsnsim/dsnsim/sim/units"
)

// FullPolicy says what an insertion into a full FlowTable does.
type FullPolicy uint8

// The policies.
const (
	Reject      FullPolicy = iota // refuse the new flow
	EvictOldest                   // drop the flow of the key's buckets that was idle longest
)

// Direction is the direction of a packet within its flow.
type Direction uint8

// The directions.
const (
	Original Direction = iota // as the packet that created the flow
	Reply
)

const (
	// flowSlots is the number of slots in a bucket of the index.
	flowSlots = 8
	// indexLoadPercent is the load of the index when every flow is in use. With two buckets for a flow and one move
	// allowed, 70% refuses nothing at 2^25 flows, and 80% refuses some (BenchmarkFlowTable, TestIndexHoldsAllFlows).
	indexLoadPercent = 70
	// tickBits is the width of a last-seen stamp. Ages are taken modulo 2^tickBits, those of the upper half as negative.
	tickBits    = 30
	tickMask    = 1<<tickBits - 1
	maxIdle     = 1 << (tickBits - 2) // in ticks; the longest timeout
	seenV6      = 1 << 30             // flag beside a stamp: the key is IPv6
	seenSwapped = 1 << 31             // flag: the originator is the endpoint with the higher address
	maxFlows    = 1<<32 - 2
)

// FlowSpec describes a flow table.
type FlowSpec struct {
	Flows   int // most flows at once, IPv4 and IPv6 together
	V6Flows int // most IPv6 flows among them; each costs 32 bytes more
	// Tick is the resolution of last-seen stamps. Stamps wrap, so a sweep must pass every flow once in 2^28 ticks, which
	// are 3 days at 1 ms.
	Tick units.Duration
	// Timeouts holds the idle time after which a flow in state s expires, at index s, up to 2^28 ticks. State 0 is
	// reserved for free entries, and Timeouts[0] must be 0.
	Timeouts []units.Duration
	WhenFull FullPolicy
	Seed     uint64 // of the hash
}

// Validate reports the first field that is out of range.
func (s FlowSpec) Validate() error {
	switch {
	case s.Flows < 1 || s.Flows > maxFlows:
		return fmt.Errorf("flow table: %d flows; allowed are 1 to %d", s.Flows, maxFlows)
	case s.V6Flows < 0 || s.V6Flows > s.Flows:
		return fmt.Errorf("flow table: %d IPv6 flows; allowed are 0 to the %d of all flows", s.V6Flows, s.Flows)
	case s.Tick <= 0:
		return fmt.Errorf("flow table: a tick of %v; it must be positive", s.Tick)
	case len(s.Timeouts) < 2 || len(s.Timeouts) > 256 || s.Timeouts[0] != 0:
		return fmt.Errorf("flow table: timeouts for %d states; needed are 2 to 256, that of state 0 being 0", len(s.Timeouts))
	case s.WhenFull > EvictOldest:
		return fmt.Errorf("flow table: unknown policy %d for a full table", s.WhenFull)
	}
	for state, d := range s.Timeouts {
		if d < 0 || int64(d)/int64(s.Tick) >= maxIdle-2 {
			return fmt.Errorf("flow table: timeout %v of state %d; allowed are 0 to 2^28 ticks of %v", d, state, s.Tick)
		}
	}
	return nil
}

// FlowRef names a flow until the flow is deleted, evicted or expired; then the name is used again.
type FlowRef uint32

// entry is one flow: 56 bytes.
type entry struct {
	// key holds, from the top, the address, port and VRF of the lower endpoint, and the address, port, protocol and
	// state of the higher. An IPv6 flow has the index of its addresses in pairs for the first address and 0 for the
	// second. State 0 is a free entry, whose key[0] is the next free entry.
	key     [2]uint64
	beside  uint64 // the rest of the key, as in flowKey; next to it, since a lookup reads both
	seen    uint32 // stamp in ticks, and the flags seenV6 and seenSwapped
	data    uint32
	packets [2]uint32 // by Direction, saturating
	bytes   [2]uint64 // by Direction
}

// flowBucket is a bucket of the index: one cache line, with 16 bytes left over.
type flowBucket struct {
	tags [2]uint64         // eight tags of 16 bits, 0 is an empty slot
	refs [flowSlots]uint32 // the flows
	_    [2]uint64
}

// pair holds the addresses of an IPv6 flow, the lower endpoint's first.
type pair struct{ lo, hi Addr }

// FlowTable tracks connections: one entry for both directions of a five-tuple, VRF and network, and for ICMP of one type of query. It is an index of two-choice
// buckets over a slab of entries: the slab gives a flow a stable name, and the index is what the hardware's hash table
// would be. It costs 68 bytes for an IPv4 flow and 100 for an IPv6 flow, and a lookup in a large table waits for two cache
// misses, one after the other: the bucket's and the entry's (BenchmarkFlowTable).
type FlowTable struct {
	spec    FlowSpec
	buckets uint64       // two at least
	index   []flowBucket // a flow has two of them
	entries []entry
	pairs   []pair
	timeout []uint32 // by state, in ticks

	used, usedV6        int
	fresh, freshPair    uint32 // entries and pairs from here on were never used
	freeEntry, freePair uint32 // chains of those used before; index+1
	hand                uint32 // of the ageing clock
	counts              FlowCounts
}

// NewFlowTable returns an empty table, or the error of spec.Validate.
func NewFlowTable(spec FlowSpec) (*FlowTable, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	spec.Timeouts = slices.Clone(spec.Timeouts)
	slots := uint64(spec.Flows)*100/indexLoadPercent + 1
	buckets := max(2, (slots+flowSlots-1)/flowSlots)
	t := &FlowTable{
		spec:    spec,
		buckets: buckets,
		index:   make([]flowBucket, int(buckets)),
		entries: make([]entry, spec.Flows),
		pairs:   make([]pair, spec.V6Flows),
		timeout: make([]uint32, len(spec.Timeouts)),
	}
	for state, d := range spec.Timeouts {
		// One tick more than the timeout, as both stamps are rounded down: no flow expires early.
		t.timeout[state] = uint32((int64(d)+int64(spec.Tick)-1)/int64(spec.Tick)) + 1
	}
	return t, nil
}

// Len returns the number of flows, and how many of them are IPv6.
func (t *FlowTable) Len() (all, v6 int) { return t.used, t.usedV6 }

// FlowCounts are totals since the table was made.
type FlowCounts struct {
	Rejected uint64 // insertions that found the table full
	Evicted  uint64 // flows dropped for a new one
	Expired  uint64 // flows removed by Sweep
}

// Counts returns the totals.
func (t *FlowTable) Counts() FlowCounts { return t.counts }

// Flow is a copy of what the table holds of one flow.
type Flow struct {
	Ref     FlowRef
	Tuple   Tuple // in the original direction
	State   uint8
	Data    uint32    // for the owner, as an index of a NAT binding
	Packets [2]uint32 // by Direction, stops at the largest value
	Bytes   [2]uint64 // by Direction
}

// Flow returns a copy of flow r.
func (t *FlowTable) Flow(r FlowRef) Flow {
	e := t.at(r)
	return Flow{Ref: r, Tuple: t.tuple(e), State: e.state(), Data: e.data, Packets: e.packets, Bytes: e.bytes}
}

// at returns the entry of r. It panics when the flow is gone: the caller kept a name too long.
func (t *FlowTable) at(r FlowRef) *entry {
	e := &t.entries[r]
	if e.state() == 0 {
		panic(fmt.Sprintf("table: flow %d is not in use", r))
	}
	return e
}

// State returns the state of flow r.
func (t *FlowTable) State(r FlowRef) uint8 { return t.at(r).state() }

func (e *entry) state() uint8 { return uint8(e.key[1]) }

// SetState changes the state of flow r, and with it the timeout. The state must be one of the spec's and not 0.
func (t *FlowTable) SetState(r FlowRef, state uint8) {
	t.checkState(state)
	e := t.at(r)
	e.key[1] = e.key[1]&^0xff | uint64(state)
}

func (t *FlowTable) checkState(state uint8) {
	if state == 0 || int(state) >= len(t.timeout) {
		panic(fmt.Sprintf("table: flow state %d; the spec has timeouts for states 1 to %d", state, len(t.timeout)-1))
	}
}

// SetData keeps d with flow r.
func (t *FlowTable) SetData(r FlowRef, d uint32) { t.at(r).data = d }

// Data returns what SetData kept, at first 0.
func (t *FlowTable) Data(r FlowRef) uint32 { return t.at(r).data }
