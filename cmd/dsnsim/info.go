package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dsnsim/dsnsim/cmd/dsnsim/exit"
	"github.com/dsnsim/dsnsim/hw/prices"
	"github.com/dsnsim/dsnsim/hw/profile"
	"github.com/dsnsim/dsnsim/internal/plain"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/scenarios/input"
	"github.com/dsnsim/dsnsim/scenarios/load"
	"github.com/dsnsim/dsnsim/scenarios/trial"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// linked is the version that a release's linker was given: -ldflags "-X main.linked=v1.2.3".
var linked string

// build is what Go recorded of this build; empty where it recorded nothing.
var build = func() *debug.BuildInfo {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info
	}
	return &debug.BuildInfo{}
}()

var version = versionOf(linked, build.Main.Version)

// versionOf is the version of a build: the release's, else the tag, or the time and commit, that Go recorded in a checkout
// or for `go install`; "devel" for a build of neither, such as a test's.
func versionOf(linked, recorded string) string {
	if linked == "" && recorded == "(devel)" {
		return "devel"
	}
	return cmp.Or(linked, recorded, "devel")
}

// revision returns the commit that the program was built from, when the build recorded it.
func revision() string {
	for _, s := range build.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return ""
}

// release is the version and, where the build recorded it and the version does not end in it, the commit.
func release() string {
	if commit := revision(); commit != "" && !strings.Contains(version, commit[:12]) {
		return version + " " + commit
	}
	return version
}

func newVersionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Example: "  dsnsim version", Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(c.OutOrStdout(), "dsnsim", release())
			return err
		},
	}
}

func noArguments(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return exit.BadUsage(fmt.Errorf("%s: takes no arguments, got %q", c.CommandPath(), args[0]))
	}
	return nil
}

func newValidateCommand() *cobra.Command {
	var sets []string
	inputs := &inputFlags{}
	c := &cobra.Command{
		Use: "validate FILE...", Short: "Check scenario files, and the files that they name, without running them",
		Long: `validate reads scenarios and all that a run of them would read: profiles, prices, captures and their keys, rules, routes, and
distributions of flow sizes. Every fault is reported with its file, line and column.`,
		Example: "  dsnsim validate scenarios/quickstart.yaml",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return exit.BadUsage(fmt.Errorf("%s: need a scenario file; for example %s scenarios/quickstart.yaml", c.CommandPath(), c.CommandPath()))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if err := inputs.open(c); err != nil {
				return err
			}
			return untilInterrupted(c.Context(), func() error {
				var faults []error
				for _, file := range args {
					said, err := validate(c.Context(), inputs.loader(), file, sets)
					if err != nil {
						faults = append(faults, inputError(err))
					} else if _, err := fmt.Fprintf(c.OutOrStdout(), "%s: %s\n", plain.Line(file), said); err != nil {
						return err
					}
				}
				return errors.Join(faults...)
			})
		},
	}
	c.Flags().StringArrayVar(&sets, "set", nil, "override a value of the scenario: path=value")
	inputs.add(c.Flags())
	return c
}

// validate checks a file with all that it names, and says that it is valid and what its matrix makes.
func validate(ctx context.Context, l load.Loader, file string, sets []string) (string, error) {
	list, err := l.All(file, sets)
	if err != nil {
		return "", err
	}
	said, check := "valid", input.NewChecker()
	for _, s := range list {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		if err := check.Check(s); err != nil {
			return "", err
		}
		if err := trial.CheckSources(s); err != nil {
			return "", err
		}
	}
	if len(list) > 1 {
		said = fmt.Sprintf("valid, %d scenarios", len(list))
	}
	return said, nil
}

func newMetricsCommand() *cobra.Command {
	return &cobra.Command{
		Use: "metrics", Short: "List every metric with its unit, definition and source",
		Example: "  dsnsim metrics", Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			for _, m := range stats.All() {
				if _, err := fmt.Fprintf(c.OutOrStdout(), "%-26s %-9s %-8s %s [%s]\n", m.Name, m.Unit, m.Better, m.Help, m.Source); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func newProfilesCommand() *cobra.Command {
	return &cobra.Command{
		Use: "profiles [NAME]", Short: "List the hardware profiles, or every constant of one with its source",
		Example: "  dsnsim profiles\n  dsnsim profiles reference-100g",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return exit.BadUsage(fmt.Errorf("%s: need at most one profile, got %d", c.CommandPath(), len(args)))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			var out bytes.Buffer
			var err error
			if len(args) == 0 {
				err = listProfiles(&out)
			} else {
				err = showProfile(&out, args[0])
			}
			if err != nil {
				return err
			}
			_, err = c.OutOrStdout().Write(out.Bytes())
			return err
		},
	}
}

func listProfiles(out *bytes.Buffer) error {
	for _, name := range profile.Names() {
		p, err := profile.Load(name)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%-16s %s\n", name, p.Summary)
	}
	return nil
}

func showProfile(out *bytes.Buffer, name string) error {
	p, err := profile.Load(name)
	var fault strict.Error
	if errors.As(err, &fault) && fault.Line == 0 { // the name, not the file, is at fault
		return exit.InvalidInput(fmt.Errorf("profile %s: %s", name, fault.Msg))
	} else if err != nil {
		return inputError(err)
	}
	printConstants(out, p.Constants())
	return nil
}

// printConstants prints figures with where they come from.
func printConstants(out *bytes.Buffer, list []profile.Entry) {
	for _, e := range list {
		why := "source: " + e.Source + " (" + e.Confidence + ")"
		if e.Assumed != "" {
			why = "assumed: " + e.Assumed
		}
		fmt.Fprintf(out, "%-44s %-12s %s\n", e.Path, e.Value, why)
	}
}

func newPricesCommand() *cobra.Command {
	return &cobra.Command{
		Use: "prices [LIST]", Short: "List the price lists, or every figure of one with its source",
		Example: "  dsnsim prices\n  dsnsim prices reference",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return exit.BadUsage(fmt.Errorf("%s: need at most one price list, got %d", c.CommandPath(), len(args)))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			names := prices.Names()
			if len(args) == 1 {
				names = args
			}
			var out bytes.Buffer
			for _, name := range names {
				l, err := prices.Load(name)
				if err != nil {
					return inputError(err)
				}
				if len(args) == 1 {
					printConstants(&out, l.Constants())
				} else {
					fmt.Fprintf(&out, "%-16s %s\n", l.Name, l.Summary)
				}
			}
			_, err := c.OutOrStdout().Write(out.Bytes())
			return err
		},
	}
}
