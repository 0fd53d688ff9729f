package pcie

import (
	"fmt"
	"strings"

	"github.com/dsnsim/dsnsim/sim/units"
)

// Device is the DMA engine at the lower end of a link. Zero times and rates cost nothing.
type Device struct {
	Name string
	// Setup is from the start of a DMA to its first request at the engine.
	Setup units.Duration
	// Port is one passage through the device's PCIe core and PHY.
	Port units.Duration
	// Stream is the rate at which one DMA moves between the link and the device's memory; zero means at once. DMAs do this
	// side by side, so it shows in the latency of one and not in the throughput of many.
	Stream units.Rate
	// ReadIssue is the engine's time for a read request; WriteFirst and WriteNext for the first and each further
	// write TLP of a DMA.
	ReadIssue, WriteFirst, WriteNext units.Duration
	// Turnaround is how long the wire stays idle before a write DMA, unless the TLP before it completed a write
	// of a multiple of TurnaroundBlock bytes.
	Turnaround      units.Duration
	TurnaroundBlock units.Bytes
	// WriteDone is from the last byte of a write on the wire to the engine's report that the DMA is done.
	WriteDone units.Duration
	// Natural: requests are cut at multiples of MPS and MRRS, not only at 4 KiB.
	Natural bool
	// ReadMerge is the time that the engine is held by a read whose length is not a multiple of MergeBytes.
	ReadMerge  units.Duration
	MergeBytes units.Bytes
	// Gap is the silence after each TLP, in either direction, that this link shows; DLLP says how acknowledgements and
	// flow-control updates are charged.
	Gap  units.Bytes
	DLLP DLLPMode
	// Tags is how many read requests may be outstanding, Contexts how many DMAs.
	Tags, Contexts int
	// ATC is the number of translations that the device keeps for ATS; zero means that it has no ATS.
	ATC int
}

// Validate returns an error when a device cannot work.
func (d Device) Validate() error {
	switch {
	case d.Tags < 1 || d.Tags > 1<<14:
		return fmt.Errorf("device %s: %d tags: expected 1 to %d", d.Name, d.Tags, 1<<14)
	case d.Contexts < 1:
		return fmt.Errorf("device %s: %d DMA contexts: expected at least 1", d.Name, d.Contexts)
	case d.ReadMerge > 0 && d.MergeBytes < 1, d.Turnaround > 0 && d.TurnaroundBlock < 1:
		return fmt.Errorf("device %s: a time that depends on a block size needs the size", d.Name)
	}
	return nil
}

// NFP6000 is the Netronome NFP-6000 at 1.2 GHz as pcie-bench drives it: the DMA engine behind every published
// measurement that the model is compared with. Its cycles below are of 1.2 GHz.
func NFP6000() Device {
	return Device{
		Name: "nfp6000",
		// assumed: split of the 80 ns by which a DMA read is slower than a direct read of the same 64 B
		// (600 against 520 ns: pcie-bench data, lat_dma_sizes and lat_cmd_sizes, E5-2637v3): 40 ns here, 15 ns for
		// ReadIssue, 18 ns for Stream, the rest inside Port. What is outside a tag's life (58 ns) also sets the rate of 64 B reads
		Setup: 40 * units.Nanosecond,
		// assumed: split of the 510 ns of a 64 B read that are neither engine nor wire between device and host
		Port: 88 * units.Nanosecond,
		// source: pcie-bench data, lat_dma_sizes: 0.283 ns/B from 512 to 2048 B for reads, 0.265 ns/B more for write-and-read
		Stream: 28_300 * units.Mbps,
		// source: pcie-bench data, E5-2630v4: reads of 64 B reach 65.6 M/s (15.2 ns), the most on any host of the calibration table
		ReadIssue: 15 * units.Nanosecond,
		// source: pcie-bench data, bw_dma_sz_sweep: writes of one TLP at 47.5 M/s (25.2 cycles), and 40.8 cycles for
		// each further TLP: 257 B 66.0, 513 B 106.8, 769 B 147.6 cycles
		WriteFirst: 21_040 * units.Picosecond,
		WriteNext:  34_000 * units.Picosecond,
		// source: pcie-bench data, bw_dma_sz_sweep: 128, 256, 384, 640, 768, 896, 1280 and 1792 B take 3.4 cycles more
		// than their TLPs do in transfers of multiples of 512 B
		Turnaround:      2_830 * units.Picosecond,
		TurnaroundBlock: 512,
		// source: pcie-bench data, lat_dma_sizes: write-and-read of 64 B 800 ns less the read's 600 ns, less Setup and Stream
		WriteDone: 110 * units.Nanosecond,
		// source: pcie-bench data, bw_dma_sz_sweep: 257 to 320 B cost the same, 129 to 192 B the mean of one and two TLPs
		Natural: true,
		// source: pcie-bench data, bw_dma_sz_sweep: reads of 63, 65 and 127 B at 41.2 to 41.7 M/s (28.8 cycles), of 16,
		// 32 and 64 B at 56 to 60 M/s
		ReadMerge:  24 * units.Nanosecond,
		MergeBytes: 16,
		// source: pcie-bench data, bw_dma_sz_sweep: multiples of 512 B are written at 54.44 Gb/s, 296.3 B for each TLP of
		// 280 B; read at 55.25 Gb/s, 292 B for each completion of 276 B.
		// assumed: the silence is alignment in the two cores
		Gap:  16,
		DLLP: DLLPPerTLP,
		// source: pcie-bench data, bw_dma_win_sweep_rd_rnd_64: 58.5 M/s warm and 51.2 M/s cold with latencies of 597 and
		// 648 ns give 32 outstanding when about 55 ns of the latency are outside the tag's life
		Tags: 32,
		// assumed: twice the tags, so that the engine is never short of work
		Contexts: 64,
	}
}

// ASIC is a device without engine limits of its own: the DSN as designed.
func ASIC() Device {
	return Device{
		Name: "asic",
		// assumed: a hardware engine needs about 100 ns less than the NFP-6000's programmable one (calibration of the
		// pcie-bench data: 413 ns for a direct 8 B read against 546 to 560 ns for a 64 B DMA)
		Setup: 10 * units.Nanosecond,
		Port:  60 * units.Nanosecond,
		// source: PCI Express Base Specification 4.0: 10-bit tags, of which 768 can be used
		Tags: 768,
		// assumed: enough to keep all tags busy
		Contexts: 1024,
		// assumed: a translation cache of 1024 pages
		ATC: 1024,
	}
}

// Devices are the devices that DeviceByName knows.
func Devices() []Device { return []Device{NFP6000(), ASIC()} }

// DeviceByName returns a device, or an error that lists the names.
func DeviceByName(name string) (Device, error) {
	var names []string
	for _, d := range Devices() {
		if d.Name == name {
			return d, nil
		}
		names = append(names, d.Name)
	}
	return Device{}, fmt.Errorf("device %q: expected one of %s, for example %s", name, strings.Join(names, ", "), names[0])
}
