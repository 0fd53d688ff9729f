package capture

import (
	"fmt"
	"slices"
)

// packet reads an Enhanced Packet Block or the obsolete Packet Block, which differ in the interface number only.
func (r *ngReader) packet(block ngBlock) error {
	if block.body < packetBodyMin {
		return r.tooShort(block)
	}
	head, err := r.take(block, packetBodyMin)
	if err != nil {
		return err
	}
	number := r.order.Uint32(head)
	if block.kind == blockOldPacket {
		number = uint32(r.order.Uint16(head))
	}
	ticks := uint64(r.order.Uint32(head[4:]))<<32 | uint64(r.order.Uint32(head[8:]))
	captured, original := r.order.Uint32(head[12:]), r.order.Uint32(head[16:])
	from, ok, err := r.source(block, number)
	if err != nil || !ok {
		return r.pass(block, packetBodyMin, err)
	}
	timeNs, ok := from.timeNs(ticks)
	if !ok {
		return r.failAt(r.record(), block.start, "time %d x %s of interface %d is outside the years 1678 to 2262", ticks, from.resolution, number)
	}
	return r.packetData(block, packetBodyMin, timeNs, captured, original, from)
}

// simple reads a Simple Packet Block: interface 0, no time, cut at the snapshot length of the interface.
func (r *ngReader) simple(block ngBlock) error {
	if block.body < simpleBodyMin {
		return r.tooShort(block)
	}
	head, err := r.take(block, simpleBodyMin)
	if err != nil {
		return err
	}
	original := r.order.Uint32(head)
	from, ok, err := r.source(block, 0)
	if err != nil || !ok {
		return r.pass(block, simpleBodyMin, err)
	}
	captured := original
	if from.snapLen != 0 {
		captured = min(captured, from.snapLen)
	}
	r.capture.Untimed++
	var timeNs int64
	if n := len(r.capture.Records); n > 0 {
		timeNs = r.capture.Records[n-1].TimeNs
	}
	return r.packetData(block, simpleBodyMin, timeNs, captured, original, from)
}

// source returns the interface of a packet, which must exist. It reports false where the packet is not to be read: its interface is
// another than the wanted one, or of a link type that cannot be read, as one of several may be.
func (r *ngReader) source(block ngBlock, number uint32) (*ngInterface, bool, error) {
	if uint64(number) >= uint64(len(r.interfaces)) {
		return nil, false, r.failAt(r.record(), block.start, "interface %d: the section describes %d", number, len(r.interfaces))
	}
	from := &r.interfaces[number]
	if r.only != "" && from.name != r.only {
		return nil, false, nil
	}
	if !from.link.readable() {
		name := fmt.Sprintf("interface %d", number)
		if from.name != "" {
			name += fmt.Sprintf(" (%q)", from.name) // quoted: it may hold anything
		}
		r.leaveOut(block.start, name+": "+from.link.refusal())
		return nil, false, nil
	}
	return from, true, nil
}

// pass passes over the rest of a packet of an interface that is not read, unless there was an error.
func (r *ngReader) pass(block ngBlock, used uint32, err error) error {
	if err != nil {
		return err
	}
	return r.skip(block, int64(block.body-used))
}

// packetData reads the frame of a packet block, of whose body used bytes have been read, and skips its options.
func (r *ngReader) packetData(block ngBlock, used uint32, timeNs int64, captured, original uint32, from *ngInterface) error {
	original, err := r.lengthOf(block.start, captured, original)
	if err != nil {
		return err
	}
	if room := block.body - used; captured > room {
		return r.failAt(r.record(), block.start, "captured length %d: the block has room for %d", captured, room)
	}
	// Peek cannot give more than the buffer, so the frame is read in pieces of it.
	r.scratch = slices.Grow(r.scratch[:0], int(captured))
	for len(r.scratch) < int(captured) {
		piece, err := r.take(block, min(int(captured)-len(r.scratch), bufferSize))
		if err != nil {
			return err
		}
		r.scratch = append(r.scratch, piece...)
	}
	r.add(block.start, packet{timeNs: timeNs, original: int(original), fcs: from.fcs, link: from.link, data: r.scratch})
	return r.skip(block, int64(block.body-used-captured))
}
