package analytic

import "github.com/dsnsim/dsnsim/sim/units"

// The sizes of Ethernet. source: IEEE 802.3.
const (
	// EthernetHeader is two addresses and the type, without a VLAN tag.
	EthernetHeader = 14 * units.Byte
	// FCS is the frame check sequence, which is part of every frame size here.
	FCS = 4 * units.Byte
	// MinFrame is the smallest frame; shorter ones are padded to it.
	MinFrame = 64 * units.Byte
	// WireOverhead is what a frame takes on the wire beside itself: 7 B preamble, 1 B start delimiter and a gap of
	// 12 B, which is nominal: clock compensation may shorten it at the receiver.
	WireOverhead = 20 * units.Byte
)

// WireSize returns the bytes that a frame of the given size (with FCS) occupies on a link: at least 84.
func WireSize(frame units.Bytes) units.Bytes { return max(frame, MinFrame) + WireOverhead }

// PacketRate returns the highest rate of frames of one size (with FCS) on an Ethernet link, in packets/s: 29.76 million
// of 400 B at 100 Gbit/s.
func PacketRate(link units.Rate, frame units.Bytes) float64 {
	return float64(link) / float64(8*WireSize(frame))
}

// Serialisation returns the time from the first to the last bit of a frame of n bytes, rounded up to a picosecond:
// 120 ns for 1500 B at 100 Gbit/s.
func Serialisation(link units.Rate, n units.Bytes) units.Duration { return link.TimeToSend(n) }

// FrameInterval returns the time from the start of a frame to the earliest start of the next, rounded up to a
// picosecond: the inverse of PacketRate.
func FrameInterval(link units.Rate, frame units.Bytes) units.Duration {
	return link.TimeToSend(WireSize(frame))
}
