package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// The options that only NgWriter needs (draft-ietf-opsawg-pcapng, sections 3.5, 4.1 and 4.2).
const (
	optionComment            = 1
	optionHardware           = 2 // of a section
	optionUserApp            = 4 // of a section
	optionIfDescription      = 3
	nanoseconds         byte = 9 // an if_tsresol: 10 to the minus nine
)

// NgSection is what a pcapng file says of where it comes from. Empty fields are left out.
type NgSection struct{ Hardware, Application, Comment string }

// NgInterface is one point at which packets were seen.
type NgInterface struct{ Name, Description string }

// NgWriter writes Ethernet frames as a pcapng file of nanoseconds, little-endian, with several interfaces and comments
// on packets. It does not buffer.
type NgWriter struct {
	w          io.Writer
	interfaces int
	block      []byte
	tooLong    bool // an option of the block did not fit
}

// NewNgWriter writes the section and the interfaces to w and returns a writer of the packets after them. The error is
// w's, or about a text longer than the 65,535 bytes of an option.
func NewNgWriter(w io.Writer, s NgSection, interfaces []NgInterface) (*NgWriter, error) {
	n := &NgWriter{w: w, interfaces: len(interfaces)}
	n.begin(blockSection)
	n.uint32(byteOrderMagic)
	n.uint16(1)
	n.uint16(0)
	n.uint32(math.MaxUint32) // the length of the section is not known
	n.uint32(math.MaxUint32)
	n.options([]ngOption{{optionComment, s.Comment}, {optionHardware, s.Hardware}, {optionUserApp, s.Application}})
	if err := n.end(); err != nil {
		return nil, err
	}
	for _, i := range interfaces {
		n.begin(blockInterface)
		n.uint16(uint16(linkEthernet))
		n.uint16(0)
		n.uint32(0) // no limit on captured lengths
		n.options([]ngOption{{optionName, i.Name}, {optionIfDescription, i.Description},
			{optionTsResol, string([]byte{nanoseconds})}})
		if err := n.end(); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// Write writes one packet of an interface, numbered from 0, with a comment unless it is empty. The time of the record
// must not be negative, and len(r.Data) at most r.Wire, at most MaxFrame; else the error says so and nothing is written.
func (n *NgWriter) Write(iface int, r Record, comment string) error {
	switch {
	case iface < 0 || iface >= n.interfaces:
		return fmt.Errorf("capture: interface %d of %d", iface, n.interfaces)
	case r.TimeNs < 0:
		return fmt.Errorf("capture: time %d ns does not fit a pcapng record", r.TimeNs)
	case r.Wire > MaxFrame:
		return fmt.Errorf("capture: frame of %d bytes: at most %d", r.Wire, MaxFrame)
	case len(r.Data) > r.Wire:
		return fmt.Errorf("capture: %d bytes captured of a frame of %d", len(r.Data), r.Wire)
	}
	n.begin(blockEnhanced)
	n.uint32(uint32(iface))
	n.uint32(uint32(uint64(r.TimeNs) >> 32))
	n.uint32(uint32(r.TimeNs))
	n.uint32(uint32(len(r.Data)))
	n.uint32(uint32(r.Wire))
	n.padded(r.Data)
	n.options([]ngOption{{optionComment, comment}})
	return n.end()
}

// ngOption is an option of a block; one without a value is not written.
type ngOption struct {
	code  uint16
	value string
}

func (n *NgWriter) begin(kind uint32) {
	n.block = n.block[:0]
	n.uint32(kind)
	n.uint32(0) // the length, set at the end
}

// end sets both lengths and writes the block.
func (n *NgWriter) end() error {
	if n.tooLong {
		n.tooLong = false
		return errors.New("capture: a text is longer than the 65,535 bytes of a pcapng option")
	}
	length := uint32(len(n.block) + 4)
	binary.LittleEndian.PutUint32(n.block[4:], length)
	n.uint32(length)
	if _, err := n.w.Write(n.block); err != nil {
		return fmt.Errorf("capture: write a pcapng block: %w", err)
	}
	return nil
}

// options appends options and the end of them. Without any, neither is written.
func (n *NgWriter) options(list []ngOption) {
	any := false
	for _, o := range list {
		if o.value == "" {
			continue
		}
		any = true
		n.tooLong = n.tooLong || len(o.value) > math.MaxUint16
		n.uint16(o.code)
		n.uint16(uint16(len(o.value)))
		n.padded([]byte(o.value))
	}
	if any {
		n.uint32(optionEnd)
	}
}

// padded appends bytes, filled up to a multiple of four.
func (n *NgWriter) padded(data []byte) {
	n.block = append(n.block, data...)
	n.block = append(n.block, "\x00\x00\x00"[:-len(data)&3]...)
}

func (n *NgWriter) uint16(v uint16) { n.block = binary.LittleEndian.AppendUint16(n.block, v) }

func (n *NgWriter) uint32(v uint32) { n.block = binary.LittleEndian.AppendUint32(n.block, v) }
