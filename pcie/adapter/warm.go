package adapter

import "github.com/dsnsim/dsnsim/sim/packet"

// Warm implements sim.Warmer: the ring of the packet's queue has gone round, and the IOTLB knows its pages, those at its end last.
func (u *Up) Warm(p *packet.Packet) {
	if u.mmu == nil || p.Kind != Write && p.Kind != Request {
		return
	}
	receive, queue := p.Kind == Write, u.card.QueueOf(p)
	side := 0
	if receive {
		side = 1
	}
	if r := &u.rings[queue]; r.warmed[side] {
		return
	}
	u.rings[queue].warmed[side] = true
	last := int64(u.card.Rings.Size) - 1
	for _, ends := range [2][2]span{
		{u.card.inBuffers(queue, 0, 1, receive), u.card.inBuffers(queue, last, u.card.Rings.Buffer, receive)},
		{u.card.inRing(queue, 0, receive), u.card.inRing(queue, last, receive)},
	} {
		from, _ := u.pages(ends[0])
		_, to := u.pages(ends[1])
		for page := to - min(to-from, uint64(u.card.IOMMU.Entries)); page <= to; page++ {
			u.mmu.Warm(page)
		}
	}
}
