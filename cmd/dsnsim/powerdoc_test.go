package main

import (
	"encoding/csv"
	"go/constant"
	"go/token"
	"go/types"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/dsnsim/dsnsim/cmd/dsnsim/exit"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// handRow is a line of the hand check in docs/power.md.
type handRow struct{ station, operation, byHand, trace string }

// handCheck reads the table of the hand check.
func handCheck(t *testing.T) (list []handRow) {
	t.Helper()
	text, err := os.ReadFile("../../docs/power.md")
	require.NoError(t, err)
	_, after, found := strings.Cut(string(text), "| station | operation | by hand, pJ |")
	require.True(t, found)
	table, _, _ := strings.Cut(after, "\n\n")
	for _, line := range strings.Split(table, "\n")[2:] {
		f := strings.Split(line, "|")
		require.Len(t, f, 7, line)
		list = append(list, handRow{strings.TrimSpace(f[1]), strings.TrimSpace(f[2]), strings.TrimSpace(f[3]), strings.TrimSpace(f[4])})
	}
	return list
}

// evaluate works out an expression of figures.
func evaluate(t *testing.T, expression string) float64 {
	t.Helper()
	v, err := types.Eval(token.NewFileSet(), nil, token.NoPos, strings.ReplaceAll(expression, " x ", " * "))
	require.NoError(t, err, expression)
	f, _ := constant.Float64Val(constant.ToFloat(v.Value))
	return f
}

// The hand check in the docs is what the program prints, operation by operation, and its arithmetic is right.
func TestHandCheckOfPower(t *testing.T) {
	code, out, errs := invoke(t, t.Context(), "run", "../../scenarios/power-25w.yaml", "--quiet", "--set", "run.cold=true", "--trace-packet", "7")
	require.Equal(t, exit.OK, code, errs)
	_, after, found := strings.Cut(out, "component                  energy  pJ\n")
	require.True(t, found)
	inbound, _, _ := strings.Cut(after, "\n\n")
	lines := strings.Split(inbound, "\n")
	rows := handCheck(t)
	require.Len(t, rows, len(lines))
	columns := regexp.MustCompile(`^  (\S+) +(.*?)(?:  +\S+)? +([0-9.]+)$`)
	sum := 0.0
	for i, line := range lines {
		m := columns.FindStringSubmatch(line)
		require.NotNil(t, m, line)
		assert.Equal(t, []string{m[1], m[2], m[3]}, []string{rows[i].station, rows[i].operation, rows[i].trace})
		if rows[i].station == "energy" {
			v, err := strconv.ParseFloat(rows[i].trace, 64)
			require.NoError(t, err)
			assert.InDelta(t, sum, v, 0.02, "the sum")
			continue
		}
		v, err := strconv.ParseFloat(rows[i].trace, 64)
		require.NoError(t, err)
		by := evaluate(t, rows[i].byHand)
		assert.InDelta(t, by, v, 0.017, "%s %s: to a femtojoule but for the lanes' rounding", rows[i].station, rows[i].operation)
		if !strings.HasPrefix(rows[i].operation, "PCIe lanes") {
			assert.InDelta(t, by, v, 0.0005, rows[i].operation)
		}
		sum += by
	}
}

// What the docs say of the scenarios of power and cost is what comes out.
func TestFiguresOfThePowerDocs(t *testing.T) {
	text, err := os.ReadFile("../../docs/power.md")
	require.NoError(t, err)
	words := strings.Join(strings.Fields(string(text)), " ")
	metrics := func(file, placement string, sets ...string) map[string]string {
		args := []string{"run", "../../scenarios/" + file, "--quiet", "--format", "csv", "--set", "expect=[]", "--placement", placement}
		for _, s := range sets {
			args = append(args, "--set", s)
		}
		code, out, errs := invoke(t, t.Context(), args...)
		require.Equal(t, exit.OK, code, errs)
		rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
		require.NoError(t, err)
		list := map[string]string{}
		for _, row := range rows[1:] {
			if row[2] == "all" && row[3] == "all" {
				for i, name := range rows[0] {
					list[row[1]+" "+name] = row[i]
				}
			}
		}
		return list
	}
	figure := func(list map[string]string, name string) float64 {
		v, err := strconv.ParseFloat(list[name], 64)
		require.NoError(t, err, name)
		return v
	}
	require.Contains(t, words, "At 75% load the card takes 21.8 W for 11.2 Mpps, which is 1,950 nJ a packet")
	nic := metrics("power-25w.yaml", "nic")
	assert.InDelta(t, 21.8, figure(nic, "nic power_dsn_w"), 0.05)
	assert.InDelta(t, 11.2, figure(nic, "nic throughput_mpps"), 0.05)
	assert.InDelta(t, 1950, figure(nic, "nic energy_nj_per_packet_nj"), 10)

	require.Contains(t, words, "with 24 servers the ToR costs about half, with 2 three times as much; they cross at 8")
	ratio := func(servers string) float64 {
		costs := metrics("cost.yaml", "tor,nic", "rack.servers="+servers)
		return figure(costs, "tor cost_per_server_currency") / figure(costs, "nic cost_per_server_currency")
	}
	assert.InDelta(t, 0.5, ratio("24"), 0.05)
	assert.InDelta(t, 3, ratio("2"), 0.1)
	assert.Greater(t, ratio("7"), 1.0)
	assert.Less(t, ratio("8"), 1.0)
}
