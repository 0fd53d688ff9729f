package stats

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestJainIndex(t *testing.T) {
	for _, c := range []struct {
		shares []float64
		want   float64
	}{
		{[]float64{3, 3, 3}, 1},
		{[]float64{0, 5, 0, 0}, 0.25},
		{[]float64{1, 2, 4}, 49.0 / 63},
		{[]float64{10, 20, 40}, 49.0 / 63}, // whatever the unit
	} {
		got, ok := JainIndex(c.shares)
		assert.True(t, ok)
		assert.InDelta(t, c.want, got, 1e-12, c.shares)
	}
	for _, none := range [][]float64{nil, {0, 0}} {
		_, ok := JainIndex(none)
		assert.False(t, ok)
	}
}
