package table

import "math/bits"

// flowKey is a tuple in the order that both directions share: the endpoint with the lower address first, or with the
// lower port where the addresses are equal.
type flowKey struct {
	key   [2]uint64 // as in entry, with state 0, and both addresses 0 for IPv6
	addrs pair      // of an IPv6 key
	// beside is the network, in the upper half the type of an ICMP query, and askedHigh where the higher endpoint asks: so a
	// request is not taken for the answer to one that came the other way, whatever their identifiers.
	beside  uint64
	hash    uint64
	v6      bool
	swapped bool // the tuple's source is the higher endpoint
}

// What flowKey.beside holds beside the network.
const (
	queryShift = 32
	askedHigh  = 1 << 40
)

// setKey makes k the canonical form of u.
func (t *FlowTable) setKey(k *flowKey, u *Tuple) {
	vrf, proto := uint64(u.VRF), uint64(u.Proto)<<8
	if u.V6 {
		t.setKeyV6(k, u)
		k.key[0] |= vrf
		k.key[1] |= proto
		seed := t.spec.Seed ^ k.setBeside(u)
		lo := hash2(k.addrs.lo.Hi, k.addrs.lo.Lo, seed)
		hi := hash2(k.addrs.hi.Hi, k.addrs.hi.Lo, ^seed)
		k.hash = hash2(k.key[0]^lo, k.key[1]^hi, seed)
		return
	}
	src := u.Src.Lo<<32 | uint64(u.SrcPort)<<16
	dst := u.Dst.Lo<<32 | uint64(u.DstPort)<<16
	// min and max compile to no branch; which end is lower is as good as random.
	k.key = [2]uint64{min(src, dst) | vrf, max(src, dst) | proto}
	k.v6, k.swapped = false, src > dst
	k.hash = hash2(k.key[0], k.key[1], t.spec.Seed^k.setBeside(u))
}

// setBeside sets the part of the key beside the five-tuple and VRF, and returns what it adds to the seed of the hash: nothing in
// network 0 without a query.
func (k *flowKey) setBeside(u *Tuple) (salt uint64) {
	k.beside = uint64(u.Network) | uint64(u.Query)<<queryShift
	if u.Query != 0 && u.Answer != k.swapped && (u.SrcPort != u.DstPort || u.Src != u.Dst) {
		k.beside |= askedHigh
	}
	const odd = 0x9e3779b97f4a7c15 // 2^64 by the golden ratio, so that near networks get far seeds
	return k.beside * odd
}

func (t *FlowTable) setKeyV6(k *flowKey, u *Tuple) {
	lo, hi, loPort, hiPort := u.Src, u.Dst, u.SrcPort, u.DstPort
	order := lo.compare(hi)
	k.swapped = order > 0 || order == 0 && loPort > hiPort
	if k.swapped {
		lo, hi, loPort, hiPort = hi, lo, hiPort, loPort
	}
	k.v6, k.addrs = true, pair{lo, hi}
	k.key = [2]uint64{uint64(loPort) << 16, uint64(hiPort) << 16}
}

// tuple returns the key of e in the flow's original direction.
func (t *FlowTable) tuple(e *entry) Tuple {
	u := Tuple{Src: Addr{Lo: e.key[0] >> 32}, Dst: Addr{Lo: e.key[1] >> 32}, V6: e.seen&seenV6 != 0,
		SrcPort: uint16(e.key[0] >> 16), DstPort: uint16(e.key[1] >> 16),
		VRF: uint16(e.key[0]), Proto: uint8(e.key[1] >> 8),
		Network: uint32(e.beside), Query: uint8(e.beside >> queryShift), Answer: e.beside&askedHigh != 0}
	if u.V6 {
		p := &t.pairs[e.key[0]>>32]
		u.Src, u.Dst = p.lo, p.hi
	}
	if e.seen&seenSwapped != 0 {
		return u.Reverse()
	}
	return u
}

// same reports whether e is the flow of k.
func (t *FlowTable) same(e *entry, k *flowKey) bool {
	if e.beside != k.beside {
		return false
	}
	if !k.v6 {
		return e.key[0] == k.key[0] && e.key[1]&^0xff == k.key[1] && e.seen&seenV6 == 0
	}
	if e.seen&seenV6 == 0 || e.key[0]&0xffff_ffff != k.key[0] || e.key[1]&^0xff != k.key[1] {
		return false
	}
	return t.pairs[e.key[0]>>32] == k.addrs
}

// where returns the two buckets where a flow with this hash may be, which differ.
func (t *FlowTable) where(hash uint64) (first, second *flowBucket) {
	i, j := bucketOf(hash, 0, t.buckets), bucketOf(hash, 1, t.buckets-1)
	if j >= i {
		j++
	}
	return &t.index[i], &t.index[j]
}

// match returns bit 16*lane+15-word for each slot of b with this tag; bucketSlot translates.
func (b *flowBucket) match(tag uint64) uint64 {
	return equalLanes(b.tags[0], tag) | equalLanes(b.tags[1], tag)>>1
}

// bucketSlot returns the slot of the lowest bit of a match, which may be 0.
func bucketSlot(match uint64) int {
	p := bits.TrailingZeros64(match | 1<<63)
	return ((15-p%16)*4 + p/16) % flowSlots
}

// FlowHit is the answer to a lookup.
type FlowHit struct {
	Ref    FlowRef
	Hit    bool
	Dir    Direction
	Probes uint8 // buckets read, one after another, until the answer was known; hardware reads both at once
}

// Lookup finds the flow of u in either direction. A flow that has timed out is found until Sweep removes it, as in
// hardware that ages in the background.
func (t *FlowTable) Lookup(u *Tuple) FlowHit {
	var k flowKey
	t.setKey(&k, u)
	return t.find(&k)
}

func (t *FlowTable) find(k *flowKey) FlowHit {
	first, second := t.where(k.hash)
	if hit := t.findIn(first, k); hit.Hit {
		hit.Probes = 1
		return hit
	}
	hit := t.findIn(second, k)
	hit.Probes = 2
	return hit
}

func (t *FlowTable) findIn(b *flowBucket, k *flowKey) (hit FlowHit) {
	for m := b.match(tagOf(k.hash)); m != 0; m &= m - 1 {
		r := b.refs[bucketSlot(m)]
		e := &t.entries[r]
		if !t.same(e, k) {
			continue
		}
		hit.Ref, hit.Hit = FlowRef(r), true
		if k.swapped != (e.seen&seenSwapped != 0) {
			hit.Dir = Reply
		}
		break
	}
	return hit
}

// LookupBatch finds tuples[i] for every i and writes the answers to hits, which must be as long, 16 at a time so that
// the reads of one lookup do not wait for another's.
func (t *FlowTable) LookupBatch(tuples []Tuple, hits []FlowHit) {
	hits = hits[:len(tuples)]
	for len(tuples) >= batchSize {
		t.lookup16((*[batchSize]Tuple)(tuples), (*[batchSize]FlowHit)(hits))
		tuples, hits = tuples[batchSize:], hits[batchSize:]
	}
	for i := range tuples {
		hits[i] = t.Lookup(&tuples[i])
	}
}

// lookup16 is Lookup for 16 tuples. Most flows are in their first bucket (see fill), so only the others, whose first
// bucket has no such tag, cost a read of the second.
func (t *FlowTable) lookup16(tuples *[batchSize]Tuple, hits *[batchSize]FlowHit) {
	var keys [batchSize]flowKey
	var match [batchSize]uint64
	var likely [batchSize]uint32
	for i := range tuples {
		t.setKey(&keys[i], &tuples[i])
	}
	for i := range keys {
		first, _ := t.where(keys[i].hash)
		match[i] = first.match(tagOf(keys[i].hash))
	}
	for i := range keys {
		b, second := t.where(keys[i].hash)
		if match[i] == 0 {
			b, match[i] = second, second.match(tagOf(keys[i].hash))
		}
		likely[i] = b.refs[bucketSlot(match[i])]
	}
	t.touch(&likely)
	for i := range keys {
		hits[i] = t.find(&keys[i])
	}
}

// touch reads the entries. It is not inlined, as the compiler would then leave the reads out.
//
//go:noinline
func (t *FlowTable) touch(refs *[batchSize]uint32) (sum uint64) {
	for _, r := range refs {
		sum += t.entries[r].key[0]
	}
	return sum
}
