package pcie

import "github.com/dsnsim/dsnsim/sim/units"

// ClosedFormIn is ClosedForm for transfers that start anywhere in a window, as those of an experiment do: at any multiple of
// n rounded up to Line, each as likely as any other. Some of them cross 4 KiB and take a header more. The window must hold
// one transfer.
func ClosedFormIn(l Link, op Op, n, window units.Bytes) units.Rate {
	step := stride(n)
	period := Page4K / gcd(step, Page4K) // places until the offsets in a page repeat
	places := window / step
	var up, down units.Bytes
	for k := range min(period, places) {
		times := (places - k + period - 1) / period
		u, d := l.wireBytesAt(op, uint64(k*step), n)
		up, down = up+times*u, down+times*d
	}
	return units.Rate(scale(uint64(l.Rate()), uint64(n)*uint64(places), uint64(max(up, down))))
}

// wireBytesAt returns what a transfer of n bytes takes in each direction when it starts at addr, or with ReadWrite one of
// each kind.
func (l Link) wireBytesAt(op Op, addr uint64, n units.Bytes) (up, down units.Bytes) {
	if op == Write || op == ReadWrite {
		for _, t := range l.AppendWrites(nil, addr, n, false) {
			up += l.WireBytes(t)
		}
	}
	if op == Read || op == ReadWrite {
		for _, t := range l.AppendReads(nil, addr, n, false) {
			up += l.WireBytes(t)
			for _, c := range l.AppendCompletions(nil, t.Addr, t.Len, l.mps) {
				down += l.WireBytes(c)
			}
		}
	}
	return up, down
}

func gcd(a, b units.Bytes) units.Bytes {
	for b > 0 {
		a, b = b, a%b
	}
	return a
}

// outstanding returns the credits that have not come back by instant at.
func (c *Credits) outstanding(at units.Time) int64 {
	c.Take(at, 0)
	return c.limit - c.available
}

// outstanding returns the number of tags in use.
func (p *tagPool) outstanding() int { return len(p.inUse) - len(p.free) }
