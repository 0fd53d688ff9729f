package ruleset

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"

	"github.com/dsnsim/dsnsim/internal/infile"
	"github.com/dsnsim/dsnsim/internal/strict"
)

// SyntaxError is the first error of a file. Lines and columns count from 1, columns in bytes.
type SyntaxError struct {
	File      string
	Line, Col int
	Msg       string
}

// Error returns "file:line:col: msg".
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, e.Msg)
}

// Bounds on a file. All are assumed: the routes of the whole Internet are 1.3 million lines of up to 43 bytes, the largest filter
// sets of ClassBench 100,000. They keep what a hostile file takes, packed or not, below 1 GiB and 10 seconds.
const (
	// maxLine bounds a line; a longer one is surely not a rule.
	maxLine = 4096
	// maxText bounds the text, in bytes after unpacking, and maxLines its lines, blank ones too.
	maxText  = 256 << 20
	maxLines = 16_000_000
	// maxRules and maxPrefixes bound what is on the lines.
	maxRules    = 1_000_000
	maxPrefixes = 4_000_000
)

// What an error quotes of the text at most, and of text that does not look like rules.
const (
	maxQuote   = 40
	maxForeign = 8
)

// line is a line of text that is read from left to right. Reading past an error does nothing, so that callers check
// once, at the end.
type line struct {
	text string
	pos  int
	err  *SyntaxError // without file and line
}

// fail records the first error, at a byte offset.
func (l *line) fail(at int, format string, args ...any) {
	if l.err == nil {
		l.err = &SyntaxError{Col: at + 1, Msg: fmt.Sprintf(format, args...)}
	}
}

// space skips blanks.
func (l *line) space() {
	for l.pos < len(l.text) && (l.text[l.pos] == ' ' || l.text[l.pos] == '\t') {
		l.pos++
	}
}

// word returns the text up to the next blank, colon or end, and where it begins.
func (l *line) word(colonEnds bool) (word string, at int) {
	l.space()
	at = l.pos
	for l.pos < len(l.text) && l.text[l.pos] != ' ' && l.text[l.pos] != '\t' && (!colonEnds || l.text[l.pos] != ':') {
		l.pos++
	}
	return l.text[at:l.pos], at
}

// literal skips blanks and then the character c.
func (l *line) literal(c byte, what string) {
	l.space()
	if l.pos < len(l.text) && l.text[l.pos] == c {
		l.pos++
		return
	}
	l.fail(l.pos, "%s: expected %q, found %s", what, c, l.rest())
}

// rest describes what follows.
func (l *line) rest() string {
	if l.pos >= len(l.text) {
		return "the end of the line"
	}
	return quote(l.text[l.pos:])
}

// end reports text that is left over.
func (l *line) end() {
	if l.space(); l.pos < len(l.text) {
		l.fail(l.pos, "expected the end of the line, found %s", l.rest())
	}
}

// blank reports whether there is nothing but blanks or a comment, which begins with #.
func (l *line) blank() bool {
	l.space()
	return l.pos == len(l.text) || l.text[l.pos] == '#'
}

// prefix reads a prefix of either family.
func (l *line) prefix(what string) netip.Prefix {
	word, at := l.word(false)
	if word == "" {
		l.fail(at, "%s: expected a prefix as 10.0.0.0/8 or 2001:db8::/32, found the end of the line", what)
		return netip.Prefix{}
	}
	p, err := netip.ParsePrefix(word)
	zeros := strict.LeadingZeros(word)
	switch {
	case err != nil && zeros != nil && strings.ContainsAny(word, "./:"):
		l.fail(at, "%s: %v", what, zeros)
	case err != nil:
		l.fail(at, "%s %s: expected a prefix as %s", what, quote(word), nearestPrefix(word))
	case p != p.Masked():
		l.fail(at, "%s %s: has bits below its length; did you mean %v?", what, quote(word), p.Masked())
	}
	return p
}

// nearestPrefix returns a valid prefix that word may have been meant to be.
func nearestPrefix(word string) string {
	addr, _, _ := strings.Cut(word, "/")
	a, err := netip.ParseAddr(addr)
	if err != nil || a.Zone() != "" {
		return "10.0.0.0/8 or 2001:db8::/32"
	}
	return fmt.Sprintf("%v (the length is 0 to %d)", netip.PrefixFrom(a, a.BitLen()), a.BitLen())
}

// number reads an unsigned number of the given width, decimal or with 0x.
func (l *line) number(word string, at int, bits int, what string) uint64 {
	if zeros := strict.LeadingZeros(word); zeros != nil {
		l.fail(at, "%s: %v", what, zeros)
		return 0
	}
	digits, base := word, 10
	if hex, ok := strings.CutPrefix(word, "0x"); ok {
		digits, base = hex, 16
	}
	v, err := strconv.ParseUint(digits, base, bits)
	switch {
	case errors.Is(err, strconv.ErrRange):
		l.fail(at, "%s %s: the largest is %d", what, quote(word), uint64(1)<<bits-1)
	case err != nil && word == "":
		l.fail(at, "%s: expected a number, found %s", what, l.rest())
	case err != nil:
		l.fail(at, "%s %s: expected a number from 0 to %d", what, quote(word), uint64(1)<<bits-1)
	}
	return v
}

// quote repeats addresses, numbers and what stands between them. Of anything else it repeats a few characters only: the file may be
// a stranger's, with secrets in it.
func quote(s string) string {
	most := maxQuote
	if strings.Trim(s, "0123456789abcdefABCDEFx./:@- ") != "" || !strings.ContainsAny(s, ".:/") {
		most = maxForeign
	}
	if len(s) > most {
		return strconv.Quote(s[:most]) + "..."
	}
	return strconv.Quote(s)
}

// eachLine calls read for every line that is not blank or a comment, up to most of them, and stops at the first error.
func eachLine(file string, r io.Reader, most int, what string, read func(l *line)) error {
	lines := bufio.NewScanner(infile.Bounded(r, maxText))
	lines.Buffer(make([]byte, maxLine), maxLine)
	n, used := 0, 0
	for lines.Scan() {
		if n++; n > maxLines {
			return &SyntaxError{File: file, Line: n, Col: 1, Msg: fmt.Sprintf("the file is too long: more than %d lines", maxLines)}
		}
		l := line{text: lines.Text()}
		if l.blank() {
			continue
		}
		if used++; used > most {
			return &SyntaxError{File: file, Line: n, Col: 1, Msg: fmt.Sprintf("too many %s: more than %d", what, most)}
		}
		if read(&l); l.err == nil {
			l.end()
		}
		if l.err != nil {
			l.err.File, l.err.Line = file, n
			return l.err
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return &SyntaxError{File: file, Line: n + 1, Col: maxLine, Msg: fmt.Sprintf("a line of more than %d bytes", maxLine)}
	}
	if errors.As(lines.Err(), &infile.TooLong{}) {
		return &SyntaxError{File: file, Line: n + 1, Col: 1, Msg: lines.Err().Error()}
	}
	if lines.Err() != nil {
		return fmt.Errorf("%s: after line %d: %w", file, n, lines.Err())
	}
	return nil
}
