package traffic

import (
	"fmt"
	"math/big"

	"github.com/dsnsim/dsnsim/sim/units"
)

// WeightedSize is one size of a mix: Weight of the sum of all weights is its share of the packets.
type WeightedSize struct {
	// Frame is the size in bytes with the FCS.
	Frame units.Bytes
	// Weight is a whole number above 0.
	Weight int
}

// IMIX is the simple Internet mix: 7 of 64, 4 of 594 and 1 of 1518 bytes with the FCS. Source: calibration row
// traffic.imix simple, which is recalled: the ratio 7:4:1 is well attested, the middle size differs between tools
// (570 in FD.io CSIT, 590+4 in TRex, 594 here).
func IMIX() []WeightedSize {
	return []WeightedSize{{Frame: MinFrame, Weight: 7}, {Frame: 594, Weight: 4}, {Frame: MaxStandard, Weight: 1}}
}

// maxWeights bounds the sum of the weights without their common divisor, and so the table that they are drawn from.
const maxWeights = 1 << 20

// sizeTable holds the index of each size as often as its weight says, so that one random index draws a size with its
// exact share.
type sizeTable []uint16

// newSizeTable checks the mix and lays it out.
func newSizeTable(mix []WeightedSize) (sizeTable, error) {
	if len(mix) == 0 || len(mix) > MaxFrame {
		return nil, fmt.Errorf("%d packet sizes are given, want 1 to %d", len(mix), MaxFrame)
	}
	divisor := 0
	for i, s := range mix {
		if s.Frame < MinFrame || s.Frame > MaxFrame {
			return nil, fmt.Errorf("packet size %d is %dB with its FCS, want %dB to %dB", i+1, int64(s.Frame), MinFrame, MaxFrame)
		}
		if s.Weight <= 0 || s.Weight > 1<<30 {
			return nil, fmt.Errorf("the weight of packet size %d is %d, want a whole number from 1 to %d", i+1, s.Weight, 1<<30)
		}
		divisor = gcd(s.Weight, divisor)
	}
	var table sizeTable
	for i, s := range mix {
		n := s.Weight / divisor
		if len(table)+n > maxWeights {
			return nil, fmt.Errorf("the weights of the packet sizes add up to more than %d: round them", maxWeights)
		}
		for range n {
			table = append(table, uint16(i))
		}
	}
	return table, nil
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// pick returns the index of the size for a random number, by its low 32 bits: they favour no entry of
// the table by more than 1 part in 4096 of its share, and of a table as short as an IMIX by 3 in a thousand million.
func (t sizeTable) pick(random uint64) uint16 {
	return t[uint64(uint32(random))*uint64(len(t))>>32]
}

// sample returns a number of packets in which every size has its exact share, and their bytes.
func sample(mix []WeightedSize) (packets, bytes *big.Int) {
	packets, bytes = new(big.Int), new(big.Int)
	for _, s := range mix {
		packets.Add(packets, big.NewInt(int64(s.Weight)))
		bytes.Add(bytes, big.NewInt(int64(s.Weight)*int64(s.Frame)))
	}
	return packets, bytes
}
