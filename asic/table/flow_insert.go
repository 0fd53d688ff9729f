package table

import (
	"fmt"
	"math/bits"

	"github.com/dsnsim/dsnsim/sim/units"
)

// FlowInsert is what became of an insertion.
type FlowInsert struct {
	Outcome Outcome // Inserted, Updated, Full or Evicted
	Ref     FlowRef // the flow, unless Full
	Moves   int     // entries of the index that had to change place, 0 or 1
	Evicted Flow    // the flow that was dropped, when Evicted
}

// Insert makes a flow whose original direction is u's, seen at now, in a state of the spec that is not 0. Where the
// flow exists already, in either direction, it is left as it is and the outcome is Updated. The table is full when
// all its entries are used, all IPv6 entries for an IPv6 flow, or when the key's two buckets are full and none of
// their entries can move to its other bucket.
func (t *FlowTable) Insert(u *Tuple, state uint8, now units.Time) FlowInsert {
	t.checkState(state)
	var k flowKey
	t.setKey(&k, u)
	if hit := t.find(&k); hit.Hit {
		return FlowInsert{Outcome: Updated, Ref: hit.Ref}
	}
	result := FlowInsert{Outcome: Inserted}
	noPair := k.v6 && t.usedV6 == len(t.pairs)
	room := t.used < len(t.entries) && !noPair
	if room {
		room, result.Moves = t.makeRoom(k.hash)
	}
	if !room {
		victim, ok := t.oldest(k.hash, noPair, t.tick(now))
		if t.spec.WhenFull == Reject || !ok {
			t.counts.Rejected++
			return FlowInsert{Outcome: Full}
		}
		result.Outcome, result.Evicted = Evicted, t.Flow(victim)
		t.Delete(victim)
		t.counts.Evicted++
	}
	result.Ref = t.fill(&k, state, t.tick(now))
	return result
}

// makeRoom sees to it that one of the two buckets of a hash has a free slot, if need be by moving an entry of theirs.
func (t *FlowTable) makeRoom(hash uint64) (ok bool, moves int) {
	first, second := t.where(hash)
	if first.free() > 0 || second.free() > 0 {
		return true, 0
	}
	for _, b := range [2]*flowBucket{first, second} {
		for slot, r := range b.refs {
			h := t.hashOf(&t.entries[r])
			to, other := t.where(h)
			if to == b {
				to = other
			}
			if to.free() > 0 {
				to.put(tagOf(h), r)
				b.setTag(slot, 0)
				return true, 1
			}
		}
	}
	return false, 0
}

// hashOf returns the hash of e's key.
func (t *FlowTable) hashOf(e *entry) uint64 {
	u := t.tuple(e)
	var k flowKey
	t.setKey(&k, &u)
	return k.hash
}

// free returns the number of empty slots.
func (b *flowBucket) free() int {
	return bits.OnesCount64(b.match(0))
}

func (b *flowBucket) setTag(slot int, tag uint64) {
	shift := slot % 4 * 16
	w := &b.tags[slot/4]
	*w = *w&^(0xffff<<shift) | tag<<shift
}

// tag returns the tag in a slot.
func (b *flowBucket) tag(slot int) uint64 { return b.tags[slot/4] >> (slot % 4 * 16) & 0xffff }

// put writes a flow into the first empty slot; there is one.
func (b *flowBucket) put(tag uint64, r uint32) {
	slot := bucketSlot(b.match(0))
	b.setTag(slot, tag)
	b.refs[slot] = r
}

// oldest returns the flow in the two buckets that was idle longest, among those with an IPv6 key if need be.
func (t *FlowTable) oldest(hash uint64, needV6 bool, tick uint32) (victim FlowRef, ok bool) {
	var most uint32
	first, second := t.where(hash)
	for _, b := range [2]*flowBucket{first, second} {
		for slot, r := range b.refs {
			e := &t.entries[r]
			if b.tag(slot) == 0 || needV6 && e.seen&seenV6 == 0 {
				continue
			}
			if idle := e.idle(tick); !ok || idle > most {
				victim, most, ok = FlowRef(r), idle, true
			}
		}
	}
	return victim, ok
}

// fill takes a free entry for the flow and enters it in its first bucket, or in the second when that is
// full: more flows are then found with one read than if the emptier bucket were taken.
func (t *FlowTable) fill(k *flowKey, state uint8, tick uint32) FlowRef {
	i := t.freeEntry - 1
	if t.freeEntry != 0 {
		t.freeEntry = uint32(t.entries[i].key[0])
	} else {
		i = t.fresh
		t.fresh++
	}
	e := &t.entries[i]
	*e = entry{key: k.key, seen: tick, beside: k.beside}
	e.key[1] |= uint64(state)
	if k.v6 {
		e.key[0] |= uint64(t.newPair(k)) << 32
		e.seen |= seenV6
	}
	if k.swapped {
		e.seen |= seenSwapped
	}
	b, second := t.where(k.hash)
	if b.free() == 0 {
		b = second
	}
	b.put(tagOf(k.hash), i)
	t.used++
	return FlowRef(i)
}

// newPair takes a free pair for the addresses of k.
func (t *FlowTable) newPair(k *flowKey) uint32 {
	i := t.freePair - 1
	if t.freePair != 0 {
		t.freePair = uint32(t.pairs[i].lo.Lo)
	} else {
		i = t.freshPair
		t.freshPair++
	}
	t.pairs[i] = k.addrs
	t.usedV6++
	return i
}

// Delete removes flow r.
func (t *FlowTable) Delete(r FlowRef) {
	e := t.at(r)
	t.clearSlot(t.hashOf(e), r)
	if e.seen&seenV6 != 0 {
		i := uint32(e.key[0] >> 32)
		t.pairs[i] = pair{lo: Addr{Lo: uint64(t.freePair)}}
		t.freePair = i + 1
		t.usedV6--
	}
	*e = entry{key: [2]uint64{uint64(t.freeEntry)}}
	t.freeEntry = uint32(r) + 1
	t.used--
}

func (t *FlowTable) clearSlot(hash uint64, r FlowRef) {
	first, second := t.where(hash)
	for _, b := range [2]*flowBucket{first, second} {
		for m := b.match(tagOf(hash)); m != 0; m &= m - 1 {
			if slot := bucketSlot(m); b.refs[slot] == uint32(r) {
				b.setTag(slot, 0)
				return
			}
		}
	}
	panic(fmt.Sprintf("table: flow %d is not in the index", r))
}
