package profile

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v4"

	"github.com/dsnsim/dsnsim/hw/profiles"
	"github.com/dsnsim/dsnsim/sim/units"
)

// shipped loads every profile of the program.
func shipped(t *testing.T) map[string]*Profile {
	t.Helper()
	all := map[string]*Profile{}
	for _, name := range Names() {
		p, err := Load(name)
		require.NoError(t, err, name)
		all[name] = p
	}
	require.Contains(t, all, "reference-100g")
	return all
}

// text returns the reference profile as it is written.
func text(t testing.TB) string {
	t.Helper()
	src, err := profiles.Files.ReadFile("reference-100g.yaml")
	require.NoError(t, err)
	return string(src)
}

// constantsOf counts the constants of a file without this package: the mappings with a key value.
func constantsOf(n any) int {
	total := 0
	switch n := n.(type) {
	case map[string]any:
		if _, is := n["value"]; is {
			return 1
		}
		for _, v := range n {
			total += constantsOf(v)
		}
	case []any:
		for _, v := range n {
			total += constantsOf(v)
		}
	}
	return total
}

// Every figure of every shipped profile says where it comes from, and what is listed is all that the file holds.
func TestEveryShippedConstantHasItsOrigin(t *testing.T) {
	for name, p := range shipped(t) {
		assert.Equal(t, name, p.Name, "a profile is called what its file is")
		complete := name
		if p.Base != "" { // overrides its base's constants and adds none
			complete = p.Base
		}
		src, err := profiles.Files.ReadFile(complete + ".yaml")
		require.NoError(t, err)
		var plain map[string]any
		require.NoError(t, yaml.Unmarshal(src, &plain))
		list := p.Constants()
		assert.Len(t, list, constantsOf(plain), name)
		assert.Greater(t, len(list), 80, name)
		seen := map[string]bool{}
		for _, c := range list {
			at := name + " " + c.Path
			assert.False(t, seen[c.Path], "%s is listed twice", at)
			seen[c.Path] = true
			assert.NotEmpty(t, c.Value, at)
			assert.True(t, (c.Source == "") != (c.Assumed == ""), "%s is sourced or assumed, one of them", at)
			assert.Greater(t, len(c.Source)+len(c.Assumed), 10, "%s: %q%q explains nothing", at, c.Source, c.Assumed)
			if c.Source != "" {
				assert.Contains(t, []string{"verified", "recalled", "derived"}, c.Confidence, at)
			} else {
				assert.Empty(t, c.Confidence, at)
			}
		}
	}
}

// leaves counts the constants that the schema has room for, a list counting as given.
func leaves(v reflect.Value) int {
	if _, ok := v.Interface().(printable); ok {
		return 1
	}
	total := 0
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			total += leaves(v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			total += leaves(v.Index(i))
		}
	}
	return total
}

// No field of the schema is left out of a shipped file: they are all required.
func TestEveryFieldOfTheSchemaIsListed(t *testing.T) {
	for name, p := range shipped(t) {
		assert.Len(t, p.Constants(), leaves(reflect.ValueOf(*p)), name)
	}
}

func TestConstantsPrintInTheOrderOfTheSchema(t *testing.T) {
	list := shipped(t)["reference-100g"].Constants()
	assert.Equal(t, "ethernet[0].phy_tx", list[0].Path)
	assert.Equal(t, "70ns", list[0].Value)
	assert.Equal(t, "50ns", list[0].Low)
	assert.Equal(t, "190ns", list[0].High)
	last := list[slices.IndexFunc(list, func(e Entry) bool { return e.Path == "host.stall.durations" })]
	assert.Equal(t, "power.governor.junction_hysteresis", list[len(list)-1].Path)
	assert.Equal(t, "host.stall.durations", last.Path)
	assert.Equal(t, "[0%=11us 96.8%=15.5us 96.8001%=150us 99%=187us 100%=3ms]", last.Value)
	assert.Contains(t, last.Low, "100%=187us")
	assert.Contains(t, last.High, "100%=8.6ms")
}

// Every rate that a server's port may have in a scenario has its figures, and no rate has two.
func TestReferenceKnowsEveryPortRate(t *testing.T) {
	for name, p := range shipped(t) {
		for _, gbps := range []units.Rate{10, 25, 40, 50, 100, 200, 400, 800} {
			n := 0
			for _, e := range p.Ethernet {
				if e.Rate == gbps*units.Gbps {
					n++
				}
			}
			assert.Equal(t, 1, n, "%s at %s", name, gbps*units.Gbps)
		}
		_, ok := p.EthernetAt(99 * units.Gbps)
		assert.False(t, ok)
	}
}

// Load balancing on a core of 3.6 GHz, as its host measured it: Katran with the packet's way through XDP, 5.2 Mpps, and IPVS
// with that through IP forwarding, 1.2 Mpps.
func TestLoadBalancingOnACore(t *testing.T) {
	c := &shipped(t)["reference-100g"].Host.Software.LB.Cycles
	const hz, dropped, forwarded = 3.6e9, 150, 2069
	assert.InEpsilon(t, 5.2e6, hz/float64(dropped+c.Value), 0.01)
	assert.Less(t, *c.Low, c.Value)
	assert.InEpsilon(t, 1.237e6, hz/float64(forwarded+*c.High), 0.01)
}

func TestLoadReadsAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mine.yaml")
	src := strings.Replace(text(t), "clock: {value: 1GHz, low: 830MHz", "clock: {value: 1.1GHz, low: 830MHz", 1)
	require.NoError(t, os.WriteFile(path, []byte(src), 0o600))
	p, err := Load(path)
	require.NoError(t, err)
	assert.Equal(t, 1_100*units.MHz, p.DSN.Clock.Value)

	_, err = Load(filepath.Join(t.TempDir(), "absent.yaml"))
	require.ErrorContains(t, err, "dsn.profile: ")
	require.ErrorContains(t, err, "absent.yaml: no such file")
}

func TestUnknownNameSuggestsTheNearest(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"reference-100", `dsn.profile: there is no profile "reference-100"; did you mean "reference-100g"? (known: reference-100g, reference-25g, tofino-like)`},
		{"refrence-100g", `did you mean "reference-100g"?`},
		{"zzz", `dsn.profile: there is no profile "zzz"; known: ` + strings.Join(Names(), ", ")},
		{"", `dsn.profile: there is no profile ""; known: `},
	} {
		_, err := Load(c.name)
		require.ErrorContains(t, err, c.want)
	}
}
