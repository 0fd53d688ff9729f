package capture

import (
	"encoding/binary"
	"fmt"
	"io"
)

// The blocks of a pcapng file that carry packets or what is needed to read them; all others are skipped
// (draft-ietf-opsawg-pcapng, section 4). The type of a Section Header Block is the same in both byte orders.
const (
	blockSection   = 0x0a0d0d0a
	blockInterface = 1
	blockOldPacket = 2 // obsolete Packet Block
	blockSimple    = 3
	blockEnhanced  = 6
)

const (
	blockOverhead    = 12 // type, length, and the length again at the end
	sectionBodyMin   = 16
	interfaceBodyMin = 8
	packetBodyMin    = 20
	simpleBodyMin    = 4
	// maxDescription bounds the body of an Interface Description Block, the only one that is held in memory whole.
	// Assumed: sixteen options of the greatest length, 64 KiB.
	maxDescription = 1 << 20
	byteOrderMagic = 0x1a2b3c4d
)

// ngReader reads a pcapng file block by block.
//
// It does not read through pcapgo.NgReader, which loses information that a replay needs: it takes if_tsresol 0 (whole
// seconds) for microseconds, rounds resolutions that are powers of two (2^-20 s comes out 0.07 % short within each
// second), and gives Simple Packet Blocks the year 1. It also refuses version 1.2, which equals 1.0, and divides by
// zero at if_tsresol 0xC0. A test reads every pcapng file of the shared captures with both and compares.
type ngReader struct {
	*builder
	order      binary.ByteOrder
	interfaces []ngInterface
	blocks     int
	scratch    []byte // for the packet that is read
}

// ngBlock is the header of a block: its type, the bytes between its lengths, and where it starts in the stream.
type ngBlock struct {
	kind  uint32
	body  uint32
	start int64
}

// readNg reads a pcapng file.
func (b *builder) readNg() error {
	r := &ngReader{builder: b}
	for {
		head, err := r.in.Peek(blockOverhead)
		if len(head) == 0 && err == io.EOF {
			return nil
		}
		if err != nil {
			return r.cut(r.blockName(), r.offset, err)
		}
		if err := r.readBlock(head); err != nil {
			return err
		}
	}
}

// blockName names the block that comes next, counted from 1.
func (r *ngReader) blockName() string { return fmt.Sprintf("block %d", r.blocks+1) }

// readBlock reads the block that starts with head, whatever it is.
func (r *ngReader) readBlock(head []byte) error {
	block, err := r.blockHeader(head)
	if err != nil {
		return err
	}
	switch block.kind {
	case blockSection:
		err = r.section(block)
	case blockInterface:
		err = r.description(block)
	case blockEnhanced, blockOldPacket:
		err = r.packet(block)
	case blockSimple:
		err = r.simple(block)
	default:
		err = r.skip(block, int64(block.body))
	}
	if err != nil {
		return err
	}
	return r.closeBlock(block)
}

// blockHeader checks and consumes the type and length of a block, and the byte order of a section.
func (r *ngReader) blockHeader(head []byte) (ngBlock, error) {
	if binary.LittleEndian.Uint32(head) == blockSection {
		switch {
		case binary.LittleEndian.Uint32(head[8:]) == byteOrderMagic:
			r.order = binary.LittleEndian
		case binary.BigEndian.Uint32(head[8:]) == byteOrderMagic:
			r.order = binary.BigEndian
		default:
			return ngBlock{}, r.failAt(r.blockName(), r.offset, "byte-order magic % x: need 1a 2b 3c 4d, either way round", head[8:12])
		}
	}
	length := r.order.Uint32(head[4:])
	if length < blockOverhead || length%4 != 0 {
		return ngBlock{}, r.failAt(r.blockName(), r.offset, "block length %d: need a multiple of 4 from %d", length, blockOverhead)
	}
	block := ngBlock{kind: r.order.Uint32(head), body: length - blockOverhead, start: r.offset}
	return block, r.skip(block, 8)
}

// take returns the next n bytes of a block, n at most the size of the buffer. They are valid until the next read.
func (r *ngReader) take(block ngBlock, n int) ([]byte, error) {
	data, err := r.in.Peek(n)
	if err != nil {
		return nil, r.cut(r.blockName(), block.start, err)
	}
	return data, r.skip(block, int64(n))
}

// skip passes over n bytes of a block.
func (r *ngReader) skip(block ngBlock, n int64) error {
	done, err := r.in.Discard(int(n))
	r.offset += int64(done)
	if err != nil {
		return r.cut(r.blockName(), block.start, err)
	}
	return nil
}

// closeBlock checks the length at the end of a block.
func (r *ngReader) closeBlock(block ngBlock) error {
	tail, err := r.take(block, 4)
	if err != nil {
		return err
	}
	if end := r.order.Uint32(tail); end != block.body+blockOverhead {
		return r.failAt(r.blockName(), block.start, "block length %d at its start and %d at its end", block.body+blockOverhead, end)
	}
	r.blocks++
	return nil
}

// tooShort says that a block has no room for what its type must hold.
func (r *ngReader) tooShort(block ngBlock) error {
	return r.failAt(r.blockName(), block.start, "block length %d is too short for a block of type %d", block.body+blockOverhead, block.kind)
}

// section starts a section: its interfaces are numbered from 0 anew.
func (r *ngReader) section(block ngBlock) error {
	if block.body < sectionBodyMin {
		return r.tooShort(block)
	}
	head, err := r.take(block, sectionBodyMin)
	if err != nil {
		return err
	}
	if major, minor := r.order.Uint16(head[4:]), r.order.Uint16(head[6:]); major != 1 || minor != 0 && minor != 2 {
		return r.failAt(r.blockName(), block.start, "pcapng version %d.%d: need 1.0", major, minor)
	}
	if r.capture.Format == "" {
		r.capture.Format = r.format(ngFormats[r.order == binary.BigEndian])
	}
	r.interfaces = r.interfaces[:0]
	return r.skip(block, int64(block.body)-sectionBodyMin)
}

// ngFormats name the byte order of the first section, true for big-endian.
var ngFormats = map[bool]string{false: "pcapng, little-endian", true: "pcapng, big-endian"}
