package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dsnsim/dsnsim/cmd/dsnsim/exit"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The first ten lines of a report tell a person what it is worth, and its JSON a script.
func TestFirstTenLinesTellTheState(t *testing.T) {
	const rack = "version: 1\nrack: {servers: 1, server: {vms: 4, nic: {rate: 25Gbps}}, uplink: 400Gbps}\nservices: [route]\n"
	for state, c := range map[string]struct{ text, word, why string }{
		"steady":     {"placements: [nic, tor]\ntraffic: [{sizes: 1000B, load: 60%}]\nrun: {duration: 300us, warmup: 30us}\n", "steady", "no queue grows"},
		"overloaded": {"placements: [nic]\ntraffic: [{sizes: 1000B, load: 150%, direction: inbound}]\nrun: {duration: 300us, warmup: 30us}\n", "OVERLOADED", "of what it can do"},
		"too_short":  {"placements: [nic]\ntraffic: [{sizes: 64B, load: 20%}]\nrun: {duration: 1us, warmup: 100ns}\n", "TOO SHORT", "the measured window is only 900ns"},
		"cold": {"placements: [software]\ndsn: {software: {cores: 16, flow_cache: {entries: 8192, threads: 4, cold: true}}}\n" +
			"traffic: [{sizes: 1000B, load: 10%, flows: {concurrent: 50}}]\nrun: {duration: 1ms, warmup: 10us}\n", "COLD", "tables were still filling"},
	} {
		t.Run(state, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), state+".yaml")
			require.NoError(t, os.WriteFile(file, []byte(rack+c.text), 0o600))
			code, out, errs := invoke(t, t.Context(), "run", file, "--quiet")
			require.Equal(t, exit.OK, code, errs)
			lines := strings.Split(out, "\n")[:10]
			assert.Regexp(t, "^  "+c.word+" ", lines[1])
			assert.Contains(t, strings.Join(strings.Fields(strings.Join(lines, " ")), " "), c.why)

			code, out, errs = invoke(t, t.Context(), "run", file, "--quiet", "--format", "json")
			require.Equal(t, exit.OK, code, errs)
			var report struct {
				States []struct {
					State, Summary string
					Offered        struct{ Gbps float64 }
				}
				Results []struct{ State string }
			}
			require.NoError(t, json.Unmarshal([]byte(out), &report))
			assert.Equal(t, state, report.States[0].State)
			assert.Equal(t, state, report.Results[0].State)
			assert.NotEmpty(t, report.States[0].Summary)

			_, csv, _ := invoke(t, t.Context(), "run", file, "--quiet", "--format", "csv")
			assert.Contains(t, csv, ","+state+",")
			_, junit, _ := invoke(t, t.Context(), "run", file, "--quiet", "--format", "junit")
			assert.Contains(t, junit, `value="`+state+`"`)
			_, markdown, _ := invoke(t, t.Context(), "run", file, "--quiet", "--format", "markdown")
			assert.Contains(t, markdown, "**"+c.word+"**")
		})
	}
}
