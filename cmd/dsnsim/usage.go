package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dsnsim/dsnsim/cmd/dsnsim/exit"
	"github.com/dsnsim/dsnsim/internal/spell"
)

// addHelpers adds cobra's help and completion, which print a help and succeed whatever they are asked for, and makes
// them refuse what they do not know.
func addHelpers(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "help":
			c.Example = "  dsnsim help run"
			c.Args = helpTopic
		case "completion":
			c.Example = "  dsnsim completion bash"
			c.Args = cobra.ArbitraryArgs
			c.RunE = unknownCommand
			for _, shell := range c.Commands() {
				shell.Example = "  dsnsim completion " + shell.Name()
				shell.Args = noArguments
			}
		}
	}
}

func helpTopic(c *cobra.Command, args []string) error {
	topic, rest, err := c.Root().Find(args)
	if err == nil && len(rest) == 0 {
		return nil
	}
	if err != nil {
		topic, rest = c.Root(), args
	}
	return unknownCommand(topic, rest)
}

// unknownCommand is a command without a subcommand that it knows: that is bad usage, not a success.
func unknownCommand(c *cobra.Command, args []string) error {
	var names []string
	for _, sub := range c.Commands() {
		if !sub.Hidden {
			names = append(names, sub.Name())
		}
	}
	if len(args) == 0 {
		example, _, _ := strings.Cut(strings.TrimSpace(c.Example), "\n")
		return exit.BadUsage(fmt.Errorf("%s: need a command, such as %s\n\n%s", c.CommandPath(), example, strings.TrimSpace(c.UsageString())))
	}
	return exit.BadUsage(fmt.Errorf("%s: unknown command %q%s", c.CommandPath(), args[0], didYouMean(args[0], names)))
}

// flagError names the flag that is nearest to an unknown one, and what a flag wants instead of a wrong value.
func flagError(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "":
		name := "--" + unknown.GetSpecifiedName()
		err = fmt.Errorf("unknown flag %s%s", name, didYouMean(name, flagNames(c)))
	case errors.As(err, &invalid):
		err = fmt.Errorf("--%s %q: expected %s", invalid.GetFlag().Name, invalid.GetValue(), wanted(invalid))
	}
	return exit.BadUsage(fmt.Errorf("%s: %w", c.CommandPath(), err))
}

// wanted says which values a type of flag accepts, for readers who have never seen Go.
func wanted(invalid *pflag.InvalidValueError) string {
	if errors.Is(invalid, strconv.ErrRange) {
		return "a smaller number"
	}
	switch invalid.GetFlag().Value.Type() {
	case "bool":
		return "true or false"
	case "uint", "uint64":
		return "a whole number from 0"
	case "int", "int64":
		return "a whole number"
	}
	return invalid.Unwrap().Error()
}

func didYouMean(word string, known []string) string {
	if near := spell.Nearest(word, known); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	if len(known) == 0 {
		return ""
	}
	return fmt.Sprintf(" (known: %s)", strings.Join(known, ", "))
}

func flagNames(c *cobra.Command) []string {
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	return names
}
