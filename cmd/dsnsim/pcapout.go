package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dsnsim/dsnsim/cmd/dsnsim/exit"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/tap"
)

// pcapFlags are the flags that write captures of what passes the DSN.
type pcapFlags struct {
	dir     string
	packets int
	taps    *tap.Set // nil without --pcap-out
	made    bool     // the folder was not there before
}

func (f *pcapFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.dir, "pcap-out", "", "write what passes the DSN to a folder: a pcapng a placement, and the keys of its tunnels")
	flags.IntVar(&f.packets, "pcap-packets", tap.DefaultPackets, "packets in each file of --pcap-out, the first in time")
}

// check refuses flag values that are impossible.
func (f *pcapFlags) check(c *cobra.Command) error {
	given := c.Flags().Changed("pcap-out")
	switch {
	case given && f.dir == "":
		return exit.BadUsage(fmt.Errorf("%s: --pcap-out is empty, want a folder", c.CommandPath()))
	case !given && c.Flags().Changed("pcap-packets"):
		return exit.BadUsage(fmt.Errorf("%s: --pcap-packets needs --pcap-out, the folder to write to", c.CommandPath()))
	case f.packets < 1 || f.packets > tap.MaxPackets:
		return exit.BadUsage(fmt.Errorf("%s: --pcap-packets is %d, want 1 to %d", c.CommandPath(), f.packets, tap.MaxPackets))
	case given:
		f.taps = tap.NewSet(f.packets)
	}
	return nil
}

// names lists the files that may be written to the folder.
func (f *pcapFlags) names() []string {
	list := tap.FileNames()
	for _, p := range scenarios.KnownPlacements() {
		list = append(list, p+".pcapng")
	}
	return list
}

// begin makes the folder, before the simulation: a folder that cannot be is found out early, and so is a placement without one DSN
// that packets pass.
func (f *pcapFlags) begin(placements []string) error {
	if f.taps == nil {
		return nil
	}
	if slices.Contains(placements, "discrete") {
		return exit.BadUsage(errors.New("--pcap-out has no captures of discrete, whose packets pass several boxes; name the others with --placement"))
	}
	info, err := os.Stat(f.dir)
	switch {
	case err == nil && !info.IsDir(), errors.Is(err, syscall.ENOTDIR):
		return exit.BadUsage(fmt.Errorf("--pcap-out %s: not a folder; name one that exists or can be made", f.dir))
	case errors.Is(err, fs.ErrNotExist):
		f.made = true
		err = os.MkdirAll(f.dir, 0o755)
	}
	if err != nil {
		return fmt.Errorf("--pcap-out: %w", err)
	}
	return nil
}

// end removes the folder again when nothing was written to it.
func (f *pcapFlags) end() {
	if f.made {
		_ = os.Remove(f.dir) // it stays when there is something in it
	}
}

// write writes the captures of the placements that were finished.
func (f *pcapFlags) write(s *scenarios.Scenario) error {
	if f.taps == nil {
		return nil
	}
	about := tap.About{Application: "dsnsim " + version, Scenario: s.Name, Profile: s.DSN.Profile, Seed: s.Run.Seed, Tunnels: s.Stack()}
	if err := f.taps.Write(f.dir, about); err != nil {
		return fmt.Errorf("--pcap-out: %w", err)
	}
	return nil
}
