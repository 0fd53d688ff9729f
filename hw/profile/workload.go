package profile

import (
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/sim/units"
)

// RDMA is the block of a card that reads and writes host memory for remote queue pairs.
type RDMA struct {
	Packet  Constant[units.Duration] `yaml:"packet" strict:"required"`  // that a packet holds the block, each way
	Latency Constant[units.Duration] `yaml:"latency" strict:"required"` // through the block, each way
	// QPCache is how many contexts of queue pairs are on the chip. The others are at ContextHome, "host" or "memory" (the chip's
	// own), ContextReads of which are read at a time.
	QPCache      Constant[int]         `yaml:"qp_cache" strict:"required"`
	QPWays       Constant[int]         `yaml:"qp_ways" strict:"required"`
	QPContext    Constant[units.Bytes] `yaml:"qp_context" strict:"required"`
	ContextHome  Constant[string]      `yaml:"context_home" strict:"required"`
	ContextReads Constant[int]         `yaml:"context_reads" strict:"required"`
	// WQE is what a send takes from the receive queue, CQE what it leaves in the completion queue.
	WQE   Constant[units.Bytes]    `yaml:"wqe" strict:"required"`
	CQE   Constant[units.Bytes]    `yaml:"cqe" strict:"required"`
	Retry Constant[units.Duration] `yaml:"retry" strict:"required"` // until a message that lost a packet is sent again
}

// Storage is what serves NVMe commands: the controller that a card shows to its host, the engines for the data, and the
// drives of a remote target.
type Storage struct {
	Controllers    Constant[int]            `yaml:"controllers" strict:"required"` // cores that work on commands
	Command        Constant[units.Duration] `yaml:"command" strict:"required"`     // of one of them, for a command and its completion
	XTSCores       Constant[int]            `yaml:"xts_cores" strict:"required"`   // at dsn.crypto.clock
	XTSSetup       Constant[units.Cycles]   `yaml:"xts_setup" strict:"required"`   // for each packet of data, holding the core
	XTSBytes       Constant[int]            `yaml:"xts_bytes_per_cycle" strict:"required"`
	CompressRate   Constant[units.Rate]     `yaml:"compress_rate" strict:"required"`   // of data that is not compressed
	DecompressRate Constant[units.Rate]     `yaml:"decompress_rate" strict:"required"` // of data that no longer is
	Target         Constant[units.Duration] `yaml:"target" strict:"required"`          // from the spine to a drive, or back
	// A drive works on ReadLanes reads and WriteLanes writes at a time, each so long, and moves data at DriveRate.
	Read       Constant[units.Duration] `yaml:"read" strict:"required"`
	ReadLanes  Constant[int]            `yaml:"read_lanes" strict:"required"`
	Write      Constant[units.Duration] `yaml:"write" strict:"required"`
	WriteLanes Constant[int]            `yaml:"write_lanes" strict:"required"`
	DriveRate  Constant[units.Rate]     `yaml:"drive_rate" strict:"required"`
}

// checkWorkloads refuses rows of nothing, rates of 0, and contexts that are nowhere.
func (p *Profile) checkWorkloads(n *strict.Node) {
	r, s := &p.RDMA, &p.Storage
	for _, v := range []struct {
		section, key string
		value        int64
	}{
		{"rdma", "qp_ways", int64(r.QPWays.Value)}, {"rdma", "qp_context", int64(r.QPContext.Value)},
		{"rdma", "context_reads", int64(r.ContextReads.Value)}, {"rdma", "wqe", int64(r.WQE.Value)}, {"rdma", "cqe", int64(r.CQE.Value)},
		{"rdma", "retry", int64(r.Retry.Value)}, {"storage", "controllers", int64(s.Controllers.Value)},
		{"storage", "xts_cores", int64(s.XTSCores.Value)}, {"storage", "xts_bytes_per_cycle", int64(s.XTSBytes.Value)},
		{"storage", "compress_rate", int64(s.CompressRate.Value)}, {"storage", "decompress_rate", int64(s.DecompressRate.Value)},
		{"storage", "read_lanes", int64(s.ReadLanes.Value)}, {"storage", "write_lanes", int64(s.WriteLanes.Value)},
		{"storage", "drive_rate", int64(s.DriveRate.Value)},
	} {
		if v.value == 0 {
			n.At(v.section, v.key).Errorf("expected a value above 0")
		}
	}
	if home := r.ContextHome.Value; home != "memory" && home != "host" {
		n.At("rdma", "context_home", "value").Errorf("expected memory or host, got %q", home)
	}
}
