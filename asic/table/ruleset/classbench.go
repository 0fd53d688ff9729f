package ruleset

import (
	"fmt"
	"io"
	"strings"

	"github.com/dsnsim/dsnsim/asic/table"
	"github.com/dsnsim/dsnsim/internal/infile"
)

// ReadRules reads the rules of a ClassBench filter set (Taylor and Turner, "ClassBench: A Packet Classification
// Benchmark", INFOCOM 2005), IPv4 or IPv6, one a line and the first line first:
//
//	@src/len dst/len lo : hi lo : hi proto/mask flags/mask
//
// Ports are ranges with both ends in them; protocol and flags are numbers with masks, hexadecimal after 0x. The flags
// may be left out. Blank lines and lines that begin with # are skipped. The rules are for VRF 0. An error of the text
// is a *SyntaxError; file is its name only.
func ReadRules(file string, r io.Reader) ([]table.Rule, error) {
	var rules []table.Rule
	err := eachLine(file, r, maxRules, "rules", func(l *line) { rules = append(rules, l.rule()) })
	if err != nil {
		return nil, err
	}
	return rules, nil
}

// LoadRules reads the file at path with ReadRules.
func LoadRules(files infile.Files, path string) ([]table.Rule, error) {
	file, err := files.Open(path)
	if err != nil {
		return nil, fmt.Errorf("rules: %w", err)
	}
	defer file.Close()
	return ReadRules(path, file)
}

func (l *line) rule() (r table.Rule) {
	l.literal('@', "rule")
	src := l.prefix("source")
	l.space()
	at := l.pos
	dst := l.prefix("destination")
	r.SrcPort = l.ports("source ports")
	r.DstPort = l.ports("destination ports")
	proto, protoMask := l.masked(8, "protocol")
	r.Proto, r.ProtoMask = uint8(proto), uint8(protoMask)
	if l.space(); l.pos < len(l.text) {
		flags, flagsMask := l.masked(16, "flags")
		r.Flags, r.FlagsMask = uint16(flags), uint16(flagsMask)
	}
	if l.err != nil {
		return r
	}
	if src.Addr().Is6() != dst.Addr().Is6() {
		l.fail(at, "destination %v: the source %v is of another family", dst, src)
		return r
	}
	r.V6, r.Src, r.Dst = src.Addr().Is6(), table.PrefixOf(src), table.PrefixOf(dst)
	return r
}

// ports reads "lo : hi".
func (l *line) ports(what string) table.PortRange {
	word, at := l.word(true)
	lo := l.number(word, at, 16, what)
	l.literal(':', what)
	word, end := l.word(true)
	hi := l.number(word, end, 16, what)
	if lo > hi {
		l.fail(at, "%s %d : %d: the first is above the last; did you mean %d : %d?", what, lo, hi, hi, lo)
	}
	return table.PortRange{Lo: uint16(lo), Hi: uint16(hi)}
}

// masked reads "value/mask".
func (l *line) masked(bits int, what string) (value, mask uint64) {
	word, at := l.word(false)
	v, m, ok := strings.Cut(word, "/")
	if !ok {
		l.fail(at, "%s %s: expected value/mask, as 0x06/0xFF", what, quote(word))
		return 0, 0
	}
	value = l.number(v, at, bits, what)
	mask = l.number(m, at+len(v)+1, bits, what+" mask")
	return value, mask
}
