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
