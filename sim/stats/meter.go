package stats

import "github.com/dsnsim/dsnsim/sim/units"

// Count counts packets and the bytes of their frames, FCS included.
type Count struct {
	Packets, Bytes uint64
}

// Add counts one packet.
func (t *Count) Add(frame units.Bytes) {
	t.Packets++
	t.Bytes += uint64(frame)
}

// Merge adds another count.
func (t *Count) Merge(o Count) {
	t.Packets += o.Packets
	t.Bytes += o.Bytes
}

// Gbps returns the rate of frame bits, without preamble and gap, over a window of time, in 10^9 bit/s; 0 when the window
// is empty.
func (t Count) Gbps(window units.Duration) float64 {
	if window <= 0 {
		return 0
	}
	return float64(t.Bytes) * 8 / window.Ns()
}

// Mpps returns the rate of packets over a window of time, in 10^6 packets/s; 0 when the window is empty.
func (t Count) Mpps(window units.Duration) float64 {
	if window <= 0 {
		return 0
	}
	return float64(t.Packets) * 1000 / window.Ns()
}

// Meter counts what became of the packets of one class and direction.
type Meter struct {
	Offered, Delivered Count
	// Dropped is indexed by DropReason.
	Dropped [DropReasons]Count
}

// Merge adds another meter.
func (m *Meter) Merge(o *Meter) {
	m.Offered.Merge(o.Offered)
	m.Delivered.Merge(o.Delivered)
	for r := range m.Dropped {
		m.Dropped[r].Merge(o.Dropped[r])
	}
}

// Lost returns what was dropped, for whatever reason.
func (m *Meter) Lost() Count {
	var lost Count
	for r := range m.Dropped {
		lost.Merge(m.Dropped[r])
	}
	return lost
}

// LossRatio returns the dropped share of the offered packets, from 0 to 1. Packets still on their way are not lost.
func (m *Meter) LossRatio() float64 { return ratio(m.Lost().Packets, m.Offered.Packets) }

// InFlight returns how many offered packets were neither delivered nor dropped: 0 after the drain, and negative
// only when the model made packets up.
func (m *Meter) InFlight() int64 {
	return int64(m.Offered.Packets) - int64(m.Delivered.Packets) - int64(m.Lost().Packets)
}
