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
	// recordSize is what a record takes beside its frame, in bytes, of the bounds below. Measured with a run of 12 million frames of 60 B:
	// 40 for the Record, 50 while the list of them grows, and 70 for what a run makes of it.
	recordSize = 160
	// maxPacked bounds what a packed file unpacks to, with its records, since 2 MB can unpack to gigabytes: less than 1 GiB of memory in
	// all. maxPlain bounds other files, which are as long as they look but for sparse ones. Assumed: twice what a workstation of 8 GB has
	// room for in a day's work.
	maxPacked = 512 << 20
	maxPlain  = 4 << 30
	// bufferSize is the size of the one buffer in front of the file. gopacket adopts a buffer of at least 4 KiB instead
	// of putting its own behind it, which is what lets pcapReader look at a record before gopacket reads it.
	bufferSize = 64 << 10
	// chunkSize is the step in which frame memory is allocated: four times MaxFrame, so that little is lost at ends.
	chunkSize = 1 << 20
)

// ReadFrom reads a capture from r; name stands for the file in errors. An error is an *Error.
func ReadFrom(name string, r io.Reader) (*Capture, error) {
	return readFrom(name, r, options{bound: maxPacked, plain: maxPlain})
}

// allowance reads a file until its allowance is spent.
type allowance struct {
	r          io.Reader
	left, most int64
}

func (a *allowance) Read(p []byte) (int, error) {
	if a.left <= 0 {
		return 0, fmt.Errorf("the capture takes more than %d MiB with its records; keep a part of it: editcap -r big.pcap part.pcap 1-1000000, or the headers alone: editcap -s 128", a.most>>20)
	}
	n, err := a.r.Read(p[:min(int64(len(p)), a.left)])
	a.left -= int64(n)
	return n, err
}

// options say what to read and how much.
type options struct {
	// bound is what a packed file may unpack to, its records included; other than unpack.MaxBytes in tests only.
	bound int64
	// plain is the same for a file that is not packed, 0 for no bound.
	plain int64
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
	if err := b.read(r); err != nil && (b.capture.Cut == "" || len(b.capture.Records) == 0) {
		return nil, err
	}
	switch {
	case len(b.capture.Records) > 0:
	case b.refused != "":
		return nil, b.failf("%s", b.refused)
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
	// plainly counts what other files hold, and is nil for packed ones.
	plainly *allowance
	// names are the names of the interfaces of a pcapng file.
	names []string
	// refused says where the first packet is that was left out because of its link type, and why.
	refused string
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
	if b.plain > 0 {
		b.plainly = &allowance{r, b.plain, b.plain}
		r = b.plainly
	}
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
	const hint = "; editcap -F pcap IN OUT makes one of it"
	for _, f := range []struct{ begins, is string }{
		{"BZh", "packed by bzip2; unpack it first (bunzip2)"}, {"PK\x03\x04", "a zip archive; unpack it first"}, {"\x04\x22\x4d\x18", "packed by lz4; unpack it first (unlz4)"},
		{"snoo", "a capture of snoop" + hint}, {"\x34\xcd\xb2\xa1", "a pcap capture of a modified libpcap" + hint}, {"\xa1\xb2\xcd\x34", "a pcap capture of a modified libpcap" + hint},
		{"GMBU", "a capture of Microsoft Network Monitor" + hint}, {"\x1f\x8b", "packed twice; unpack it first (gunzip)"},
	} {
		if strings.HasPrefix(string(head), f.begins) {
			return b.failf("is no pcap or pcapng capture but %s", f.is)
		}
	}
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

// cut returns the Error of a read that ended or failed inside the part at byte at. Where the file ends there, as one does whose
// writer was stopped, the records before it can be used.
func (b *builder) cut(part string, at int64, err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		b.capture.Cut = part
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

// lengthOf returns how long the frame of the record at byte at was, by its captured and original length. It refuses what no
// capture tool captures, before memory is spent on it. An impossible original length is replaced by the captured one.
func (b *builder) lengthOf(at int64, captured, original uint32) (uint32, error) {
	switch {
	case captured > MaxFrame:
		return 0, b.failAt(b.record(), at, "captured length %d: at most %d", captured, MaxFrame)
	case original > MaxFrame:
		b.capture.Overlong++
		return captured, nil
	case captured > original:
		b.capture.AboveOriginal++
		return captured, nil
	}
	return original, nil
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

// packet is a packet as a file has it.
type packet struct {
	timeNs int64
	// original is how many bytes there were, the last fcs of them the frame check sequence. data is what was captured of
	// them, valid until the next read.
	original, fcs int
	link          linkType
	data          []byte
}

// add appends the record of a packet that is at byte at of the file.
func (b *builder) add(at int64, p packet) {
	c := &b.capture
	wire := max(p.original-p.fcs, 0)
	data := p.data[:min(len(p.data), wire)]
	var frame []byte
	if p.link == linkEthernet {
		frame = b.frame(len(data))
		copy(frame, data)
	} else {
		var ok bool
		if frame, wire, ok = b.convert(p.link, data, wire); !ok {
			b.leaveOut(at, "inside a PPI header, "+innerOf(data).refusal())
			return
		}
		b.converted(p.link)
	}
	if len(frame) < wire {
		c.Snapped++
	}
	if n := len(c.Records); n > 0 && p.timeNs < c.Records[n-1].TimeNs {
		c.SteppedBack++
	}
	if b.unpacked != nil {
		b.unpacked.Spend(recordSize) // or 1 MB of empty records would take 3 GB
	} else if b.plainly != nil {
		b.plainly.left -= recordSize
	}
	c.Records = append(c.Records, Record{TimeNs: p.timeNs, Wire: wire, Data: frame})
}

// leaveOut counts a packet whose link type cannot be read.
func (b *builder) leaveOut(at int64, why string) {
	if b.capture.LeftOut++; b.refused == "" {
		b.refused = fmt.Sprintf("%s at byte %d: %s", b.record(), at, why)
	}
}

// converted counts a record that got an Ethernet header.
func (b *builder) converted(t linkType) {
	b.capture.Converted++
	if name := t.String(); !slices.Contains(b.capture.LinkTypes, name) {
		b.capture.LinkTypes = append(b.capture.LinkTypes, name)
	}
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
