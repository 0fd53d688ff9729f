package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/cmd/dsnsim/exit"
	"github.com/dsnsim/dsnsim/scenarios/arithmetic"
)

// runExplain runs dsnsim explain, as execute would.
func runExplain(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	root := newRoot()
	if !slices.ContainsFunc(root.Commands(), func(c *cobra.Command) bool { return c.Name() == "explain" }) {
		root.AddCommand(newExplainCommand())
	}
	var out, errs bytes.Buffer
	root.SetArgs(append([]string{"explain"}, args...))
	root.SetOut(&out)
	root.SetErr(&errs)
	err := root.ExecuteContext(context.Background())
	if err != nil {
		exit.Explain(&errs, err, release())
	}
	return exit.Code(err), out.String(), errs.String()
}

const quickstartFile = "../../scenarios/quickstart.yaml"

func TestExplainPrintsMapsAndLimits(t *testing.T) {
	code, out, errs := runExplain(t, quickstartFile)
	require.Equal(t, exit.OK, code, errs)
	assert.Empty(t, errs)
	for _, want := range []string{"what each placement can carry", "nic, bump-in-the-wire: stage map", "8 of 12", "tor.port[0]", "sa 16 exact",
		"software: stations at the offered load"} {
		assert.Contains(t, out, want)
	}
	_, again, _ := runExplain(t, quickstartFile)
	assert.Equal(t, out, again)
	_, one, _ := runExplain(t, quickstartFile, "--placement", "tor", "--set", "traffic.0.load=60%")
	assert.NotContains(t, one, "software")
	assert.Contains(t, one, "tor: stage map")
}

func TestExplainJSONIsWhole(t *testing.T) {
	code, out, errs := runExplain(t, quickstartFile, "--format", "json", "--set", "dsn.profile=reference-25g")
	require.Equal(t, exit.OK, code, errs)
	var x arithmetic.Explanation
	require.NoError(t, json.Unmarshal([]byte(out), &x))
	assert.Equal(t, "reference-25g", x.Profile)
	assert.Equal(t, version, x.Tool.Version)
	require.Len(t, x.Placements, 5)
	assert.Len(t, x.Placements[1].Pipeline.Stages, 12)

	file := filepath.Join(t.TempDir(), "x.json")
	code, out, errs = runExplain(t, quickstartFile, "--format", "json", "-o", file)
	require.Equal(t, exit.OK, code, errs)
	assert.Empty(t, out)
	written, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.True(t, json.Valid(written))
}

// A placement that cannot run the scenario is told, not an error.
func TestExplainTellsWhatDoesNotFit(t *testing.T) {
	code, out, errs := runExplain(t, quickstartFile, "--set", "dsn.profile=tofino-like")
	require.Equal(t, exit.OK, code, errs)
	assert.Contains(t, strings.Join(strings.Fields(out), " "), "unsupported: the chain needs a crypto core, profile tofino-like has none")
}

func TestExplainRefuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{nil, exit.Usage, "need one scenario file"},
		{[]string{quickstartFile, "--format", "csv"}, exit.Usage, `--format "csv" is not known`},
		{[]string{quickstartFile, "--placement", "nik"}, exit.Usage, `did you mean "nic"?`},
		{[]string{quickstartFile, "--set", "traffic.0.loa=5%"}, exit.Invalid, `did you mean "load"?`},
		{[]string{quickstartFile, "--set", "traffic.0.load=200%"}, exit.Invalid, "which the line of 25Gbps cannot carry"},
		{[]string{quickstartFile, "--set", "dsn.profile=reference"}, exit.Invalid, "there is no profile"},
		{[]string{"absent.yaml"}, exit.Invalid, "absent.yaml"},
	} {
		code, out, errs := runExplain(t, c.args...)
		assert.Equal(t, c.code, code, "%v: %s", c.args, errs)
		assert.Contains(t, errs, c.want, "%v", c.args)
		assert.Empty(t, out, "%v", c.args)
	}
}
