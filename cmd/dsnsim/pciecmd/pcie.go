// Package pciecmd is the command that measures the PCIe model alone.
package pciecmd

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/dsnsim/dsnsim/cmd/dsnsim/exit"
	"github.com/dsnsim/dsnsim/pcie"
	"github.com/dsnsim/dsnsim/sim/units"
)

// pcieFlags are the flags of dsnsim pcie. Sizes are text: a plain number is bytes.
type pcieFlags struct {
	gen, lanes           int
	mps, mrrs            string
	ops, sizes           []string
	host, device         string
	window, page, format string
	cold, iommu, ats     bool
	seed                 uint64
}

// How many transfers find each row's throughput and latency: enough for a p99.9 with 100 samples above it.
const pcieTransfers, pciePings = 100_000, 100_000

func New() *cobra.Command {
	f := &pcieFlags{}
	c := &cobra.Command{
		Use:   "pcie",
		Short: "The PCIe model alone: bandwidth and latency against transfer size",
		Long: `pcie moves transfers of one size at a time between a device and random places in a window of host memory, and prints
for each size the bandwidth with the device's queues full, the latency of one transfer at a time, and beside them the
bandwidth that the arithmetic of the link alone allows.

Bandwidth counts payload; for readwrite it is that of each direction, with as many reads as writes, and rate_mtps
counts pairs. Latency ends for a read when the data are in the device's memory and for a write when the host can
see it; for readwrite it is a write and then a read of the same place. The default device and host are those of the
measurements that the model is compared with (pcie/DEVIATIONS.md).`,
		Example: `  dsnsim pcie --gen 3 --lanes 8 --mps 256 --mrrs 512 --op read
  dsnsim pcie --op write --size 64 --iommu --page 4KiB --window 64MiB
  dsnsim pcie --gen 5 --lanes 16 --device asic --op readwrite --format csv`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return exit.BadUsage(fmt.Errorf("%s takes no arguments, got %q", c.CommandPath(), args))
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c) },
	}
	f.declare(c)
	return c
}

func (f *pcieFlags) declare(c *cobra.Command) {
	flags := c.Flags()
	flags.IntVar(&f.gen, "gen", 3, "generation, 1 to 6")
	flags.IntVar(&f.lanes, "lanes", 8, "lanes: 1, 2, 4, 8, 12, 16 or 32")
	flags.StringVar(&f.mps, "mps", "256", "maximum payload size, 128 to 4096")
	flags.StringVar(&f.mrrs, "mrrs", "512", "maximum read request size, 128 to 4096")
	flags.StringSliceVar(&f.ops, "op", []string{"read"}, "read, write or readwrite, seen from the device (comma-separated)")
	flags.StringSliceVar(&f.sizes, "size", []string{"64", "128", "256", "512", "1024", "2048"}, "transfer sizes (comma-separated)")
	flags.StringVar(&f.host, "host", pcie.HaswellE52637v3().Name, "host: "+names(pcie.Hosts(), func(h pcie.Host) string { return h.Name }))
	flags.StringVar(&f.device, "device", pcie.NFP6000().Name, "device: "+names(pcie.Devices(), func(d pcie.Device) string { return d.Name }))
	flags.StringVar(&f.window, "window", "8KiB", "host memory that the transfers touch")
	flags.BoolVar(&f.cold, "cold", false, "the window is not in the last-level cache")
	flags.BoolVar(&f.iommu, "iommu", false, "translate addresses in the host")
	flags.StringVar(&f.page, "page", "4KiB", "page size of the IOMMU, such as 4KiB or 2MiB")
	flags.BoolVar(&f.ats, "ats", false, "the device keeps translations (needs --iommu and a device with ATS)")
	flags.Uint64Var(&f.seed, "seed", 1, "seed of the places and of the host's memory")
	flags.StringVar(&f.format, "format", "table", "table or csv")
}

func names[T any](of []T, name func(T) string) string {
	text := ""
	for i, v := range of {
		if i > 0 {
			text += ", "
		}
		text += name(v)
	}
	return text
}

func (f *pcieFlags) run(c *cobra.Command) error {
	configs, err := f.configs()
	if err != nil {
		return exit.BadUsage(fmt.Errorf("%s: --%w", c.CommandPath(), err))
	}
	points := make([]pcie.Point, 0, len(configs))
	for _, config := range configs {
		if err := c.Context().Err(); err != nil {
			return err
		}
		p, err := pcie.Run(config)
		if err != nil {
			return exit.BadUsage(fmt.Errorf("%s: --%w", c.CommandPath(), err))
		}
		points = append(points, p)
	}
	if f.format == "csv" {
		return writePCIeCSV(c.OutOrStdout(), points)
	}
	return writePCIeTable(c.OutOrStdout(), configs[0], points)
}

// configs returns one experiment for each operation and size. An error begins with the name of the flag at fault.
func (f *pcieFlags) configs() ([]pcie.Config, error) {
	if f.format != "table" && f.format != "csv" {
		return nil, fmt.Errorf("format %q: expected table or csv, for example csv", f.format)
	}
	base := pcie.Config{Cold: f.cold, IOMMU: f.iommu, ATS: f.ats, Seed: f.seed, Transfers: pcieTransfers, Pings: pciePings}
	var mps, mrrs units.Bytes
	for _, size := range []struct {
		flag, text string
		to         *units.Bytes
	}{{"mps", f.mps, &mps}, {"mrrs", f.mrrs, &mrrs}, {"window", f.window, &base.Window}, {"page", f.page, &base.Page}} {
		if err := parseSize(size.flag, size.text, size.to); err != nil {
			return nil, err
		}
	}
	var err error
	if base.Link, err = pcie.NewLink(f.gen, f.lanes, mps, mrrs, 64); err != nil {
		return nil, err
	}
	if base.Host, err = pcie.HostByName(f.host); err != nil {
		return nil, err
	}
	if base.Device, err = pcie.DeviceByName(f.device); err != nil {
		return nil, err
	}
	return f.cross(base)
}

// cross returns base for each operation and size.
func (f *pcieFlags) cross(base pcie.Config) ([]pcie.Config, error) {
	if len(f.ops) == 0 || len(f.sizes) == 0 {
		return nil, fmt.Errorf("op and --size: expected at least one value each, for example --op read --size 64")
	}
	var configs []pcie.Config
	for _, name := range f.ops {
		op, err := pcie.ParseOp(name)
		if err != nil {
			return nil, err
		}
		for _, text := range f.sizes {
			config := base
			config.Op = op
			if err := parseSize("size", text, &config.Size); err != nil {
				return nil, err
			}
			if err := config.Validate(); err != nil {
				return nil, err
			}
			configs = append(configs, config)
		}
	}
	return configs, nil
}

// parseSize reads a size with a unit, or a plain number of bytes.
func parseSize(flag, text string, to *units.Bytes) error {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		*to = units.Bytes(n)
		return nil
	}
	n, err := units.ParseBytes(text)
	if err != nil {
		return fmt.Errorf("%s %q: expected a size, for example 64 or 4KiB: %w", flag, text, err)
	}
	*to = n
	return nil
}

// pcieColumns are the columns of the CSV, a contract with scripts, and their values.
var pcieColumns = []struct {
	name  string
	value func(pcie.Point) string
}{
	{"op", func(p pcie.Point) string { return p.Op.String() }},
	{"size_b", func(p pcie.Point) string { return strconv.FormatInt(int64(p.Size), 10) }},
	{"bandwidth_gbps", func(p pcie.Point) string { return scaled(int64(p.Bandwidth), 1e9) }},
	{"rate_mtps", func(p pcie.Point) string { return scaled(int64(p.Transfers), 1e6) }},
	{"latency_p50_ns", func(p pcie.Point) string { return scaled(int64(p.P50), 1e3) }},
	{"latency_p99_ns", func(p pcie.Point) string { return scaled(int64(p.P99), 1e3) }},
	{"latency_p999_ns", func(p pcie.Point) string { return scaled(int64(p.P999), 1e3) }},
	{"closed_form_gbps", func(p pcie.Point) string { return scaled(int64(p.ClosedForm), 1e9) }},
}

func scaled(v int64, unit float64) string { return strconv.FormatFloat(float64(v)/unit, 'f', 3, 64) }

func writePCIeCSV(w io.Writer, points []pcie.Point) error {
	out := csv.NewWriter(w)
	record := make([]string, len(pcieColumns))
	for i, column := range pcieColumns {
		record[i] = column.name
	}
	_ = out.Write(record) // a write error stays in the writer and is returned below
	for _, p := range points {
		for i, column := range pcieColumns {
			record[i] = column.value(p)
		}
		_ = out.Write(record)
	}
	out.Flush()
	return out.Error()
}

func writePCIeTable(w io.Writer, c pcie.Config, points []pcie.Point) error {
	cache := "warm"
	if c.Cold {
		cache = "cold"
	}
	translation := "no IOMMU"
	if c.IOMMU {
		translation = fmt.Sprintf("IOMMU with pages of %v", c.Page)
	}
	if c.ATS {
		translation += " and ATS"
	}
	if _, err := fmt.Fprintf(w, "%v, %s in %s, %s window of %v, %s, seed %d\n", c.Link, c.Device.Name, c.Host.Name, cache,
		c.Window, translation, c.Seed); err != nil {
		return err
	}
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, column := range pcieColumns {
		fmt.Fprintf(out, "%s\t", column.name)
	}
	fmt.Fprintln(out)
	for _, p := range points {
		for _, column := range pcieColumns {
			fmt.Fprintf(out, "%s\t", column.value(p))
		}
		fmt.Fprintln(out)
	}
	return out.Flush()
}
