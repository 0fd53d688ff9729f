package input

import (
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/demand"
	"github.com/dsnsim/dsnsim/sim/rng"
)

// Functions says which VM, and which of its queue pairs, a flow's hash belongs to.
type Functions struct {
	Vms    []int // those that have the class's packets; nil for all
	All    int
	Queues int
	salt   rng.Salt // of the choice of a VM
}

// indirection is the size of RSS's table, whose entries name the queues in turn.
// source: Microsoft's RSS specification, 128 entries, indexed by the low 7 bits of the hash
const indirection = 128

func NewFunctions(t *demand.Traffic, s *scenarios.Server, salt rng.Salt) Functions {
	f := Functions{Vms: t.VMs, All: max(1, s.VMs), Queues: max(1, s.NIC.VF.Queues), salt: salt}
	if !s.NIC.SRIOV {
		f.Queues = 1
	}
	return f
}

// Of returns a flow's VM, and where in the range of all such choices it is: the VMs, and so their tunnels, divide that range
// evenly.
func (f *Functions) Of(hash uint32) (vm uint16, place uint32) {
	if f.salt != 0 {
		hash = rng.Choose(hash, f.salt)
	}
	if f.Vms == nil {
		return uint16(uint64(hash) * uint64(f.All) >> 32), hash
	}
	scaled := uint64(hash) * uint64(len(f.Vms))
	n := f.Vms[scaled>>32]
	all := uint64(f.All)
	at := (uint64(n)<<32 | scaled&(1<<32-1)) / all
	if at*all>>32 < uint64(n) {
		at++ // rounding down has left the VM's part
	}
	return uint16(n), uint32(at)
}

// Queue returns the queue pair that RSS chooses.
func (f *Functions) Queue(hash uint32) uint16 {
	return uint16(int(hash%indirection) % f.Queues)
}
