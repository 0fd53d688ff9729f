package pcie

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/dsnsim/dsnsim/sim/units"
)

// Host is the upper end of a link: root port, IOMMU, last-level cache and memory.
type Host struct {
	Name string
	// Port is one passage through the root port.
	Port units.Duration
	// Hit is the median time from root port to last-level cache and back, for the first data of a request.
	Hit units.Duration
	// Jitter spreads Hit; see Quantile.
	Jitter []Quantile
	// Stall is a rare long wait of a cache hit.
	Stall Stall
	// LLC is the size of the last-level cache: of a warmed window, what does not fit is read from memory.
	LLC  units.Bytes
	DRAM DRAMSpec
	// Commit is from the translation of a write to its visibility in the host; writes become visible in order.
	Commit units.Duration
	// CompletionBytes is what goes into one completion, up to MPS; zero means MPS. When at least CombineBacklog bytes
	// wait for the wire, completions are filled up to MPS.
	CompletionBytes units.Bytes
	CombineBacklog  units.Bytes
	Credits         CreditSpec
	IOMMU           IOMMUSpec
}

// DRAMSpec is the memory behind the cache.
type DRAMSpec struct {
	// Extra is the time that a read takes longer than a cache hit.
	Extra units.Duration
	// A refresh makes the memory wait for RefreshTime (tRFC) every RefreshInterval (tREFI); a read that falls into
	// it waits for the rest of it.
	RefreshTime, RefreshInterval units.Duration
}

// CreditSpec is what the root port advertises for a link of the rate of generation 3 x8. A faster link has buffers in proportion.
type CreditSpec struct {
	PostedHeaders, PostedData, NonPosted int64
}

// Quantile is one point of a distribution: a share of the draws, in parts per billion, is at or below Offset. Between two
// points the distribution is linear.
type Quantile struct {
	PPB    uint64
	Offset units.Duration
}

// Stall happens to a share of the reads, in parts per billion, and takes between Min and Max.
type Stall struct {
	PPB      uint64
	Min, Max units.Duration
}

const billion = 1_000_000_000

// ringJitter is the spread of a cache hit about its median.
// source: pcie-bench data, E5-2637v3 lat_dma_details_cdf, 64 B warm, 16.8 M samples: 0.3% at or below 560 ns, 3% 573, 34% 587,
// 84% 600, 99.5% 613, 99.94% 627, 99.998% 640 (in steps of 13.3 ns)
func ringJitter() []Quantile {
	ns := units.Nanosecond
	return []Quantile{{0, -46 * ns}, {1_500_000, -43 * ns}, {13_000_000, -30 * ns}, {29_500_000, -17 * ns}, {341_000_000, -4 * ns},
		{836_500_000, 9 * ns}, {995_000_000, 22 * ns}, {999_360_000, 36 * ns}, {999_985_000, 49 * ns}, {billion, 62 * ns}}
}

// xeonE5 is what the two-socket Xeons share in the model.
func xeonE5() Host {
	return Host{
		// assumed: split of the 510 ns of a 64 B read that are neither engine nor wire between device and host
		Port:   75 * units.Nanosecond,
		Jitter: ringJitter(),
		// source: pcie-bench data, E5-2637v3 lat_dma_details: 68 of 16.8 M warm reads took 8.4 to 9.7 us
		Stall: Stall{PPB: 4000, Min: 7800 * units.Nanosecond, Max: 9100 * units.Nanosecond},
		// source: pcie-bench data, E5-2637v3 lat_dma_details: a walk delays write-and-read of 64 B by 253 ns, nearly all of its 266:
		// the read waits for the write, which is visible 150 ns after its translation
		Commit: 150 * units.Nanosecond,
		// source: pcie-bench data, E5-2637v3 bw_dma_sz_sweep: reads of 128 to 1280 B other than 512 take the wire time of
		// one completion for each 128 aligned bytes; streams of 512, 1536, 1792 and 2048 B fit completions of MPS.
		// assumed: the cause is the backlog: 192 outstanding lines (768 B) do not combine, 224 (1792 B) do
		CompletionBytes: 128,
		CombineBacklog:  12_000,
		// assumed: no public figure for these root ports; large enough not to bind without an IOMMU
		Credits: CreditSpec{PostedHeaders: 128, PostedData: 1024, NonPosted: 256},
		IOMMU: IOMMUSpec{
			// source: pcie-bench data, bw_dma_win_sweep with IOMMU and 4 KiB pages: flat to 256 KiB, falling from 512 KiB
			Entries: 64,
			// source: the same: writes level off at 22.2 M misses/s and a miss takes 266 ns: 5.9 walks at once
			Walkers: 6,
			// source: the same: with random writes over 256 to 512 pages the hits are those of about 40 entries more: misses that
			// wait for a walk already begun
			Pending: 40,
			// assumed: two memory accesses, upper levels being cached
			Accesses: 2,
			// source: the same: reads level off at 19.2 M misses/s, so a walker serves a read for 312 ns though the read waits
			// for 266 ns of them
			ReadHold: 43 * units.Nanosecond,
		},
	}
}

// HaswellE52637v3 is a Supermicro server with Xeon E5-2637 v3 (4 cores, 3.5 GHz), the host whose measurements set the
// model's constants.
func HaswellE52637v3() Host {
	h := xeonE5()
	h.Name = "haswell-e5-2637v3"
	// source: pcie-bench data, lat_dma_details: 64 B warm, mean 597 ns, less the parts that are not the host's memory
	h.Hit = 184 * units.Nanosecond
	// source: Intel, E5-2637 v3: 15 MB; lat_dma_sweep agrees: warm reads begin to slow down at a window of 16 MiB
	h.LLC = 15 * units.MiB
	// source: pcie-bench data, lat_dma_details: cold less warm: 43 ns in the median, 50 ns in the mean.
	// assumed: the tail (3.8% of reads up to 290 ns late) is refresh: JEDEC DDR4 tREFI 7.8 us, tRFC 260 ns (4 Gb) to 350 ns (8 Gb)
	h.DRAM = DRAMSpec{Extra: 45 * units.Nanosecond, RefreshTime: 290 * units.Nanosecond, RefreshInterval: 7800 * units.Nanosecond}
	// source: pcie-bench data, lat_dma_details with IOMMU: 640 to 906 ns, less the mean wait for refresh
	h.IOMMU.Access = 128 * units.Nanosecond
	return h
}

// BroadwellE52630v4 is a Dell T430 with Xeon E5-2630 v4 (10 cores, 2.2 GHz).
func BroadwellE52630v4() Host {
	h := xeonE5()
	h.Name = "broadwell-e5-2630v4"
	// source: pcie-bench data, lat_dma_details: 64 B warm, mean 557 ns
	h.Hit = 144 * units.Nanosecond
	// source: Intel, E5-2630 v4
	h.LLC = 25 * units.MiB
	// source: pcie-bench data, lat_dma_details: mean 609 ns cold, p99.9 960 ns; JEDEC DDR4 8 Gb: tRFC 350 ns
	h.DRAM = DRAMSpec{Extra: 43 * units.Nanosecond, RefreshTime: 350 * units.Nanosecond, RefreshInterval: 7800 * units.Nanosecond}
	// source: pcie-bench data, lat_dma_details with IOMMU: 600 to 880 ns
	h.IOMMU.Access = 132 * units.Nanosecond
	return h
}

// HaswellE52620v3 is a Dell T630 with Xeon E5-2620 v3 (6 cores, 2.4 GHz).
func HaswellE52620v3() Host {
	h := HaswellE52637v3()
	h.Name = "haswell-e5-2620v3"
	// source: pcie-bench data, lat_dma_details: 64 B warm 546 ns, cold 600 ns
	h.Hit = 133 * units.Nanosecond
	h.DRAM.Extra = 54 * units.Nanosecond
	// source: pcie-bench data, lat_dma_details with IOMMU: 600 to 826 ns
	h.IOMMU.Access = 108 * units.Nanosecond
	return h
}

// IvyBridgeE52620v2 is a Dell T620 with Xeon E5-2620 v2 (6 cores, 2.1 GHz).
func IvyBridgeE52620v2() Host {
	h := HaswellE52637v3()
	h.Name = "ivybridge-e5-2620v2"
	// source: pcie-bench data, lat_dma_details: 64 B warm, median 560, mean 566 ns; cold 613 ns
	h.Hit = 152 * units.Nanosecond
	h.DRAM.Extra = 48 * units.Nanosecond
	// assumed: DDR3 of 4 Gb: JEDEC tRFC 260 ns
	h.DRAM.RefreshTime = 260 * units.Nanosecond
	// source: pcie-bench data, lat_dma_details with IOMMU: 613 to 853 ns
	h.IOMMU.Access = 115 * units.Nanosecond
	return h
}

// Hosts are the hosts that HostByName knows.
func Hosts() []Host {
	return []Host{HaswellE52637v3(), HaswellE52620v3(), BroadwellE52630v4(), IvyBridgeE52620v2()}
}

// HostByName returns a host, or an error that lists the names.
func HostByName(name string) (Host, error) {
	var names []string
	for _, h := range Hosts() {
		if h.Name == name {
			return h, nil
		}
		names = append(names, h.Name)
	}
	return Host{}, fmt.Errorf("host %q: expected one of %s, for example %s", name, strings.Join(names, ", "), names[0])
}

// readTime draws the time from root port to data and back for one DMA. The requests of a DMA share it: they are
// close in time and place.
func (h *Host) readTime(rng *rand.Rand, cached bool) units.Duration {
	d := h.Hit + draw(h.Jitter, rng)
	if !cached {
		return d + h.DRAM.Extra + h.DRAM.refreshWait(rng)
	}
	if h.Stall.PPB > 0 && rng.Uint64N(billion) < h.Stall.PPB {
		d += h.Stall.Min + units.Duration(rng.Int64N(int64(h.Stall.Max-h.Stall.Min)+1))
	}
	return d
}

// commitTime draws the time from the translation of a write to its visibility, for one DMA.
// assumed: it passes the same ring as a read, with the same spread
func (h *Host) commitTime(rng *rand.Rand) units.Duration { return h.Commit + draw(h.Jitter, rng) }

// refreshWait draws what is left of a refresh that a read falls into, mostly nothing.
func (m *DRAMSpec) refreshWait(rng *rand.Rand) units.Duration {
	if m.RefreshTime == 0 {
		return 0
	}
	return max(0, m.RefreshTime-units.Duration(rng.Int64N(int64(m.RefreshInterval))))
}

// draw draws from a distribution given by its quantiles; none means always zero.
func draw(q []Quantile, rng *rand.Rand) units.Duration {
	if len(q) == 0 {
		return 0
	}
	u := rng.Uint64N(billion)
	i := 1
	for i < len(q)-1 && q[i].PPB <= u {
		i++
	}
	lo, hi := q[i-1], q[i]
	return lo.Offset + units.Duration(int64(hi.Offset-lo.Offset)*int64(u-lo.PPB)/int64(hi.PPB-lo.PPB))
}
