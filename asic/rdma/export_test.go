package rdma

import "github.com/dsnsim/dsnsim/sim/units"

// Frames returns the length of all packets of a message of n bytes.
func (v Verb) Frames(n, mtu units.Bytes) units.Bytes {
	var sum units.Bytes
	for i := range Packets(n, mtu) {
		sum += v.Frame(n, mtu, i)
	}
	return sum
}
