package sim

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/sim/packet"
	"github.com/dsnsim/dsnsim/sim/station"
	"github.com/dsnsim/dsnsim/sim/units"
)

type refusing struct{ masks []uint32 }

func (r *refusing) Next(p *packet.Packet) bool {
	if len(r.masks) == 0 {
		return false
	}
	p.Refused, r.masks = r.masks[0], r.masks[1:]
	return true
}

type fates []int // the reason, or -1

func (f *fates) Delivered(*packet.Packet, units.Time)            { *f = append(*f, -1) }
func (f *fates) Dropped(_ *packet.Packet, _ units.Time, r uint8) { *f = append(*f, int(r)) }

// A filter drops what is refused for any reason that it does not pass over, for the lowest one, and only there: without it
// the packets pass.
func TestFilter(t *testing.T) {
	for _, stepwise := range []bool{false, true} {
		for _, filter := range []bool{false, true} {
			got := &fates{}
			e := NewEngine(got)
			e.Stepwise = stepwise
			hops := []Hop{{Op: OpDelay, Delay: 5}}
			if filter {
				hops = append(hops, Hop{Op: OpFilter, Bytes: ^uint32(1 << 9)}, Hop{Op: OpFilter}, Hop{Op: OpDelay, Delay: 5})
			}
			e.AddPath(Path{Name: "way", Hops: hops})
			e.AddSource(&refusing{[]uint32{0, 1 << 3, 1<<31 | 1<<4, 1<<9 | 1<<4}})
			e.Prepare([][]int{{0}}, station.Window{To: units.Forever})
			require.NoError(t, e.Run(context.Background()))
			want := &fates{-1, -1, -1, -1}
			if filter {
				want = &fates{-1, 3, 4, 9}
			}
			assert.Equal(t, want, got)
			assert.True(t, e.Balance().Holds())
		}
	}
}
