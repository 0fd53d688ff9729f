package stats

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Views show metrics that there are.
func TestViewsAreOfTheCatalogue(t *testing.T) {
	for _, v := range slices.Concat([]View{Comparison(), ByDirection()}, Views()) {
		assert.NotEmpty(t, v.Name)
		for _, l := range v.Lines {
			m, ok := Lookup(l.Metric)
			assert.True(t, ok, l.Metric)
			assert.True(t, v.Name != ByDirection().Name || m.Scope == PerTraffic, "%s has no figure by class", l.Metric)
			assert.NotEmpty(t, l.Label)
		}
		if v.Has != "" {
			_, ok := Lookup(v.Has)
			assert.True(t, ok, v.Has)
		}
	}
}
