package strict

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	yaml "go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"
)

// Bounds on a document. All are assumed: far above what a person or a generator writes for us, and low enough that a hostile
// file costs under a second and some 200 MB.
const (
	// MaxSource is the longest source text, in bytes.
	MaxSource = 1 << 20
	// MaxNodes is how many values a document may hold once aliases and merges are expanded.
	MaxNodes = 1 << 18
	// MaxDepth is how deep values may nest once aliases are expanded.
	MaxDepth = 100
)

// Document is one parsed file. Aliases and merge keys are already resolved.
type Document struct {
	root *node
	// faults are those found while building the tree that leave it usable, such as duplicate keys; Decode reports them too.
	faults errorList
}

// Decode parses src and decodes it into the value that into points to. file is the name for error messages. The error
// is of type Errors.
func Decode(file string, src []byte, into any) error {
	doc, err := Parse(file, src)
	if err != nil {
		return err
	}
	return doc.Decode(into)
}

// Parse reads one YAML document. The error is of type Errors and means that there is no usable tree; faults
// that leave one, such as a duplicate key, are reported by Decode together with everything else.
func Parse(file string, src []byte) (*Document, error) {
	src = Plain(src)
	start := pos{file, 1, 1}
	if len(src) > MaxSource {
		return nil, start.fault("the file is too long: %d bytes, at most %d", len(src), MaxSource)
	}
	if err := checkText(file, src); err != nil {
		return nil, err
	}
	loader, err := yaml.NewLoader(bytes.NewReader(src), yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthFunc(checkDepth))))
	if err != nil {
		return nil, start.fault("%v", err)
	}
	var first yaml.Node
	if err := loader.Load(&first); err == io.EOF {
		return nil, start.fault("the file is empty; expected a mapping")
	} else if err != nil {
		return nil, syntaxError(file, err)
	}
	var second yaml.Node
	if err := loader.Load(&second); err == nil {
		return nil, pos{file, second.Line, second.Column}.fault("a second document begins here; a file holds one")
	} else if err != io.EOF {
		return nil, syntaxError(file, err)
	}
	return build(file, &first)
}

// Plain returns a text as UTF-8 without a byte-order mark. UTF-16, which editors of Windows write, is known by its mark, or by the
// zero bytes of its first character; other texts are returned as they are.
func Plain(src []byte) []byte {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(src, []byte{0xef, 0xbb, 0xbf}):
		return src[3:]
	case bytes.HasPrefix(src, []byte{0xff, 0xfe}), len(src) > 1 && src[0] != 0 && src[1] == 0:
		order = binary.LittleEndian
	case bytes.HasPrefix(src, []byte{0xfe, 0xff}), len(src) > 1 && src[0] == 0 && src[1] != 0:
		order = binary.BigEndian
	default:
		return src
	}
	units := make([]uint16, 0, len(src)/2)
	for ; len(src) > 1; src = src[2:] {
		units = append(units, order.Uint16(src))
	}
	return []byte(strings.TrimPrefix(string(utf16.Decode(units)), "\ufeff"))
}

const tooDeep = "nested too deeply"

func checkDepth(depth int, _ *yaml.DepthContext) error {
	if depth > MaxDepth {
		return fmt.Errorf("%s: more than %d levels", tooDeep, MaxDepth)
	}
	return nil
}

// checkText refuses what is not UTF-8 text. The YAML reader does too, but tells no position.
func checkText(file string, src []byte) error {
	p := pos{file, 1, 1}
	for i := 0; i < len(src); {
		r, size := utf8.DecodeRune(src[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return p.fault("byte 0x%02x is not UTF-8 text", src[i])
		case r < 0x20 && r != '\t' && r != '\n' && r != '\r', r >= 0x7f && r < 0xa0 && r != 0x85:
			return p.fault("control character %U is not allowed in YAML", r)
		case r == '\n':
			p.line, p.col = p.line+1, 0
		}
		i, p.col = i+size, p.col+1
	}
	return nil
}

// syntaxError turns an error of the YAML parser into ours.
func syntaxError(file string, err error) error {
	// LoadErrors first: errors.As for a LoadError would unwrap it to its first element.
	var many *yaml.LoadErrors
	if errors.As(err, &many) {
		var list errorList
		for _, e := range many.Errors {
			list.add(markPos(file, e.Mark), "%s", e.Message)
		}
		return list.sorted()
	}
	var one *yaml.LoadError
	if !errors.As(err, &one) {
		return pos{file, 1, 1}.fault("%v", err)
	}
	p, msg := markPos(file, one.Mark), one.Message
	if one.Mark.Line > one.ContextMark.Line && one.ContextMark.Line > 0 {
		msg = fmt.Sprintf("%s %s that begins at %d:%d", msg, one.ContextMsg, one.ContextMark.Line, max(1, one.ContextMark.Column))
	} else if one.ContextMsg != "" && !strings.HasPrefix(msg, tooDeep) {
		msg += " " + one.ContextMsg
	}
	return p.fault("%s", msg)
}

func markPos(file string, m yaml.Mark) pos { return pos{file, max(1, m.Line), max(1, m.Column)} }
