package input

import (
	"encoding/binary"
	"fmt"

	"github.com/dsnsim/dsnsim/sim/capture"
	"github.com/dsnsim/dsnsim/sim/header"
)

// MaxCopies bounds the records of a capture that is multiplied. Assumed: 100 B each are 1 GB.
const MaxCopies = 10_000_000

// Multiplied returns a capture with n packets for each: behind each the same one of other flows and tenants, whose
// addresses have another number in the second byte from the top of what is theirs (IPv4: the 24 low bits, so that networks
// like 10.0.0.0/8 stay; IPv6: bits 48 to 63). Both directions of a connection have the same number, so they stay one.
func Multiplied(c *capture.Capture, n int) (*capture.Capture, error) {
	if n <= 1 {
		return c, nil
	}
	if len(c.Records) > MaxCopies/n {
		return nil, &capture.Error{File: c.File, Detail: fmt.Sprintf("has %d packets, and %d for each (multiply) are more than %d", len(c.Records), n, MaxCopies)}
	}
	out := *c
	out.Records = make([]capture.Record, 0, n*len(c.Records))
	for i := range c.Records {
		r := &c.Records[i]
		out.Records = append(out.Records, *r)
		for k := 1; k < n; k++ {
			other := *r
			other.Data = append([]byte(nil), r.Data...)
			shiftAddresses(other.Data, uint32(k))
			out.Records = append(out.Records, other)
		}
	}
	return &out, nil
}

// shiftAddresses gives a frame the addresses of the k-th copy; checksums stay right.
func shiftAddresses(frame []byte, k uint32) {
	h := header.Parse(frame)
	if h.Version == 0 {
		return // not IP: it has no addresses of ours
	}
	header.SetSource(frame, &h, ShiftedAddress(h.Key.Src, h.Key.V6, k), h.Key.SrcPort)
	header.SetDestination(frame, &h, ShiftedAddress(h.Key.Dst, h.Key.V6, k), h.Key.DstPort)
}

// ShiftedAddress returns the address of the k-th copy. Broadcast and multicast addresses move as well.
func ShiftedAddress(addr [16]byte, v6 bool, k uint32) [16]byte {
	if v6 {
		at := addr[6:8]
		binary.BigEndian.PutUint16(at, binary.BigEndian.Uint16(at)+uint16(k))
		return addr
	}
	const low = 1<<24 - 1
	old := binary.BigEndian.Uint32(addr[:4])
	binary.BigEndian.PutUint32(addr[:4], old&^low|(old+k<<8)&low)
	return addr
}
