package spell

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

func TestNearest(t *testing.T) {
	names := []string{"load", "loop", "virtualization", "server_tor", "appliance", "nic"}
	for word, want := range map[string]string{
		"lod": "load", "laod": "load", "LOAD": "load", "lopo": "loop", "virt": "virtualization", "server-tor": "server_tor", "applaince": "appliance",
		"nci": "nic", "zzz": "", "": "", "x": "", "bandwidth": "", strings.Repeat("load", 1000): "",
	} {
		assert.Equal(t, want, Nearest(word, names), word)
	}
}

func TestNearestProperties(t *testing.T) {
	word := rapid.StringMatching(`[a-z]{3,10}`)
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfN(word, 1, 6).Draw(t, "names")
		name := rapid.SampledFrom(names).Draw(t, "name")
		assert.Equal(t, name, Nearest(name, names), "a name is nearest to itself")
		i := rapid.IntRange(0, len(name)-2).Draw(t, "i")
		swapped := name[:i] + string(name[i+1]) + string(name[i]) + name[i+2:]
		assert.NotEmpty(t, Nearest(swapped, names), "one swap is near")
	})
}
