package ruleset

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/netip"

	"github.com/dsnsim/dsnsim/internal/infile"
)

// ReadPrefixes reads a list of IPv4 and IPv6 prefixes, one a line, as plain text or compressed with gzip (told apart by
// the first two bytes). Blank lines and lines that begin with # are skipped. An error of the text is a *SyntaxError;
// file is its name only.
func ReadPrefixes(file string, r io.Reader) ([]netip.Prefix, error) {
	buffered := bufio.NewReader(r)
	text := io.Reader(buffered)
	magic, err := buffered.Peek(2)
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if bytes.Equal(magic, []byte{0x1f, 0x8b}) { // RFC 1952, 2.3.1
		unzipped, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, fmt.Errorf("%s: not a whole gzip file: %w", file, err)
		}
		text = unzipped
	}
	var prefixes []netip.Prefix
	err = eachLine(file, text, maxPrefixes, "prefixes", func(l *line) { prefixes = append(prefixes, l.prefix("prefix")) })
	if err != nil {
		return nil, err
	}
	return prefixes, nil
}

// LoadPrefixes reads the file at path with ReadPrefixes.
func LoadPrefixes(files infile.Files, path string) ([]netip.Prefix, error) {
	file, err := files.Open(path)
	if err != nil {
		return nil, fmt.Errorf("prefixes: %w", err)
	}
	defer file.Close()
	return ReadPrefixes(path, file)
}
