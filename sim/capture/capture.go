package capture

import (
	"errors"
	"os"

	"github.com/dsnsim/dsnsim/internal/infile"
)

// MaxFrame is the longest frame accepted, in bytes, captured or original. It is the largest snapshot length that
// tcpdump and Wireshark write (MAXIMUM_SNAPLEN of libpcap, 262,144), so it holds every frame that a tool captured.
const MaxFrame = 262144

// Record is one packet of a capture.
type Record struct {
	// TimeNs is the time of the packet in nanoseconds since 1970-01-01 UTC.
	TimeNs int64
	// Wire is the frame's original length in bytes without the frame check sequence; at least len(Data).
	Wire int
	// Data is what was captured of the frame, from its Ethernet header on. It aliases memory that the records of a
	// capture share, and its capacity ends where it does, so that an append cannot reach the next record.
	Data []byte
	// Network is the network of the overlay which the frame came out of, counted from the first VM's; 0 where it was in none.
	Network uint32
}

// Capture is the contents of one capture file.
type Capture struct {
	// File is the name that the capture was read by.
	File string
	// Records are the packets in file order, at least one.
	Records []Record
	// Snapped counts the records that were captured only in part.
	Snapped int
	// SteppedBack counts the records that are earlier than the one before them in the file.
	SteppedBack int
	// Normalised counts the records whose part of a second was a second or more, and was carried into the seconds.
	Normalised int
	// Untimed counts the Simple Packet Blocks of a pcapng file, which carry no time: they get the time of the record before.
	Untimed int
	// AboveOriginal counts the records with more captured bytes than original ones, by the file. They are as long as what
	// was captured.
	AboveOriginal int
	// Overlong counts the records that were longer than MaxFrame by the file, likewise.
	Overlong int
	// Converted counts the records that got an Ethernet header in place of another link layer's; LinkTypes names these layers.
	Converted int
	LinkTypes []string
	// LeftOut counts the packets of link types that cannot be read, beside others that can.
	LeftOut int
	// Cut names the part that the file ends in the middle of, such as "record 6", "" where it is whole. It is left out.
	Cut string
	// Format says how the file is coded, such as "pcap, microseconds, little-endian, gzip".
	Format string
}

// Error says what is wrong with a capture file. All errors of this package's readers are of this type.
type Error struct {
	// File is the name that the capture was read by.
	File string
	// Detail is one line that says what is wrong and, inside the file, at which record and byte.
	Detail string
}

// Error returns the file and the detail in one line.
func (e *Error) Error() string { return e.File + ": " + e.Detail }

// Read reads the capture file at path. An error is an *Error.
func Read(path string) (*Capture, error) { return ReadInterface(path, "") }

// ReadInterface reads the packets of one interface of a pcapng file, by the name that the file gives it, or of all
// interfaces where the name is "". An error is an *Error.
func ReadInterface(path, name string) (*Capture, error) { return ReadIn(infile.Files{}, path, name) }

// ReadIn is ReadInterface where only some files may be read.
func ReadIn(files infile.Files, path, name string) (*Capture, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, &Error{path, "is a directory: need a pcap or pcapng file"}
	}
	file, err := files.Open(path)
	if failed := (*infile.Error)(nil); errors.As(err, &failed) {
		return nil, &Error{path, "cannot open: " + failed.Reason}
	}
	defer file.Close()
	return readFrom(path, file, options{bound: maxPacked, plain: maxPlain, only: name})
}
