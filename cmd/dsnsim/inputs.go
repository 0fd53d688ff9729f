package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dsnsim/dsnsim/cmd/dsnsim/exit"
	"github.com/dsnsim/dsnsim/internal/infile"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/load"
)

// inputFlags say what may be read, and remember what is, so that nothing that is written replaces it.
type inputFlags struct {
	root  string
	files infile.Files
	// named are the files that scenarios are made of or name, and what they are for messages.
	named []string
}

func (f *inputFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.root, "root", "", "let scenarios read files of this folder only, whatever links and .. say (for scenarios from strangers)")
}

// open opens the root, where there is one.
func (f *inputFlags) open(c *cobra.Command) error {
	if !c.Flags().Changed("root") {
		return nil
	}
	files, err := infile.Below(f.root)
	if err != nil {
		return exit.BadUsage(fmt.Errorf("%s: --root %w", c.CommandPath(), err))
	}
	f.files = files
	return nil
}

// loader reads scenarios, and remembers what they name.
func (f *inputFlags) loader() load.Loader {
	return load.Loader{Files: f.files, Named: func(path string) { f.named = append(f.named, path) }}
}

// target is a file that a flag has written.
type target struct{ flag, path string }

// targets lists the files that the flags of a run write.
func (f *runFlags) targets() []target {
	list := []target{}
	add := func(flag, path string) {
		if path != "" && path != "-" {
			list = append(list, target{flag, path})
		}
	}
	add("--output", f.output)
	add("--junit", f.ci.junit)
	add("--summary", f.ci.summary)
	if f.pcap.dir != "" {
		for _, name := range f.pcap.names() {
			add("--pcap-out", filepath.Join(f.pcap.dir, name))
		}
	}
	return list
}

// refuseClash refuses to write over what is read, and to write two things to one file.
func (f *runFlags) refuseClash(c *cobra.Command, args []string) error {
	inputs := append(append([]string{}, args...), f.inputs.named...)
	if f.ci.baseline.file != "" {
		inputs = append(inputs, f.ci.baseline.file)
	}
	if err := refuseClash(f.targets(), inputs); err != nil {
		return exit.BadUsage(fmt.Errorf("%s: %w", c.CommandPath(), err))
	}
	return nil
}

func refuseClash(targets []target, inputs []string) error {
	written := make([]identity, len(targets))
	for i, t := range targets {
		written[i] = identify(t.path)
		for k := range i {
			if written[i].same(written[k]) {
				return fmt.Errorf("%s and %s are both %s; name a file for each", targets[k].flag, t.flag, t.path)
			}
		}
	}
	for _, in := range inputs {
		read := identify(in)
		for i, t := range targets {
			if written[i].same(read) {
				return fmt.Errorf("%s %s would replace %s, which is read; name another file", t.flag, t.path, in)
			}
		}
	}
	return nil
}

// identity tells whether two paths are one file, whatever links lead to it.
type identity struct {
	info fs.FileInfo // nil for a file that is not there
	path string      // where it would be
}

func identify(path string) identity {
	if infile.Standard(path) {
		return identity{}
	}
	const most = 40 // links, as many as Linux follows
	for range most {
		if info, err := os.Stat(path); err == nil {
			return identity{info: info}
		}
		to, err := os.Readlink(path)
		if err != nil {
			break
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	folder, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return identity{}
	}
	if folder, err = filepath.Abs(folder); err != nil {
		return identity{}
	}
	return identity{path: filepath.Join(folder, filepath.Base(path))}
}

// same is never true of devices and pipes, which nothing is replaced in.
func (a identity) same(b identity) bool {
	if a.info != nil && b.info != nil {
		return a.info.Mode().IsRegular() && os.SameFile(a.info, b.info)
	}
	return a.info == nil && b.info == nil && a.path != "" && a.path == b.path
}

// loadAll reads the scenarios of a file. What a flag writes must be none of the files that they are made of or name.
func (f *runFlags) loadAll(c *cobra.Command, file string) ([]*scenarios.Scenario, error) {
	if err := f.inputs.open(c); err != nil {
		return nil, err
	}
	var list []*scenarios.Scenario
	load := func() (err error) {
		list, err = f.inputs.loader().All(file, f.sets)
		return err
	}
	err := error(nil)
	if infile.Standard(file) { // which may never end
		err = untilInterrupted(c.Context(), load)
	} else {
		err = load()
	}
	if errors.Is(err, context.Canceled) {
		return nil, err
	}
	if clash := f.refuseClash(c, []string{file}); clash != nil {
		return nil, clash
	}
	return list, err
}

// loadFor reads the scenarios of a file for a command that writes about each by itself. Formats for programs take one: several
// objects in one file would be no JSON.
func (f *runFlags) loadFor(c *cobra.Command, file string) ([]*scenarios.Scenario, error) {
	list, err := f.loadAll(c, file)
	if err == nil && f.format != "table" {
		_, err = load.Single(list)
	}
	return list, err
}
