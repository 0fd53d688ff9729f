package pcie

import (
	"github.com/dsnsim/dsnsim/sim/queue"
	"github.com/dsnsim/dsnsim/sim/units"
)

// creditUnit is what one data credit stands for.
// source: PCI Express Base Specification, flow control: 4 DW
const creditUnit units.Bytes = 16

// DataCredits returns the data credits that n payload bytes take.
func DataCredits(n units.Bytes) int64 { return int64((n + creditUnit - 1) / creditUnit) }

// Credits is one pool of flow-control credits (headers, or data of 16 B) as the transmitter sees it. The receiver returns them in the order in
// which they were taken, each at a known instant.
type Credits struct {
	limit, available int64
	returns          queue.Ring[creditReturn]
	last             units.Time
}

type creditReturn struct {
	at units.Time
	n  int64
}

// NewCredits returns a pool of credits, all of them free.
func NewCredits(limit int64) Credits { return Credits{limit: limit, available: limit} }

// Take takes n credits at instant at, or at the first later instant at which they have come back, and returns that
// instant. n may not exceed the limit.
func (c *Credits) Take(at units.Time, n int64) units.Time {
	for c.returns.Len() > 0 && (c.available < n || !c.returns.Front().at.After(at)) {
		r := c.returns.Pop()
		c.available += r.n
		at = units.Later(at, r.at)
	}
	if c.available < n {
		panic("pcie: a TLP needs more credits than the receiver has")
	}
	c.available -= n
	return at
}

// GiveBack makes n credits come back at instant at, or when those taken before have come back, whichever is later.
func (c *Credits) GiveBack(at units.Time, n int64) {
	c.last = units.Later(at, c.last)
	c.returns.Push(creditReturn{c.last, n})
}

// tagPool hands out the tags of non-posted requests. A tag is not handed out again before it has been put back.
type tagPool struct {
	free  []uint16
	inUse []bool
}

func newTagPool(n int) tagPool {
	p := tagPool{free: make([]uint16, n), inUse: make([]bool, n)}
	for i := range p.free {
		p.free[i] = uint16(n - 1 - i)
	}
	return p
}

// take returns a tag, or false when all are outstanding.
func (p *tagPool) take() (uint16, bool) {
	if len(p.free) == 0 {
		return 0, false
	}
	tag := p.free[len(p.free)-1]
	p.free = p.free[:len(p.free)-1]
	p.inUse[tag] = true
	return tag, true
}

// put gives a tag back. It panics when the tag is not outstanding: a completion without a request is the author's bug.
func (p *tagPool) put(tag uint16) {
	if !p.inUse[tag] {
		panic("pcie: a completion carries a tag that is not outstanding")
	}
	p.inUse[tag] = false
	p.free = append(p.free, tag)
}
