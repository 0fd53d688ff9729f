package capture

import (
	"fmt"
	"io"
	"math"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

// Writer writes Ethernet frames as a pcap file of nanoseconds, little-endian. It does not buffer.
type Writer struct {
	pcap *pcapgo.Writer
}

// NewWriter writes the file header to w and returns a Writer of the records after it. The error is w's.
func NewWriter(w io.Writer) (*Writer, error) {
	pcap := pcapgo.NewWriterNanos(w)
	if err := pcap.WriteFileHeader(MaxFrame, layers.LinkTypeEthernet); err != nil {
		return nil, fmt.Errorf("capture: write the file header: %w", err)
	}
	return &Writer{pcap}, nil
}

// Write writes one record. Its time must be in the years 1970 to 2106, which is what the format holds, and
// len(r.Data) at most r.Wire, at most MaxFrame; else the error says so and nothing is written.
func (w *Writer) Write(r Record) error {
	switch {
	case r.TimeNs < 0 || r.TimeNs/1e9 > math.MaxUint32:
		return fmt.Errorf("capture: time %d ns does not fit a pcap record", r.TimeNs)
	case r.Wire > MaxFrame:
		return fmt.Errorf("capture: frame of %d bytes: at most %d", r.Wire, MaxFrame)
	case len(r.Data) > r.Wire:
		return fmt.Errorf("capture: %d bytes captured of a frame of %d", len(r.Data), r.Wire)
	}
	info := gopacket.CaptureInfo{Timestamp: time.Unix(0, r.TimeNs), CaptureLength: len(r.Data), Length: r.Wire}
	if err := w.pcap.WritePacket(info, r.Data); err != nil {
		return fmt.Errorf("capture: write a record: %w", err)
	}
	return nil
}
