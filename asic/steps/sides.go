package steps

import (
	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/units"
)

// BothSides does on a core what a chip does on both sides of the crypto complex. Either side may be nil.
type BothSides struct {
	Encrypted, Clear *Program
	Refuses          uint32 // the reasons of the encrypted side
}

// Judge implements hw.Judge. What is refused on one side does not come to the other; what rules refuse is refused on the clear side.
func (b *BothSides) Judge(at units.Time, p *packet.Packet) {
	if b.Encrypted == nil {
		b.Clear.Judge(at, p)
		return
	}
	outbound := b.Encrypted.Outbound(p)
	if !outbound {
		if b.Encrypted.Judge(at, p); p.Refused&b.Refuses != 0 {
			return
		}
	}
	if b.Clear != nil {
		b.Clear.Judge(at, p)
	}
	if outbound && p.Refused == 0 {
		b.Encrypted.Judge(at, p)
	}
}

// TakenBySides is the policers of both sides, which meter a packet when a core takes it.
type TakenBySides BothSides

// allPolicers are those of the encrypted side, where nothing else refuses.
const allPolicers = 0xff

// Judge implements hw.Judge.
func (b *TakenBySides) Judge(at units.Time, p *packet.Packet) {
	if b.Encrypted == nil {
		b.Clear.Take(at, p, p.Due)
		return
	}
	outbound := b.Encrypted.Outbound(p)
	if !outbound {
		if b.Encrypted.Take(at, p, allPolicers); p.Refused&b.Refuses != 0 {
			p.Copies &^= b.Clear.Copies()
			return
		}
	}
	if b.Clear != nil {
		b.Clear.Take(at, p, p.Due)
	}
	switch {
	case !outbound:
	case p.Refused == 0:
		b.Encrypted.Take(at, p, allPolicers)
	default:
		p.Copies &^= b.Encrypted.Copies()
	}
}

// Warm implements hw.Warmer. On the encrypted side no service keeps entries of flows.
func (b *BothSides) Warm(p *packet.Packet) {
	if b.Clear != nil {
		b.Clear.Warm(p)
	}
}
