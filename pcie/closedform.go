package pcie

import (
	"fmt"

	"github.com/dsnsim/dsnsim/sim/units"
)

// Op is what the transfers of an experiment do, seen from the device.
type Op uint8

// The operations. ReadWrite alternates writes and reads of the same size.
const (
	Read Op = iota
	Write
	ReadWrite
)

var opNames = [...]string{Read: "read", Write: "write", ReadWrite: "readwrite"}

// String returns the name that ParseOp takes.
func (o Op) String() string { return opNames[o] }

// ParseOp returns the operation of a name, or an error that lists the names.
func ParseOp(s string) (Op, error) {
	for i, name := range opNames {
		if s == name {
			return Op(i), nil
		}
	}
	return 0, fmt.Errorf("op %q: expected read, write or readwrite, for example read", s)
}

// ClosedForm returns the payload rate, in each direction that carries payload, of aligned transfers of n bytes by a
// device and a host without limits of their own: Rate times n over the wire bytes of the busier direction.
// source: pcie-bench/pcie-model@40703cf model/pcie.py, whose results it repeats
func ClosedForm(l Link, op Op, n units.Bytes) units.Rate {
	var up, down units.Bytes
	if op == Write || op == ReadWrite {
		up += l.WriteWireBytes(n)
	}
	if op == Read || op == ReadWrite {
		up += l.ReadRequestWireBytes(n)
		down += l.CompletionWireBytes(n)
	}
	return units.Rate(scale(uint64(l.Rate()), uint64(n), uint64(max(up, down))))
}

// ClosedFormIn is ClosedForm for transfers that start anywhere in a window, as in an experiment: at any multiple of
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
