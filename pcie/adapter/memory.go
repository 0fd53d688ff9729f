package adapter

import "github.com/dsnsim/dsnsim/sim/units"

// span is a piece of the memory that a function sees: its rings and buffers lie one behind the other from address 0.
type span struct {
	function int
	addr     int64
	n        units.Bytes
}

// buffers returns how many descriptors n bytes take.
func (c *Card) buffers(n units.Bytes) int {
	return max(1, int((n+c.Rings.Buffer-1)/c.Rings.Buffer))
}

// region returns the bytes of a queue pair: buffers and rings of both sides, in whole pages of 4 KiB.
func (c *Card) region() int64 {
	const page = int64(4 * units.KiB)
	n := 2 * int64(c.Rings.Size) * int64(c.Rings.Buffer+c.Rings.Descriptor)
	return (n + page - 1) / page * page
}

// inBuffers is where a packet of n bytes lies whose first buffer is the given one since the start.
func (c *Card) inBuffers(queue int, first int64, n units.Bytes, receive bool) span {
	size := int64(c.Rings.Size)
	addr := int64(queue%c.PerFunction)*c.region() + first%size*int64(c.Rings.Buffer)
	if !receive {
		addr += size * int64(c.Rings.Buffer)
	}
	return span{queue / c.PerFunction, addr, n}
}

// inRing is where its descriptor, and the completion that takes its place, lies.
func (c *Card) inRing(queue int, first int64, receive bool) span {
	size := int64(c.Rings.Size)
	addr := int64(queue%c.PerFunction)*c.region() + 2*size*int64(c.Rings.Buffer) + first%size*int64(c.Rings.Descriptor)
	if !receive {
		addr += size * int64(c.Rings.Descriptor)
	}
	return span{queue / c.PerFunction, addr, c.Rings.Descriptor}
}

// translate returns when the addresses of a span are known for a TLP that arrives at an instant.
func (u *Up) translate(at units.Time, s span, write bool) units.Time {
	ready := at
	first, last := u.pages(s)
	for page := first; page <= last; page++ {
		ready = units.Later(ready, u.mmu.Translate(at, page, write))
	}
	return ready
}

// pages returns the first and the last page of a span. Functions share the IOTLB, and no page of it.
func (u *Up) pages(s span) (first, last uint64) {
	const functionShift = 40 // no function has as many pages
	page, of := int64(u.card.Page), uint64(s.function)<<functionShift
	return of | uint64(s.addr/page), of | uint64((s.addr+int64(s.n)-1)/page)
}
