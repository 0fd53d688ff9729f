package pcie

import (
	"fmt"
	"slices"

	"github.com/dsnsim/dsnsim/sim/units"
)

// Config is one experiment: transfers of one size between a device and a window of host memory, at random places
// that are multiples of 64 B.
type Config struct {
	Link   Link
	Device Device
	Host   Host
	Op     Op
	// Size is the size of a transfer, 1 B to 1 MiB.
	Size units.Bytes
	// Window is the host memory that the transfers touch, at least a transfer rounded up to 64 B.
	Window units.Bytes
	// Cold means that the window is not in the last-level cache; otherwise as much of it is as fits.
	Cold bool
	// IOMMU turns translation on, with pages of Page bytes (a multiple of 4 KiB); ATS lets the device keep translations.
	IOMMU, ATS bool
	Page       units.Bytes
	Seed       uint64
	// Transfers is how many transfers find the throughput, Pings how many find the latency.
	Transfers, Pings int
}

// Line is the size of a cache line, the grain of the places that transfers start at.
const Line units.Bytes = 64

// Point is the outcome of an experiment.
type Point struct {
	Op   Op
	Size units.Bytes
	// Bandwidth is the payload rate with as many transfers under way as the device allows; for ReadWrite in each direction.
	Bandwidth units.Rate
	// Transfers is the rate of transfers; for ReadWrite of pairs.
	Transfers units.PacketRate
	// P50, P99 and P999 are quantiles of the latency of transfers one at a time. A read lasts until its data are in
	// the device's memory, a write until it is visible in the host; ReadWrite is a write and then a read of the same place.
	P50, P99, P999 units.Duration
	// ClosedForm is what the arithmetic of the link alone allows.
	ClosedForm units.Rate
}

// Validate returns an error that names the first value that cannot be.
func (c Config) Validate() error {
	if err := c.Device.Validate(); err != nil {
		return err
	}
	switch {
	case c.Link.lanes == 0:
		return fmt.Errorf("the experiment has no link")
	case c.Size < 1 || c.Size > units.MiB:
		return fmt.Errorf("size %d: expected 1 to %d bytes, for example 64", c.Size, units.MiB)
	case c.Window < stride(c.Size):
		return fmt.Errorf("window %d bytes: expected at least a transfer of %d bytes rounded up to %d, for example 64MiB", c.Window, c.Size, Line)
	case c.Window > 1<<40:
		return fmt.Errorf("window %d bytes: expected at most 1 TiB, for example 64MiB", c.Window)
	case c.IOMMU && (c.Page < Page4K || c.Page%Page4K != 0):
		return fmt.Errorf("page %d bytes: expected a multiple of 4 KiB, for example 4KiB or 2MiB", c.Page)
	case c.ATS && !c.IOMMU:
		return fmt.Errorf("ats without iommu: expected both or neither, for example --iommu --ats")
	case c.ATS && c.Device.ATC == 0:
		return fmt.Errorf("ats: device %s has no translation cache; expected a device that has, for example asic", c.Device.Name)
	case c.Transfers < 10 || c.Pings < 1:
		return fmt.Errorf("%d transfers and %d pings: expected at least 10 and 1", c.Transfers, c.Pings)
	}
	return c.validateHost()
}

func (c Config) validateHost() error {
	h := c.Host
	switch {
	case h.Credits.PostedHeaders < 1 || h.Credits.NonPosted < 1 || h.Credits.PostedData < DataCredits(c.Link.mps):
		return fmt.Errorf("host %s: credits %+v do not hold one TLP of %d bytes", h.Name, h.Credits, c.Link.mps)
	case h.CompletionBytes > 0 && h.CompletionBytes%c.Link.rcb != 0:
		return fmt.Errorf("host %s: completions of %d bytes are not a multiple of the read completion boundary of %d", h.Name, h.CompletionBytes, c.Link.rcb)
	case c.IOMMU && (h.IOMMU.Entries < 1 || h.IOMMU.Walkers < 1):
		return fmt.Errorf("host %s has no IOMMU", h.Name)
	}
	return nil
}

// Run finds the throughput and the latency of an experiment. Equal configurations give equal points.
func Run(c Config) (Point, error) {
	if err := c.Validate(); err != nil {
		return Point{}, err
	}
	p := Point{Op: c.Op, Size: c.Size, ClosedForm: ClosedForm(c.Link, c.Op, c.Size)}
	transfers, span := saturate(c)
	p.Transfers = units.PacketRate(scale(uint64(transfers), uint64(units.Second), uint64(span)))
	p.Bandwidth = units.Rate(scale(uint64(transfers)*uint64(c.Size)*8, uint64(units.Second), uint64(span)))
	if c.Op == ReadWrite {
		p.Transfers /= 2
		p.Bandwidth /= 2
	}
	samples := ping(c)
	slices.Sort(samples)
	p.P50, p.P99, p.P999 = quantile(samples, 500), quantile(samples, 990), quantile(samples, 999)
	return p, nil
}

// saturate keeps every DMA context busy and returns the transfers and the time of the measured part of the run: all
// but the first fifth, in which queues and caches fill.
func saturate(c Config) (int, units.Duration) {
	r := newRun(c, "throughput")
	warm := max(1, c.Transfers/5)
	var done int
	var from, to units.Time
	started := 0
	start := func(at units.Time) {
		write := c.Op == Write || c.Op == ReadWrite && started%2 == 0
		started++
		r.begin(at, r.place(), write, r.cached())
	}
	r.done = func(_ dma, at units.Time) {
		done++
		switch done {
		case warm:
			from = at
		case c.Transfers:
			to = at
		}
		if done < c.Transfers {
			start(at)
		}
	}
	for range c.Device.Contexts {
		start(units.Time{})
	}
	for to == (units.Time{}) && r.step() {
	}
	return c.Transfers - warm, max(1, to.Sub(from))
}

// pingGap is the rest between two transfers of the latency experiment: every wire, walker and credit is idle again.
const pingGap = 2 * units.Microsecond

// ping makes one transfer at a time and returns the latency of each.
func ping(c Config) []units.Duration {
	r := newRun(c, "latency")
	samples := make([]units.Duration, 0, c.Pings)
	var first units.Time // start of the pair, for ReadWrite
	next := func(at units.Time) {
		if len(samples) < c.Pings {
			first = at
			r.begin(at, r.place(), c.Op != Read, r.cached())
		}
	}
	r.done = func(d dma, at units.Time) {
		if c.Op == ReadWrite && d.write {
			r.begin(at, d.addr, false, true) // the write has put it into the cache (DDIO)
			return
		}
		if c.Op == Write {
			at = d.visible
		}
		samples = append(samples, at.Sub(first))
		next(at.Add(pingGap))
	}
	next(units.Time{})
	for r.step() {
	}
	return samples
}

// quantile returns the smallest sample that the given per mille of the sorted samples do not exceed.
func quantile(sorted []units.Duration, perMille int) units.Duration {
	return sorted[max(1, (len(sorted)*perMille+999)/1000)-1]
}

// stride returns the distance between two places that a transfer of n bytes may have.
func stride(n units.Bytes) units.Bytes { return (n + Line - 1) / Line * Line }
