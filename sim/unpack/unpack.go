// Package unpack reads files that are packed with gzip, zstd or xz, within bounds: a packed file is from outside, and a few kB
// of it can unpack to gigabytes.
package unpack

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

const (
	// MaxBytes bounds what a file may unpack to. Assumed: above any capture or table that a study needs, below the memory of
	// a workstation.
	MaxBytes = 1 << 30
	// maxWindow bounds the memory of a decoder. source: the most that zstd takes without being asked to (RFC 8878, section
	// 3.1.1.1.2 recommends 8 MiB; its --ultra levels use 128 MiB), and twice the 64 MiB of xz -9.
	maxWindow = 128 << 20
	// peek is how much is looked at before anything is unpacked: the headers of an xz stream and of its first block.
	peek = 64
)

// formats are the ways to pack, by the first bytes of a file (RFC 1952, RFC 8878, and the xz file format 1.2).
var formats = []struct {
	name  string
	magic []byte
	open  func(in *bufio.Reader) (io.Reader, error)
}{
	{"gzip", []byte{0x1f, 0x8b}, func(in *bufio.Reader) (io.Reader, error) { return gzip.NewReader(in) }},
	{"zstd", []byte{0x28, 0xb5, 0x2f, 0xfd}, openZstd},
	{"xz", []byte{0xfd, '7', 'z', 'X', 'Z', 0}, openXZ},
}

// Kind tells how a file is packed by its first bytes: gzip, zstd, xz, or "" where it is not.
func Kind(head []byte) string {
	for _, f := range formats {
		if bytes.HasPrefix(head, f.magic) {
			return f.name
		}
	}
	return ""
}

// Reader unpacks. It fails with TooLong beyond its bound, where io.LimitReader would end as if the file did.
type Reader struct {
	// Kind is how the file is packed: gzip, zstd or xz.
	Kind string
	r    io.Reader
	most int64
	left int64
}

// TooLong is the error of a file that unpacks to more than it may.
type TooLong struct{ Most int64 }

// Error says the bound and the way out.
func (e TooLong) Error() string {
	return fmt.Sprintf("unpacks to more than %d MiB: unpack it first", e.Most>>20)
}

// New returns a Reader of a packed file with a limit on its unpacked bytes, or nil where the file is not packed.
func New(in *bufio.Reader, most int64) (*Reader, error) {
	head, _ := in.Peek(peek)
	kind := Kind(head)
	for _, f := range formats {
		if f.name != kind {
			continue
		}
		r, err := f.open(in)
		if err != nil {
			return nil, fmt.Errorf("starts like %s and is not: %w", kind, err)
		}
		return &Reader{kind, r, most, most}, nil
	}
	return nil, nil
}

// Read unpacks within the bound.
func (u *Reader) Read(p []byte) (int, error) {
	if u.left <= 0 {
		return 0, TooLong{u.most}
	}
	n, err := u.r.Read(p[:min(int64(len(p)), u.left)])
	u.left -= int64(n)
	return n, err
}

// Spend takes from the bound what the reader of the unpacked bytes keeps beside them.
func (u *Reader) Spend(bytes int64) { u.left -= bytes }

// openZstd unpacks in the calling goroutine, so that nothing is left behind where the file is not read to its end.
func openZstd(in *bufio.Reader) (io.Reader, error) {
	return zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
}

// openXZ checks the dictionary of the first block before it is allocated.
func openXZ(in *bufio.Reader) (io.Reader, error) {
	head, _ := in.Peek(peek)
	if size, ok := dictionary(head); ok && size > maxWindow {
		return nil, fmt.Errorf("its dictionary is of %d MiB: at most %d", size>>20, int64(maxWindow)>>20)
	}
	return xz.NewReader(in)
}

// dictionary returns the bytes of dictionary that the first block of an xz file asks for. It reports false where the headers do
// not say, as in a damaged file (xz file format 1.2, sections 3.1 and 5.3.1).
func dictionary(head []byte) (int64, bool) {
	const stream, flagCompressed, flagUncompressed, lzma2 = 12, 0x40, 0x80, 0x21
	if len(head) < stream+2 {
		return 0, false
	}
	flags, rest := head[stream+1], head[stream+2:]
	for _, flag := range []byte{flagCompressed, flagUncompressed} {
		if flags&flag == 0 {
			continue
		}
		for len(rest) > 0 && rest[0] >= 0x80 { // a number of 7 bits a byte
			rest = rest[1:]
		}
		if len(rest) == 0 {
			return 0, false
		}
		rest = rest[1:]
	}
	const most = 40 // the code of 4 GiB - 1
	if len(rest) < 3 || rest[0] != lzma2 || rest[2] > most {
		return 0, false
	}
	code := int64(rest[2])
	return (2 | code&1) << (code/2 + 11), true
}
