package capture

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// The options of an Interface Description Block that change how its packets read.
const (
	optionEnd      = 0
	optionName     = 2
	optionTsResol  = 9
	optionFCSLen   = 13
	optionTsOffset = 14
)

// ngInterface is what one Interface Description Block says.
type ngInterface struct {
	link    linkType
	snapLen uint32
	name    string
	// perSecond is the ticks of the interface's clock in a second, and resolution says it, such as "10^-6 s".
	perSecond  uint64
	resolution string
	// offsetSeconds is added to all times.
	offsetSeconds int64
	// fcs is the bytes of frame check sequence at the end of each frame.
	fcs int
}

// timeNs returns a time of the interface in nanoseconds, rounded down, and false where int64 cannot hold it.
func (i *ngInterface) timeNs(ticks uint64) (int64, bool) {
	seconds, part := bits.Div64(0, ticks, i.perSecond)
	if seconds > 1<<62 || i.offsetSeconds > 1<<61 || i.offsetSeconds < -(1<<61) {
		return 0, false
	}
	return toNs(int64(seconds)+i.offsetSeconds, part, i.perSecond)
}

// description reads an Interface Description Block and numbers the interface.
func (r *ngReader) description(block ngBlock) error {
	if block.body < interfaceBodyMin {
		return r.tooShort(block)
	}
	if block.body > maxDescription {
		return r.failAt(r.blockName(), block.start, "interface description of %d bytes: at most %d", block.body, maxDescription)
	}
	body := make([]byte, 0, min(block.body, bufferSize))
	for len(body) < int(block.body) {
		piece, err := r.take(block, min(int(block.body)-len(body), bufferSize))
		if err != nil {
			return err
		}
		body = append(body, piece...)
	}
	i := ngInterface{
		link:    linkType(r.order.Uint16(body)),
		snapLen: r.order.Uint32(body[4:]),
	}
	i.setResolution(6) // the default, microseconds
	if fault := i.options(r.order, body[interfaceBodyMin:]); fault != "" {
		return r.failAt(r.blockName(), block.start, "interface %d: %s", len(r.interfaces), fault)
	}
	r.interfaces = append(r.interfaces, i)
	r.names = append(r.names, i.name)
	return nil
}

// options reads the options of an interface. It returns what is wrong with them, or "".
func (i *ngInterface) options(order binary.ByteOrder, list []byte) (fault string) {
	for len(list) >= 4 {
		code, length := order.Uint16(list), int(order.Uint16(list[2:]))
		list = list[4:]
		if code == optionEnd {
			return ""
		}
		if length > len(list) {
			return "an option runs past the end of the block"
		}
		if fault := i.option(order, code, list[:length]); fault != "" {
			return fault
		}
		list = list[min((length+3)&^3, len(list)):]
	}
	return ""
}

// option takes up one option. It returns what is wrong with it, or "".
func (i *ngInterface) option(order binary.ByteOrder, code uint16, value []byte) (fault string) {
	switch {
	case code == optionName:
		i.name = string(value[:min(len(value), 64)])
	case code == optionTsResol && len(value) >= 1:
		if !i.setResolution(value[0]) {
			return "time resolution " + i.resolution + " is finer than a 64-bit time can count"
		}
	case code == optionTsOffset && len(value) >= 8:
		i.offsetSeconds = int64(order.Uint64(value))
	case code == optionFCSLen && len(value) >= 1:
		// The draft counts in bits, and its example is 4, meant as bytes: files hold either.
		if i.fcs = int(value[0]); i.fcs > 8 {
			i.fcs /= 8
		}
	}
	return ""
}

// setResolution takes up an if_tsresol byte: 10 to the minus that many seconds, or with the top bit set 2 to the
// minus that many. It reports false where the ticks in a second do not fit 64 bits.
func (i *ngInterface) setResolution(value byte) bool {
	exponent := int(value & 0x7f)
	if value&0x80 != 0 {
		i.resolution = fmt.Sprintf("2^-%d s", exponent)
		i.perSecond = 1 << min(exponent, 63)
		return exponent < 64
	}
	i.resolution = fmt.Sprintf("10^-%d s", exponent)
	i.perSecond = 1
	for range min(exponent, 19) {
		i.perSecond *= 10
	}
	return exponent < 20
}
