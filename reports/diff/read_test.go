package diff

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/reports"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

func written(t testing.TB, format string, r *result.Report) []byte {
	var out strings.Builder
	require.NoError(t, reports.Write(&out, format, r, reports.Options{}))
	return []byte(out.String())
}

// What the formats write is read back: JSON whole, CSV its figures.
func TestReadBack(t *testing.T) {
	r := report(3, map[string]float64{"latency.p99": 1234.5, "loss.ratio": 0.25}, map[string]float64{"latency.p99": 0.1})
	whole, err := Read("r.json", written(t, "json", r))
	require.NoError(t, err)
	require.Len(t, whole.Reports, 1)
	assert.Equal(t, r.Results[0].Metrics, whole.Reports[0].Results[0].Metrics)
	assert.Equal(t, r.Scenario, whole.Reports[0].Scenario)
	assert.False(t, whole.Bare)

	bare, err := Read("r.csv", written(t, "csv", r))
	require.NoError(t, err)
	assert.True(t, bare.Bare)
	assert.Equal(t, r.Results[0].Metrics, bare.Reports[0].Results[0].Metrics)
	assert.Equal(t, r.Results[0].CI95, bare.Reports[0].Results[0].CI95)
	d, err := Compare(bare, whole, Policy{})
	require.NoError(t, err)
	assert.Equal(t, 2, d.Compared)
	assert.Empty(t, d.Regressions)
	assert.Equal(t, []string{"CSV has neither the hash of a scenario nor its seed: whether both are of the same is not known"}, d.Notes[:1])
}

func TestReadSuite(t *testing.T) {
	var out strings.Builder
	suite := &result.Suite{Complete: true, Entries: []result.Entry{{File: "a.yaml", Report: report(1, nil, nil)}, {File: "b.yaml", Faults: []result.Fault{{Text: "x"}}}}}
	require.NoError(t, reports.WriteSuite(&out, "json", suite, reports.Options{}))
	set, err := Read("s.json", []byte(out.String()))
	require.NoError(t, err)
	assert.Len(t, set.Reports, 1)
	assert.Equal(t, []string{"b.yaml"}, set.Failed)
}

func TestOf(t *testing.T) {
	a, b := report(1, nil, nil), report(1, nil, nil)
	b.Scenario.File = "other.yaml"
	set := Set{Name: "s", Reports: []*result.Report{a, b}}
	part, err := set.Of("quick", "other.yaml")
	require.NoError(t, err)
	assert.Equal(t, []*result.Report{b}, part.Reports)
	_, err = set.Of("quick", "third.yaml")
	assert.EqualError(t, err, "s: 2 reports on scenario quick; scenarios that are compared need names of their own")
	part, err = set.Of("new", "quick.yaml")
	require.NoError(t, err)
	assert.Empty(t, part.Reports)
}

func TestReadWhatIsWrong(t *testing.T) {
	head := "scenario,placement,class,direction,status,replications,latency_p99_ns\n"
	for src, want := range map[string]string{
		"":                              "f:1:1: expected reports that dsnsim run wrote with --format json or csv",
		"<testsuites/>":                 "f:1:1: expected reports",
		"{\n  \"results\": [}":          "f:2:15: invalid character '}'",
		"{\"results\": 5}":              "f:1:",
		"{}":                            "f:1:1: expected a report with results",
		"scenario,placement\n":          "f:1:1: column class is missing",
		head + "a,nic,all,all,ok,one,5": `f:2: replications: expected a whole number, got "one"`,
		head + "a,nic,all,all,ok,1,x":   `f:2: latency.p99: expected a number, got "x"`,
		head + "a,nic,all,all,ok,1,NaN": `f:2: latency.p99: expected a number, got "NaN"`,
		head + "a,nic,all":              "wrong number of fields",
	} {
		_, err := Read("f", []byte(src))
		assert.ErrorContains(t, err, want, src)
	}
	_, err := ReadFile(filepath.Join(t.TempDir(), "gone.json"))
	assert.ErrorIs(t, err, os.ErrNotExist)
}

func FuzzRead(f *testing.F) {
	r := report(2, map[string]float64{"latency.p99": 1}, map[string]float64{"latency.p99": 1})
	f.Add(written(f, "json", r))
	f.Add(written(f, "csv", r))
	f.Add([]byte(`{"scenarios":[{"report":null},{"report":{"results":[{"metrics":null}]}}]}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		set, err := Read("f", src)
		if err != nil {
			require.True(t, strings.HasPrefix(err.Error(), "f"), "%v", err)
			return
		}
		d, err := Compare(set, set, Policy{Incomplete: true})
		if err != nil {
			return
		}
		require.Empty(t, d.Regressions)
		_, err = json.Marshal(d)
		require.NoError(t, err)
	})
}
