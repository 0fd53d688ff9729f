package capture

import (
	"encoding/binary"
	"io"

	"github.com/google/gopacket/pcapgo"
)

const (
	pcapHeaderLen   = 24
	pcapRecordLen   = 16
	pcapFCSPresent  = 1 << 26 // the P bit of the link type field
	pcapFCSLenShift = 28      // four bits of the link type field, in units of 16 bits
)

// pcapCoding is what the magic number of a pcap file tells.
type pcapCoding struct {
	order     binary.ByteOrder
	perSecond uint64
	text      string
}

// pcapCodings are keyed by the magic number read as little-endian (draft-ietf-opsawg-pcap, section 4).
var pcapCodings = map[uint32]pcapCoding{
	0xa1b2c3d4: {binary.LittleEndian, 1e6, "pcap, microseconds, little-endian"},
	0xd4c3b2a1: {binary.BigEndian, 1e6, "pcap, microseconds, big-endian"},
	0xa1b23c4d: {binary.LittleEndian, 1e9, "pcap, nanoseconds, little-endian"},
	0x4d3cb2a1: {binary.BigEndian, 1e9, "pcap, nanoseconds, big-endian"},
}

// readPcap reads a pcap file. Each record header is checked in the buffer before gopacket reads the record.
func (b *builder) readPcap(coding pcapCoding) error {
	b.capture.Format = b.format(coding.text)
	header, err := b.pcapHeader(coding.order)
	if err != nil {
		return err
	}
	reader, err := pcapgo.NewReader(b.in)
	if err != nil {
		return b.failf("%v", err)
	}
	// The snapshot length of the header is a wish, often wrong; gopacket refuses longer records and allocates it.
	reader.SetSnaplen(MaxFrame)
	b.offset = pcapHeaderLen
	for {
		head, err := b.in.Peek(pcapRecordLen)
		if len(head) == 0 && err == io.EOF {
			return nil
		}
		if err != nil {
			return b.cut(b.record(), b.offset, err)
		}
		if err := b.pcapRecord(reader, coding, header, head); err != nil {
			return err
		}
	}
}

// format returns text with the packing, if any.
func (b *builder) format(text string) string {
	if b.unpacked != nil {
		return text + ", " + b.unpacked.Kind
	}
	return text
}

// pcapHeader is what the header of a pcap file tells beyond its coding.
type pcapHeader struct {
	// minor is the minor version: below 3 the two lengths of a record stand the other way round, and at 3 either way.
	minor uint16
	// fcs is the bytes of frame check sequence at the end of each frame.
	fcs  int
	link linkType
}

// pcapHeader checks the file header. It leaves version 2.4 in the buffer, the only one that gopacket takes.
func (b *builder) pcapHeader(order binary.ByteOrder) (header pcapHeader, err error) {
	head, err := b.in.Peek(pcapHeaderLen)
	if err != nil {
		return header, b.cut("the pcap header", 0, err)
	}
	link := order.Uint32(head[20:])
	header.link = linkType(link)
	if !header.link.readable() {
		return header, b.failf("%s", header.link.refusal())
	}
	major, minor := order.Uint16(head[4:]), order.Uint16(head[6:])
	if major != 2 || minor > 4 {
		return header, b.failf("pcap version %d.%d: need 2.0 to 2.4", major, minor)
	}
	order.PutUint16(head[6:], 4)
	header.minor = minor
	if link&pcapFCSPresent != 0 {
		header.fcs = 2 * int(link>>pcapFCSLenShift)
	}
	return header, nil
}

// pcapRecord reads the record whose header is head. The time is taken from head, since gopacket multiplies the
// microseconds in 32 bits, which overflows at 4.3 s, as a damaged file may hold.
func (b *builder) pcapRecord(reader *pcapgo.Reader, coding pcapCoding, header pcapHeader, head []byte) error {
	seconds, part := coding.order.Uint32(head), uint64(coding.order.Uint32(head[4:]))
	captured, original := coding.order.Uint32(head[8:]), coding.order.Uint32(head[12:])
	if header.minor < 3 || header.minor == 3 && captured > original {
		captured, original = original, captured
	}
	original, err := b.lengthOf(b.offset, captured, original)
	if err != nil {
		return err
	}
	// For gopacket, which knows version 2.4 only, and no record with more captured bytes than original ones.
	coding.order.PutUint32(head[8:], captured)
	coding.order.PutUint32(head[12:], original)
	data, info, err := reader.ZeroCopyReadPacketData()
	if err != nil {
		return b.cut(b.record(), b.offset, err)
	}
	if part >= coding.perSecond {
		b.capture.Normalised++
	}
	timeNs, _ := toNs(int64(seconds), part, coding.perSecond) // 32-bit seconds end in 2106, in range
	b.add(b.offset, packet{timeNs: timeNs, original: info.Length, fcs: header.fcs, link: header.link, data: data})
	b.offset += pcapRecordLen + int64(len(data))
	return nil
}
