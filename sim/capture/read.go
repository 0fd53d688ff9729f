package capture

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/dsnsim/dsnsim/sim/unpack"
)

const (
	recordSize = 40 // bytes of a Record
	// bufferSize is that of the one buffer in front of the file. gopacket adopts a buffer of at least 4 KiB instead
	// of putting its own behind it, which is what lets pcapReader look at a record before gopacket reads it.
	bufferSize = 64 << 10
	// chunkSize is the step in which frame memory is allocated: four times MaxFrame, so that little is lost at ends.
	chunkSize = 1 << 20
)

// ReadFrom reads a capture from r; name stands for the file in errors. An error is an *Error.
func ReadFrom(name string, r io.Reader) (*Capture, error) {
	return readFrom(name, r, options{bound: unpack.MaxBytes})
}

// options say what to read and how much.
type options struct {
	// bound is what a packed file may unpack to, its records included; other than unpack.MaxBytes in tests only.
	bound int64
	// only is the name of the one interface to read, "" for all.
	only string
}

// readFrom is ReadFrom with options.
func readFrom(name string, r io.Reader, o options) (c *Capture, err error) {
	b := &builder{capture: Capture{File: name}, options: o}
	defer func() {
		// The last line of defence: a hostile file must not end the program, whatever gopacket does with it.
		if fault := recover(); fault != nil {
			c, err = nil, b.failf("cannot be read: %v", fault)
		}
	}()
	if err := b.read(r); err != nil {
		return nil, err
	}
	switch {
	case len(b.capture.Records) > 0:
	case b.only == "":
		return nil, b.failf("holds no packets")
	case slices.Contains(b.names, b.only):
		return nil, b.failf("holds no packets of interface %q", b.only)
	default:
		return nil, b.failf("has no interface %q; %s", b.only, b.interfaces())
	}
	return &b.capture, nil
}

// builder collects the records of a capture from a stream that it tracks the position of.
type builder struct {
	capture Capture
	in      *bufio.Reader
	// offset is the position in the stream, in bytes after unpacking.
	offset int64
	// chunk is the frame memory; its spare capacity takes the next frames.
	chunk []byte
	options
	// unpacked counts what a packed file unpacks to, and is nil for other files.
	unpacked *unpack.Reader
	// names are those of the interfaces of a pcapng file.
	names []string
}

// interfaces lists the names of the interfaces for a message.
func (b *builder) interfaces() string {
	var list []string
	for _, name := range b.names {
		if quoted := strconv.Quote(name); name != "" && !slices.Contains(list, quoted) {
			list = append(list, quoted)
		}
	}
	if len(list) == 0 {
		return "it names none"
	}
	const most = 10
	return "it has " + strings.Join(list[:min(most, len(list))], ", ")
}

// read finds out the format from the first bytes and reads all records.
func (b *builder) read(r io.Reader) error {
	b.in = bufio.NewReaderSize(r, bufferSize)
	head, err := b.in.Peek(4)
	if len(head) == 0 {
		return b.readFailure(err, "is empty", "file")
	}
	if b.unpacked, err = unpack.New(b.in, b.bound); err != nil {
		return b.failf("%v", err)
	}
	if b.unpacked != nil {
		b.in = bufio.NewReaderSize(b.unpacked, bufferSize)
		if head, err = b.in.Peek(4); len(head) == 0 {
			return b.readFailure(err, "is empty once unpacked", "file")
		}
	}
	if len(head) < 4 {
		return b.notCapture(head)
	}
	magic := binary.LittleEndian.Uint32(head)
	if magic == blockSection {
		return b.readNg()
	}
	if coding, ok := pcapCodings[magic]; ok {
		if b.only != "" {
			return b.failf("is a pcap file, which has no interfaces to choose from; only pcapng has")
		}
		return b.readPcap(coding)
	}
	return b.notCapture(head)
}

// notCapture says what a file starts with that is no capture.
func (b *builder) notCapture(head []byte) error {
	return b.failf("is no pcap or pcapng capture: it starts with % x", head)
}

// failf returns an Error about the whole file.
func (b *builder) failf(format string, args ...any) error {
	return &Error{b.capture.File, fmt.Sprintf(format, args...)}
}

// failAt returns an Error about the part of the file at byte at, such as "record 12" or "block 3". A byte of a
// packed file is counted after unpacking.
func (b *builder) failAt(part string, at int64, format string, args ...any) error {
	if b.unpacked != nil {
		part += " of the unpacked file"
	}
	return b.failf("%s at byte %d: %s", part, at, fmt.Sprintf(format, args...))
}

// record names the record that comes next, counted from 1.
func (b *builder) record() string { return fmt.Sprintf("record %d", len(b.capture.Records)+1) }

// cut returns the Error of a read that ended or failed inside the part at byte at.
func (b *builder) cut(part string, at int64, err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return b.failAt(part, at, "the file ends in the middle of it")
	}
	return b.failAt(part, at, "%v", err)
}

// readFailure returns the Error of a read that gave nothing: atEnd where the file ended, else what happened.
func (b *builder) readFailure(err error, atEnd, part string) error {
	if errors.Is(err, io.EOF) {
		return b.failf("%s", atEnd)
	}
	return b.failf("cannot read the %s: %v", part, err)
}

// checkLengths refuses the captured and the original length of the record at byte at where no capture tool writes them,
// before memory is spent on them.
func (b *builder) checkLengths(at int64, captured, original uint32) error {
	switch {
	case captured > MaxFrame:
		return b.failAt(b.record(), at, "captured length %d: at most %d", captured, MaxFrame)
	case original > MaxFrame:
		return b.failAt(b.record(), at, "original length %d: at most %d", original, MaxFrame)
	case captured > original:
		return b.failAt(b.record(), at, "captured length %d is above the original length %d", captured, original)
	}
	return nil
}

// frame returns n bytes of frame memory, n at most MaxFrame.
func (b *builder) frame(n int) []byte {
	if cap(b.chunk)-len(b.chunk) < n {
		b.chunk = make([]byte, 0, chunkSize)
	}
	end := len(b.chunk) + n
	frame := b.chunk[len(b.chunk):end:end]
	b.chunk = b.chunk[:end]
	return frame
}

// add appends a record of which original bytes were on the wire, the last fcs of them the frame check sequence.
func (b *builder) add(timeNs int64, original, fcs int, frame []byte) {
	c := &b.capture
	wire := max(original-fcs, 0)
	if len(frame) > wire {
		frame = frame[:wire:wire]
	}
	if len(frame) < wire {
		c.Snapped++
	}
	if n := len(c.Records); n > 0 && timeNs < c.Records[n-1].TimeNs {
		c.SteppedBack++
	}
	if b.unpacked != nil {
		b.unpacked.Spend(recordSize) // or 1 MB of empty records would take 3 GB
	}
	c.Records = append(c.Records, Record{TimeNs: timeNs, Wire: wire, Data: frame})
}

// toNs returns seconds and a count of 1/perSecond seconds as nanoseconds, rounded down. It reports false outside the
// range of int64 nanoseconds, years 1678 to 2262. The count must be below perSecond or below 2^32 (a pcap file's).
func toNs(seconds int64, count, perSecond uint64) (int64, bool) {
	hi, lo := bits.Mul64(count, 1e9)
	part, _ := bits.Div64(hi, lo, perSecond)
	const limit = math.MaxInt64/1_000_000_000 - 1
	if seconds > limit || seconds < -limit {
		return 0, false
	}
	return seconds*1_000_000_000 + int64(part), true
}
