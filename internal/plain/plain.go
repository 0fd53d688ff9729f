// Package plain makes text that came from outside harmless where it is shown: a terminal must not take it for a command, nor a CI
// system, which reads what programs print.
package plain

import (
	"fmt"
	"strings"
	"unicode"
)

// Line makes one line of a text: what is no printable character is written as Go writes it, and a workflow command of GitHub or
// Azure ("::error", "##[error]", "##vso[") is none any more.
func Line(s string) string {
	var out strings.Builder
	for _, r := range s {
		switch {
		case Printable(r):
			out.WriteRune(r)
		case r == '\t':
			out.WriteByte(' ')
		default:
			out.WriteString(strings.Trim(fmt.Sprintf("%+q", r), "'"))
		}
	}
	return harmless(out.String())
}

// Printable reports whether a character shows as itself and moves nothing.
func Printable(r rune) bool {
	return r == unicode.ReplacementChar || unicode.IsPrint(r) && !unicode.Is(unicode.Bidi_Control, r)
}

// Name makes a name of a file's, which may hold anything: what is not printable is a dash.
func Name(s string) string {
	return strings.Map(func(r rune) rune {
		if Printable(r) {
			return r
		}
		return '-'
	}, s)
}

// Lines is Line for each line of a text.
func Lines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = Line(lines[i])
	}
	return strings.Join(lines, "\n")
}

// harmless breaks the beginning of a workflow command. GitHub takes "::" after blanks, and "##[" anywhere.
func harmless(s string) string {
	if rest := strings.TrimLeft(s, " "); strings.HasPrefix(rest, "::") {
		s = s[:len(s)-len(rest)] + `\` + rest
	}
	return commands.Replace(s)
}

// commands breaks workflow commands that are taken anywhere in a line.
var commands = strings.NewReplacer("##[", `##\[`, "##vso[", `##vso\[`)

// Cell makes a text of a CSV field that no spreadsheet takes for a formula (OWASP, "CSV Injection"), nor a CI system for a command.
func Cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@:\t\r", rune(s[0])) {
		s = "'" + s
	}
	return commands.Replace(s)
}

// Clip shortens a text for a message.
func Clip(s string) string { return s[:min(len(s), 40)] }
