package demand

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/dsnsim/dsnsim/internal/plain"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/sim/units"
)

// Workload is messages between each server's memory and the far side of the spine, by RDMA (RDMA) or as commands to remote
// drives (NVMe). They need a card that reaches the server's memory.
type Workload struct {
	// Name is the class in reports. The default is workload0 by its place in the list.
	Name string `yaml:"name"`
	// RDMA is read, write or send: what a remote client does to the server's memory. Else NVMe is read or write: what the server
	// does to drives behind the spine.
	RDMA string `yaml:"rdma" strict:"oneof=read|write|send"`
	NVMe string `yaml:"nvme" strict:"oneof=read|write"`
	// Size is a message's, Block the size of a command's data. Each of a list is run by itself.
	Size  Lengths `yaml:"size"`
	Block Lengths `yaml:"block"`
	// QueuePairs is how many a server has, Outstanding how many messages each has under way at most.
	QueuePairs  units.Count `yaml:"queue_pairs"`
	Outstanding units.Count `yaml:"outstanding"`
	// Queues is how many a server's drive has, Depth how many commands each has under way at most.
	Queues units.Count `yaml:"queues"`
	Depth  units.Count `yaml:"depth"`
	// MTU is the most payload of a packet: 256 B to 4 KiB.
	MTU units.Bytes `yaml:"mtu"`
	// Load is how much comes, of each server; without one the workload is closed: a message or command follows on each that is
	// complete.
	Load WorkLoad `yaml:"load"`
	// Mix is the share of commands that are what NVMe says; the others are the other of read and write.
	Mix units.Ratio `yaml:"mix"`
	// Encrypt has the card cipher data for the drives. Compress is the factor by which it compresses them first; 1 is not at all.
	Encrypt  bool     `yaml:"encrypt"`
	Compress Multiple `yaml:"compress"`
	// Drives is how many there are for each server.
	Drives units.Count `yaml:"drives"`
	strict.Position
}

// Bounds of workloads. Assumed: 2^24 queue pairs are what RoCE can name, a million of them is more than any host opens; a
// message of 16 MiB shows all that a longer one does. A million messages of one packet, or two million packets, that are under
// way in a rack take about 1 GiB of the simulating machine.
const (
	maxPairs                = 1_000_000
	maxOutstanding          = 65_536
	maxMessages             = 1_000_000
	maxPackets              = 2_000_000
	maxMessage              = 16 * units.MiB
	maxDrives               = 1024
	maxMultiple    Multiple = 100_000
)

// SetDefaults fills what an item need not say.
// assumed: 1 KiB is the largest payload that a full Ethernet frame holds; 16 and 32 are what benchmarks begin with
func (w *Workload) SetDefaults() {
	*w = Workload{QueuePairs: 1, Outstanding: 16, Queues: 1, Depth: 32, MTU: units.KiB, Mix: units.Whole, Compress: 1000, Drives: 4}
}

// Pairs returns how many queue pairs or queues there are, and how much each has under way.
func (w *Workload) Pairs() (pairs, depth int) {
	if w.NVMe != "" {
		return int(w.Queues), int(w.Depth)
	}
	return int(w.QueuePairs), int(w.Outstanding)
}

// Lengths returns the sizes; each is run by itself.
func (w *Workload) Lengths() Lengths {
	if w.NVMe != "" {
		return w.Block
	}
	return w.Size
}

// Class returns the class in reports of the size of a number: the name, and the size where there are several.
func (w *Workload) Class(i int) string {
	list := w.Lengths()
	if len(list) == 1 {
		return w.Name
	}
	return fmt.Sprintf("%s-%s", w.Name, strings.ReplaceAll(list[i].String(), ".", "_"))
}

// UnmarshalStrict decodes one item and checks that its keys go together.
func (w *Workload) UnmarshalStrict(n *strict.Node) {
	type plain Workload
	w.Position = n.Position()
	if !n.Decode((*plain)(w)) && n.Kind() != strict.Mapping {
		return
	}
	own, others := []string{"size"}, []string{"block", "depth", "queues", "mix", "encrypt", "compress", "drives"}
	kind, other := "rdma", "nvme"
	switch {
	case n.Has("rdma") && n.Has("nvme"):
		n.At("nvme").Errorf("rdma and nvme exclude each other: give each an item of its own")
		return
	case n.Has("nvme"):
		kind, other = "nvme", "rdma"
		own, others = []string{"block"}, []string{"size", "queue_pairs", "outstanding"}
	case !n.Has("rdma"):
		n.Errorf("expected what the workload does: rdma: read, write or send, or nvme: read or write")
		return
	}
	for _, key := range own {
		if !n.Has(key) {
			n.Errorf("an %s workload needs %s, such as %s: 4KiB", kind, key, key)
		}
	}
	for _, key := range others {
		if n.Has(key) {
			n.At(key).Errorf("%s is for %s, not for %s", key, other, kind)
		}
	}
	w.checkRanges(n)
}

// checkRanges checks single values.
func (w *Workload) checkRanges(n *strict.Node) {
	for _, c := range []struct {
		key       string
		got, most units.Count
	}{{"queue_pairs", w.QueuePairs, maxPairs}, {"queues", w.Queues, maxPairs}, {"outstanding", w.Outstanding, maxOutstanding},
		{"depth", w.Depth, maxOutstanding}, {"drives", w.Drives, maxDrives}} {
		if c.got < 1 || c.got > c.most {
			n.At(c.key).Errorf("expected a count from 1 to %s, got %s", c.most, c.got)
		}
	}
	if sizes := []units.Bytes{256, 512, 1024, 2048, 4096}; !slices.Contains(sizes, w.MTU) {
		n.At("mtu").Errorf("expected a path MTU of 256B, 512B, 1KiB, 2KiB or 4KiB, got %s", w.MTU)
	}
	if w.Mix < 0 || w.Mix > units.Whole {
		n.At("mix").Errorf("expected a share from 0%% to 100%%, got %s", w.Mix)
	}
}

// Lengths are the sizes of a workload: one, or a list of sizes that are run one by one.
type Lengths []units.Bytes

// UnmarshalStrict decodes a size or a list of them.
func (l *Lengths) UnmarshalStrict(n *strict.Node) {
	items := []*strict.Node{n}
	if n.Kind() == strict.List {
		if items = n.Items(); len(items) == 0 || n.TooLong() {
			n.Errorf("expected a size such as 4KiB, or a list of them")
			return
		}
	}
	*l = nil
	for _, at := range items {
		var size units.Bytes
		switch {
		case !at.Decode(&size):
		case size < 1 || size > maxMessage:
			at.Errorf("expected a size from 1B to %s, got %s", maxMessage, size)
		case slices.Contains(*l, size):
			at.Errorf("duplicate size %s", size)
		default:
			*l = append(*l, size)
		}
	}
}

// WorkLoad is a load in bits of the link, or none for a closed workload.
type WorkLoad struct{ Load }

// UnmarshalStrict decodes closed, 40% or 20Gbps.
func (l *WorkLoad) UnmarshalStrict(n *strict.Node) {
	if n.Kind() == strict.Scalar && n.Text() == "closed" {
		*l = WorkLoad{}
		return
	}
	n.Decode(&l.Load)
	if l.Packets > 0 {
		n.Errorf("expected closed, or a load such as 40%% or 20Gbps; packets are not what a workload counts, got %s", n.Text())
	}
}

// Multiple is how many times less something takes, in thousandths.
type Multiple int64

// UnmarshalText reads a number of at least 1.
func (m *Multiple) UnmarshalText(text []byte) error {
	const longest = 12
	s := string(text)
	v, ok := new(big.Rat).SetString(s)
	if ok && len(s) <= longest && !strings.ContainsAny(s, "eEpPxX_/") {
		v.Mul(v, big.NewRat(1000, 1))
		if v.IsInt() && v.Num().IsInt64() && v.Num().Int64() >= 1000 && v.Num().Int64() <= int64(maxMultiple) {
			*m = Multiple(v.Num().Int64())
			return nil
		}
	}
	return fmt.Errorf("expected a number from 1 to 100 with at most three decimals, such as 2.5, got %q", plain.Clip(s))
}

// Of returns what is left of n bytes.
func (m Multiple) Of(n units.Bytes) units.Bytes {
	return max(1, (n*1000+units.Bytes(m)-1)/units.Bytes(m))
}

// packets returns how many packets the data of a message are at most.
func (w *Workload) packets() int {
	longest := slices.Max(w.Lengths())
	return max(1, int((longest+w.MTU-1)/w.MTU))
}

// CheckOutstanding bounds what all workloads of all servers have under way, which is what they take of memory.
func CheckOutstanding(list []Workload, items []*strict.Node, servers int) {
	messages, packets := 0, 0
	for i := range list {
		w := &list[i]
		pairs, depth := w.Pairs()
		if len(w.Lengths()) == 0 || w.MTU < 1 || pairs < 1 || pairs > maxPairs || depth < 1 || depth > maxOutstanding {
			continue // told already
		}
		own := servers * pairs * depth
		messages, packets = messages+own, packets+own*w.packets()
		if messages > maxMessages || packets > maxPackets {
			items[i].Errorf("expected at most %s messages and %s packets under way in the rack, got %s and %s (rack.servers: %d): lower %s",
				units.Count(maxMessages), units.Count(maxPackets), units.Count(messages), units.Count(packets), servers, w.depthKeys())
			return
		}
	}
}

// depthKeys names the keys of Pairs.
func (w *Workload) depthKeys() string {
	if w.NVMe != "" {
		return "queues or depth"
	}
	return "queue_pairs or outstanding"
}
