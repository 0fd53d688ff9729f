package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

const started = `{"Action":"start","Package":"p"}` + "\n"

func TestSummary(t *testing.T) {
	skip := `{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:7: needs data/x of the shared test data\n"}` + "\n" +
		`{"Action":"skip","Package":"p","Test":"TestA"}` + "\n"
	pass := `{"Action":"output","Package":"p","Test":"TestB","Output":"--- PASS\n"}` + "\n" + `{"Action":"pass","Package":"p","Test":"TestB"}` + "\n"
	fail := `{"Action":"output","Package":"p","Test":"TestC","Output":"    --- FAIL: TestC: why\n"}` + "\n" + `{"Action":"fail","Package":"p","Test":"TestC"}` + "\n"
	ok := `{"Action":"output","Package":"p","Output":"ok  \tp\n"}` + "\n" + `{"Action":"pass","Package":"p"}` + "\n"
	const skipped = "skipped 1: needs a file of the shared test data\n    p TestA\n"
	for in, want := range map[string]struct {
		text string
		good bool
	}{
		started + skip + pass + ok:                                {"ok  \tp\n" + skipped + "1 tests passed, 1 skipped\n", true},
		started + pass + fail + `{"Action":"fail","Package":"p"}`: {"    --- FAIL: TestC: why\n1 tests passed, 0 skipped\nFAIL\n", false},
		started + pass:          {"FAIL\tp [did not end]\n1 tests passed, 0 skipped\nFAIL\n", false},
		"go: no such package\n": {"go: no such package\n0 tests passed, 0 skipped\n", false},
		"":                      {"0 tests passed, 0 skipped\n", false},
		`{"Action":"build-output","Output":"x.go:1: syntax\n"}` + "\n" + `{"Action":"build-fail"}`: {"x.go:1: syntax\n0 tests passed, 0 skipped\nFAIL\n", false},
	} {
		var out strings.Builder
		assert.Equal(t, want.good, summarise(strings.NewReader(in), &out), in)
		assert.Equal(t, want.text, out.String(), in)
	}
}
