package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dsnsim/dsnsim/cmd/dsnsim/exit"
	"github.com/dsnsim/dsnsim/cmd/dsnsim/output"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/starters"
)

func newSchemaCommand() *cobra.Command {
	file := "-"
	c := &cobra.Command{
		Use: "schema", Short: "Print the JSON Schema of scenario files, for editors",
		Long: `schema prints the JSON Schema (draft-07) that an editor completes and checks scenario files with. A file names it in its first
line:  # yaml-language-server: $schema=dsnsim.schema.json`,
		Example: "  dsnsim schema\n  dsnsim schema -o dsnsim.schema.json", Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return output.Write(c.OutOrStdout(), file, func(w io.Writer) error {
				_, err := w.Write(scenarios.JSONSchema())
				return err
			})
		},
	}
	c.Flags().StringVarP(&file, "output", "o", "-", "write to a file, whole or not at all")
	return c
}

func newInitCommand() *cobra.Command {
	target, force := starters.Targets()[0], false
	c := &cobra.Command{
		Use: "init [FILE]", Short: "Write a commented scenario to begin with",
		Long: `init writes a scenario to begin with, commented, valid, and quick to run: to standard output, or to FILE with the schema for
editors, dsnsim.schema.json, beside it. A FILE that exists is left alone unless --force says otherwise; a schema that exists is.`,
		Example: "  dsnsim init\n  dsnsim init --target cloud cloud.yaml",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return exit.BadUsage(fmt.Errorf("%s: need at most one file, got %d: %s", c.CommandPath(), len(args), strings.Join(args, ", ")))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			text, known := starters.For(target)
			if !known || !slices.Contains(starters.Targets(), target) {
				return exit.BadUsage(fmt.Errorf("%s: --target %q is not known%s", c.CommandPath(), target, didYouMean(target, starters.Targets())))
			}
			if len(args) == 0 || args[0] == "-" {
				_, err := c.OutOrStdout().Write(text)
				return err
			}
			return begin(c.OutOrStdout(), args[0], text, force)
		},
	}
	c.Flags().StringVar(&target, "target", target, "whom the scenario is for: "+strings.Join(starters.Targets(), ", "))
	c.Flags().BoolVar(&force, "force", false, "replace FILE if it exists")
	return c
}

// begin writes a starter to a file, and the schema beside it unless there is one.
func begin(out io.Writer, file string, text []byte, force bool) error {
	if err := output.CheckFile("init", file, "my.yaml", ", or leave it out for standard output"); err != nil {
		return err
	}
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) && !force {
		return fmt.Errorf("init %s: the file exists; --force replaces it", file)
	}
	text = bytes.ReplaceAll(text, []byte(" FILE"), []byte(" "+file))
	if err := output.WriteFile("init", file, writing(text)); err != nil {
		return err
	}
	wrote := file
	schema := filepath.Join(filepath.Dir(file), starters.SchemaName)
	if _, err := os.Stat(schema); errors.Is(err, fs.ErrNotExist) {
		if err := output.WriteFile("init", schema, writing(scenarios.JSONSchema())); err != nil {
			return err
		}
		wrote += " and " + schema
	}
	_, err := fmt.Fprintf(out, "wrote %s; next: dsnsim compare %s\n", wrote, file)
	return err
}

// writing writes a text.
func writing(text []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	}
}
