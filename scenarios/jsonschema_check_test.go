package scenarios_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	validator "github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	yaml "go.yaml.in/yaml/v4"
	"pgregory.net/rapid"

	"github.com/dsnsim/dsnsim/internal/infile"
	"github.com/dsnsim/dsnsim/internal/strict"
	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/load"
)

// compiled returns the schema, which TestSchemaIsCurrent keeps as the types are, as another program's validator understands it.
func compiled(t testing.TB) *validator.Schema {
	t.Helper()
	doc, err := validator.UnmarshalJSON(bytes.NewReader(scenarios.JSONSchema()))
	require.NoError(t, err)
	c := validator.NewCompiler()
	require.NoError(t, c.AddResource("schema.json", doc))
	s, err := c.Compile("schema.json")
	require.NoError(t, err)
	return s
}

// asJSON reads YAML into what a JSON file would give: an editor's view of the file.
func asJSON(src []byte) (any, error) {
	var v any
	if err := yaml.Load(src, &v); err != nil {
		return nil, err
	}
	return plainValue(v), nil
}

func plainValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = plainValue(v[k])
		}
	case map[any]any:
		out := map[string]any{}
		for k := range v {
			out[fmt.Sprint(k)] = plainValue(v[k])
		}
		return out
	case []any:
		for i := range v {
			v[i] = plainValue(v[i])
		}
	case int, int64, uint64, float64:
		return json.Number(strings.TrimSuffix(fmt.Sprint(v), "e+00"))
	}
	return v
}

// shippedFiles are all scenarios of the project, and one with rare keys.
func shippedFiles(t testing.TB) []string {
	t.Helper()
	found, err := load.Find(infile.Files{}, []string{"."})
	require.NoError(t, err)
	return append(found.Files, "testdata/full.yaml")
}

// Every scenario that is shipped names the schema for editors, and is valid by it.
func TestShippedScenariosFitTheSchema(t *testing.T) {
	s := compiled(t)
	for _, file := range shippedFiles(t) {
		src, err := os.ReadFile(file)
		require.NoError(t, err)
		v, err := asJSON(src)
		require.NoError(t, err)
		assert.NoError(t, s.Validate(v), file)
		if strings.HasPrefix(file, "testdata") {
			continue
		}
		line, _, _ := strings.Cut(string(src), "\n")
		path, named := strings.CutPrefix(line, "# yaml-language-server: $schema=")
		require.True(t, named, "%s: the first line names no schema: # yaml-language-server: $schema=schema.json", file)
		assert.FileExists(t, filepath.Join(filepath.Dir(file), path), file)
	}
}

// The schemas of the drafts that editors know allow the schema itself.
func TestSchemaIsASchema(t *testing.T) {
	c := validator.NewCompiler()
	meta, err := c.Compile("http://json-schema.org/draft-07/schema#")
	require.NoError(t, err)
	v, err := validator.UnmarshalJSON(bytes.NewReader(scenarios.JSONSchema()))
	require.NoError(t, err)
	assert.NoError(t, meta.Validate(v))
}

// keysAt lists every mapping in a value whose keys the format knows, with the way to it.
func keysAt(v any, way []string, list *[][]string) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range sortedKeys(v) {
			here := append(slices.Clone(way), k)
			last := ""
			if len(way) > 0 {
				last = way[len(way)-1]
			}
			if !slices.Contains(way, "matrix") && !slices.Contains([]string{"sizes", "static"}, last) && !strings.HasPrefix(k, "x-") {
				*list = append(*list, here)
			}
			keysAt(v[k], here, list)
		}
	case []any:
		for i := range v {
			keysAt(v[i], append(slices.Clone(way), fmt.Sprint(i)), list)
		}
	}
}

func sortedKeys(m map[string]any) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// at walks to the value that holds the last element of a way.
func at(v any, way []string) any {
	for _, k := range way {
		switch in := v.(type) {
		case map[string]any:
			v = in[k]
		case []any:
			var i int
			fmt.Sscan(k, &i)
			v = in[i]
		}
	}
	return v
}

// A misspelt key, wherever it stands in any shipped scenario, is refused by the schema and by the loader.
func TestSchemaRefusesMisspeltKeys(t *testing.T) {
	s := compiled(t)
	count := 0
	for _, file := range shippedFiles(t) {
		src, err := os.ReadFile(file)
		require.NoError(t, err)
		v, err := asJSON(src)
		require.NoError(t, err)
		var ways [][]string
		keysAt(v, nil, &ways)
		for _, way := range ways {
			holder, key := at(v, way[:len(way)-1]).(map[string]any), way[len(way)-1]
			wrong := key[:len(key)-1] + "z"
			holder[wrong] = holder[key]
			delete(holder, key)
			assert.Error(t, s.Validate(v), "%s: %v as %s", file, way, wrong)
			text, err := json.Marshal(v)
			require.NoError(t, err)
			_, err = load.AllBytes(file, text, nil)
			assert.Error(t, err, "%s: %v as %s", file, way, wrong)
			holder[key] = holder[wrong]
			delete(holder, wrong)
			count++
		}
	}
	assert.Greater(t, count, 300)
}

// byKind are the messages about what stands in a file by itself, whatever stands elsewhere: those the schema must know too.
var byKind = regexp.MustCompile(`unknown key|expected (a mapping|a list|text|true or false|one of)|has no unit|is not a (duration|data rate|size|count|length|ratio|packet rate|power)|` +
	`unknown (service|placement|clock domain) "|expected a whole number|missing key "(version|kind|action|cir|cbs|entries|address|backends|vips|classes|name)"|leading zeros`)

// finer are faults of values of the right form, which a pattern cannot tell.
var finer = regexp.MustCompile(`expected one of [0-9]+Gbps|finer than|too large|must not be negative|leading zeros|whole number|fraction`)

// What the loader refuses for its form, the schema refuses too; what the loader accepts, an editor does not complain about.
func TestSchemaAgreesWithTheLoader(t *testing.T) {
	s := compiled(t)
	var values []any
	var files []string
	for _, file := range shippedFiles(t) {
		src, err := os.ReadFile(file)
		require.NoError(t, err)
		v, err := asJSON(src)
		require.NoError(t, err)
		values, files = append(values, v), append(files, file)
	}
	pool := []string{`"x"`, `3`, `-1`, `2.5`, `true`, `[]`, `{}`, `10`, `"5%"`, `"5Gbps"`, `"5us"`, `"64B"`, `"10.0.0.1"`, `0`, `99999999`, `[1]`, `{"a": "b"}`,
		`"5"`, `"10 meters"`, `"imix"`, `"both"`, `"auto"`, `"route"`, `["x"]`, `"100k"`, `"1/2"`, `"nic"`, `"poll"`, `"-5us"`, `"5 us"`, `"1e3"`}
	refused, accepted := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		i := rapid.IntRange(0, len(values)-1).Draw(t, "file")
		var ways [][]string
		keysAt(values[i], nil, &ways)
		way := rapid.SampledFrom(ways).Draw(t, "key")
		text, err := json.Marshal(values[i])
		require.NoError(t, err)
		v, err := asJSON(text)
		require.NoError(t, err)
		key := way[len(way)-1]
		var fresh any
		d := json.NewDecoder(strings.NewReader(rapid.SampledFrom(pool).Draw(t, "value")))
		d.UseNumber()
		require.NoError(t, d.Decode(&fresh))
		if (key == "routes" || key == "rules") && fmt.Sprint(fresh) == "2.5" {
			t.Skip("the loader takes it for the name of a file")
		}
		at(v, way[:len(way)-1]).(map[string]any)[key] = fresh
		text, err = json.Marshal(v)
		require.NoError(t, err)
		_, loadErr := load.AllBytes(files[i], text, nil)
		schemaErr := s.Validate(v)
		if loadErr == nil {
			accepted++
			require.NoError(t, schemaErr, "%s with %v: %v", files[i], way, fresh)
			return
		}
		var errs strict.Errors
		require.True(t, errors.As(loadErr, &errs), "%v", loadErr)
		if byKind.MatchString(loadErr.Error()) && !finer.MatchString(loadErr.Error()) {
			refused++
			require.Error(t, schemaErr, "%s with %v: %v; the loader says %v", files[i], way, fresh, loadErr)
		}
	})
	t.Logf("%d accepted by both, %d refused by both for their form", accepted, refused)
	assert.Positive(t, refused)
}

// Files that the loader must refuse, as they stand in testdata/errors: the schema refuses those whose faults it can know.
func TestSchemaRefusesWhatTheLoaderDoes(t *testing.T) {
	s := compiled(t)
	archives, err := filepath.Glob("testdata/errors/*.txtar")
	require.NoError(t, err)
	for _, name := range archives {
		archive, err := txtar.ParseFile(name)
		require.NoError(t, err)
		var src, want string
		for _, f := range archive.Files {
			switch f.Name {
			case "scenario.yaml":
				src = string(f.Data)
			case "want":
				want = string(f.Data)
			}
		}
		v, err := asJSON([]byte(src))
		if err != nil || strings.Contains(want, "--set") {
			continue
		}
		if byKind.MatchString(want) {
			assert.Error(t, s.Validate(v), "%s: %s", name, want)
		}
	}
}

// Each of these is refused by both, and the same file with the right value is accepted by both.
func TestSchemaByExample(t *testing.T) {
	s := compiled(t)
	check := func(src string) (bySchema, byLoader error) {
		v, err := asJSON([]byte(src))
		require.NoError(t, err)
		_, byLoader = load.AllBytes("dir/some.yaml", []byte(src), nil)
		return s.Validate(v), byLoader
	}
	for _, c := range [][3]string{
		{"rack: {uplink: %s}", "100Gbps", "100"}, {"rack: {uplink: %s}", "100 Gb/s", "100Gps"}, {"rack: {servers: %s}", "48", "49"},
		{"rack: {server: {nic: {sriov: %s}}}", "false", "no"}, {"rack: {server: {pcie: {lanes: %s}}}", "8", "3"},
		{"rack: {cables: {server_tor: %s}}", "1.5m", "1.5"}, {"rack: {server: {virtualization: %s}}", "esxi", "xen"},
		{"rack: {server: {nic: {vf: {max_rate: %s}}}}", "[1Gbps, 2Gbps]", "{0: 1Gbps}"},
		{"dsn: {software: {cores: %s}}", "auto", "automatic"}, {"dsn: {power: {budget: %s}}", "{nic: 30W}", "{software: 30W}"},
		{"dsn: {power: {budget: %s}}", "pcie-25w", "pcie-26w"}, {"dsn: {power: {domains: %s}}", "[crypto]", "[cryptos]"},
		{"dsn: {traffic_manager: {classes: [{name: a, alpha: %s}]}}", "1/2", "1/3"}, {"dsn: {traffic_manager: {classes: [{name: a, dscp: [%s]}]}}", "ef", "eff"},
		{"services: [%s]", "ipsec", "ipsek"}, {"services: [%s]", "{firewall: {rules: 100k}}", "{firewall: {rulez: 100k}}"},
		{"services: [{firewall: {rules: %s}}]", "[{action: deny, proto: tcp, dport: 80}]", "[{proto: tcp, dport: 80}]"},
		{"services: [%s]", "{policer: {cir: 1Gbps, cbs: 64kB}}", "policer"}, {"services: [%s]", "{route: }", "{telemetry: {}}"},
		{"services: [{nat: {static: %s}}]", "{198.51.100.5: 10.0.0.5}", "{198.51.100.5: ten}"},
		{"services: [{lb: {vips: %s}}]", "[{address: 203.0.113.10, port: 80, backends: [10.1.0.1:8080, {address: 10.1.0.2, weight: 2}]}]", "[{port: 80, backends: [10.1.0.1]}]"},
		{"services: [{ipsec: {key_bits: %s}}]", "256", "192"}, {"run: {duration: %s}", "5ms", "5"}, {"run: {duration: %s}", "5 ms", "5  ms"}, {"run: {duration: %s}", "5µs", "5musec"},
		{"run: {warmup: %s}", "auto", "automatic"}, {"run: {seed: %s}", "18446744073709551615", "-1"}, {"run: {replications: %s}", "2", "two"},
		{"run: {precision: %s}", "latency.p99 2%", "latency.p99"}, {"expect: [%s]", "nic.loss.ratio == 0", "{nic: 0}"}, {"placements: [%s]", "nic, tor", "nick"},
		{"prices: %s", "{dsn_card: 1500 USD}", "{dsn_card: 1500}"}, {"attacks: [{kind: %s}]", "rogue_vf", "rogue"}, {"attacks: [{kind: dma_flood, rate: %s}]", "20k/s", "20k"},
		{"workloads: [{rdma: read, size: %s}]", "[4KiB, 64KiB]", "[4]"}, {"workloads: [{rdma: read, size: 4KiB, load: %s}]", "closed", "open"},
		{"matrix: {rack.servers: %s}", "[1, 2]", "2"}, {"matrix: {%s: [1, 2]}", "rack.servers", "name"}, {"target: %s", "cloud", "clouds"},
		{"x-%s", "anything: [1]", ""},
	} {
		right, wrong := minimal+fmt.Sprintf(c[0], c[1])+"\n", minimal+fmt.Sprintf(c[0], c[2])+"\n"
		bySchema, byLoader := check(right)
		assert.NoError(t, bySchema, right)
		assert.NoError(t, byLoader, right)
		if c[2] == "" {
			continue
		}
		bySchema, byLoader = check(wrong)
		assert.Error(t, bySchema, wrong)
		assert.Error(t, byLoader, wrong)
	}
	for _, load := range []string{"40%", "20Gbps", "5Mpps", "5000pps", "1GB/s"} {
		bySchema, byLoader := check("version: 1\ntraffic: [{sizes: {64B: 1, 1518B: 2}, load: " + load + "}]\n")
		assert.NoError(t, bySchema, load)
		assert.NoError(t, byLoader, load)
	}
	for _, src := range []string{"version: 1\n", "traffic: [{sizes: imix, load: 30%}]\n", "version: 2\ntraffic: [{sizes: imix, load: 30%}]\n", "version: 1\ntraffic: [{sizes: imx, load: 30%}]\n",
		"version: 1\ntraffic: [{sizes: [], load: 30%}]\n", "version: 1\ntraffic: [{sizes: imix, load: 30}]\n", "version: 1\nextend: a.yaml\n", "[]\n"} {
		bySchema, byLoader := check(src)
		assert.Error(t, bySchema, src)
		assert.Error(t, byLoader, src)
	}
}
