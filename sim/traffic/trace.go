package traffic

import (
	"fmt"
	"math"
	"math/big"

	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/datagram"
	"github.com/dsnsim/dsnsim/sim/header"
	"github.com/dsnsim/dsnsim/sim/rss"
	"github.com/dsnsim/dsnsim/sim/units"
)

// maxPayload is how much of a record one frame of MaxStandard bytes takes.
const maxPayload = MaxStandard - FCS

// Trace is what a replay needs of a capture: sizes, flows and times, without the bytes. It does not change once made,
// so any number of replays share it, at the same time too.
type Trace struct {
	// pieces are the frames to send, in order: one a record, or several of a record that is longer than a frame.
	pieces []piece
	// frames are the different sizes of the pieces, in bytes with FCS.
	frames []uint32
	// timesNs are the times of the records since the first one, never falling.
	timesNs []int64
	flows   int
	tuples  []Tuple // by flow
	bytes   int64

	outOfOrder, clockSteps, resegmented int64
}

// piece is one frame to send: size is its index in the trace's frames.
type piece struct {
	size   uint16
	record int32
	FlowID
}

// flowKey tells flows apart: by addresses, ports and protocol, and by VLAN and overlay since these reuse addresses. Frames that
// are not IP are one flow for each EtherType and VLAN.
type flowKey struct {
	header.Key
	vlan      [header.MaxVLANs]uint16
	network   uint32
	etherType uint16
	reading   header.Reading
}

// NewTrace prepares a capture. Times that step back are those of a clock (see there). A record too long
// for MaxFrame was never on a wire, but was taken where a host hands data to its NIC to segment: it is sent as the
// least number of frames of at most MaxStandard bytes. joined tells the datagrams of its fragments, nil without any. The
// error says what about the capture cannot be replayed.
func NewTrace(c *capture.Capture, joined *datagram.Joined) (*Trace, error) {
	if len(c.Records) == 0 {
		return nil, fmt.Errorf("%s: holds no packets", c.File)
	}
	if len(c.Records) > math.MaxInt32 {
		return nil, fmt.Errorf("%s: holds %d packets, more than %d", c.File, len(c.Records), math.MaxInt32)
	}
	b := traceBuilder{
		trace: Trace{pieces: make([]piece, 0, len(c.Records))},
		flows: make(map[flowKey]FlowID), sizes: make(map[uint32]uint16), toeplitz: rss.NewToeplitz(rss.DefaultKey()),
	}
	var k clock
	b.trace.timesNs = k.timesNs(c.Records)
	b.trace.outOfOrder, b.trace.clockSteps = k.outOfOrder, k.steps
	for i := range c.Records {
		r := &c.Records[i]
		b.record(int32(i), r.Wire, b.flow(c.Records, i, joined))
	}
	b.trace.flows = len(b.flows)
	return &b.trace, nil
}

// traceBuilder holds what is needed while a trace is made.
type traceBuilder struct {
	trace    Trace
	flows    map[flowKey]FlowID
	sizes    map[uint32]uint16
	toeplitz *rss.Toeplitz
}

// flow returns the flow of a record, a new one when it is the first of its flow. A fragment is of its datagram's flow, and
// is hashed like it.
func (b *traceBuilder) flow(records []capture.Record, i int, joined *datagram.Joined) FlowID {
	r := &records[i]
	first, ok := joined.First(i)
	if ok {
		r = &records[first]
	}
	s := header.Parse(r.Data)
	key := flowKey{Key: s.Key, vlan: s.VLAN, network: r.Network, etherType: s.EtherType, reading: s.Reading(r.Data, r.Wire)}
	switch {
	case s.Fragment == header.Whole || key.reading == header.Contradicts:
	case ok && joined != nil:
		s.Fragment = header.Whole
	default:
		key.SrcPort, key.DstPort, key.reading = 0, 0, header.Lost
	}
	id, known := b.flows[key]
	if !known {
		id = FlowID{Flow: uint32(len(b.flows)), Hash: b.toeplitz.SumOf(&s)}
		b.flows[key] = id
		b.trace.tuples = append(b.trace.tuples, Tuple{Key: key.Key, VLAN: key.vlan, Network: key.network,
			IP: key.reading.IP() && s.Version != 0, Reading: key.reading})
	}
	return id
}

// record appends the frames of a record of wireBytes without FCS.
func (b *traceBuilder) record(record int32, wireBytes int, id FlowID) {
	if wireBytes+FCS <= MaxFrame {
		b.piece(record, wireBytes, id)
		return
	}
	b.trace.resegmented++
	for left := wireBytes; left > 0; left -= maxPayload {
		b.piece(record, min(left, maxPayload), id)
	}
}

func (b *traceBuilder) piece(record int32, wireBytes int, id FlowID) {
	t := &b.trace
	frame := uint32(max(wireBytes+FCS, MinFrame))
	size, known := b.sizes[frame]
	if !known {
		size = uint16(len(t.frames))
		b.sizes[frame] = size
		t.frames = append(t.frames, frame)
	}
	t.pieces = append(t.pieces, piece{size: size, record: record, FlowID: id})
	t.bytes += int64(frame)
}

// Packets returns how many packets one pass sends: the records, and the further pieces of those that are cut.
func (t *Trace) Packets() int { return len(t.pieces) }

// Bytes returns how many bytes one pass sends, with FCS.
func (t *Trace) Bytes() units.Bytes { return units.Bytes(t.bytes) }

// Flows returns how many flows there are. Packet.Flow is below it.
func (t *Trace) Flows() int { return t.flows }

// Part returns how many packets one pass sends of some records, and their bytes with FCS.
func (t *Trace) Part(only []bool) (packets int, bytes units.Bytes) {
	for i := range t.pieces {
		if p := &t.pieces[i]; only == nil || only[p.record] {
			packets++
			bytes += units.Bytes(t.frames[p.size])
		}
	}
	return packets, bytes
}

// Pass returns how long one pass takes at a load, or at the recorded times where it is zero: until the next begins.
func (t *Trace) Pass(load Load) units.Duration {
	pass := unscaled(t, 0).period
	if load != (Load{}) {
		packets, bytes := t.sample()
		total := load.total(packets, bytes)
		pass = newSchedule(total.Mul(total, big.NewInt(int64(units.Second))), load.perSecond, 0).period
	}
	return units.Duration(pass.ps + 1) // a rest of a picosecond too
}

// sample returns the packets of the trace and their bytes.
func (t *Trace) sample() (packets, bytes *big.Int) {
	return big.NewInt(int64(len(t.pieces))), big.NewInt(t.bytes)
}

// spanNs is the time from the first record to the last.
func (t *Trace) spanNs() int64 { return t.timesNs[len(t.timesNs)-1] }
