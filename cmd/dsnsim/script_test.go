package main

import (
	"bytes"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/cmd/dsnsim/exit"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/sim/capture"
)

var update = flag.Bool("update", false, "rewrite the golden parts of testdata/script; read the difference before you commit it")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"dsnsim": main})
}

// TestScripts runs the program as a user does: each file of testdata/script is a session.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               func(e *testscript.Env) error { return copyScenarios(filepath.Join(e.WorkDir, "scenarios")) },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":   exits,
			"hex":     writeHex,
			"capture": writeCapture,
			"json":    checkJSON,
			"csv":     checkCSV,
			"trace":   checkTrace,
			"files":   checkFiles,
			"junit":   checkJUnit,
		},
	})
}

// runLine is the line of the quickstart that says how much is simulated.
var runLine = regexp.MustCompile(`(?m)^run: .*$`)

// copyScenarios copies the shipped scenario and its capture into a folder, and adds short.yaml, which is the same with
// less to simulate.
func copyScenarios(folder string) error {
	if err := os.MkdirAll(filepath.Join(folder, "captures"), 0o755); err != nil {
		return err
	}
	for _, name := range []string{"quickstart.yaml", "cost.yaml", "power-25w.yaml", "brownfield.yaml", "throttle.yaml", "discrete.yaml", "shared-chips.yaml", "slow-path.yaml", "captures/mix.pcap"} {
		text, err := os.ReadFile(filepath.Join("../../scenarios", name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o644); err != nil {
			return err
		}
	}
	text, err := os.ReadFile(filepath.Join(folder, "quickstart.yaml"))
	if err != nil {
		return err
	}
	if !runLine.Match(text) {
		return errors.New("quickstart.yaml has no line that starts with run:")
	}
	short := runLine.ReplaceAll(text, []byte("run: {duration: 150us, warmup: 30us, seed: 1, replications: 2}"))
	return os.WriteFile(filepath.Join(folder, "short.yaml"), short, 0o644)
}

// exits runs a program and checks its exit code: "exits 3 dsnsim run no.yaml". Whatever the code, it checks what every
// run of dsnsim keeps to.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARGUMENT...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		if got := exit.ExitCode(); got != want {
			ts.Fatalf("%s exits with %d, want %d", strings.Join(args[1:], " "), got, want)
		}
	case err != nil:
		ts.Fatalf("%v", err)
	case want != 0:
		ts.Fatalf("%s exits with 0, want %d", strings.Join(args[1:], " "), want)
	}
	checkManners(ts, want)
}

// ofSuite is what ends the errors of several scenarios: those that could be simulated are on stdout.
var ofSuite = regexp.MustCompile(`(?m)^dsnsim: [0-9]+ scenarios?: `)

// checkManners checks that errors leave stdout empty and success leaves stderr empty, that progress is kept from what is no
// terminal, that no fault of the program shows, and that no temporary file stays behind.
func checkManners(ts *testscript.TestScript, code int) {
	stdout, stderr := ts.ReadFile("stdout"), ts.ReadFile("stderr")
	switch {
	case code == 0 && stderr != "":
		ts.Fatalf("success, and yet on stderr: %q", stderr)
	case code != 0 && stderr == "":
		ts.Fatalf("failure without a word on stderr")
	case code != 0 && code != exit.Unexpected && stdout != "" && !ofSuite.MatchString(stderr):
		ts.Fatalf("failure, and yet on stdout: %q", stdout)
	case strings.ContainsAny(stderr, "\r\x1b"):
		ts.Fatalf("stderr holds what only a terminal understands: %q", stderr)
	case strings.Contains(stderr, "panic") || strings.Contains(stderr, "goroutine "):
		ts.Fatalf("a fault of the program: %s", stderr)
	case strings.Contains(stderr, "%!"):
		ts.Fatalf("a message that is put together wrongly: %s", stderr)
	}
	ts.Check(filepath.WalkDir(ts.MkAbs("."), func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.Contains(d.Name(), ".tmp") && !d.IsDir() {
			ts.Fatalf("left behind: %s", path)
		}
		return err
	}))
}

// writeHex writes a file of bytes given in hexadecimal: "hex cut.pcap d4c3b2a1 0200".
func writeHex(ts *testscript.TestScript, _ bool, args []string) {
	data, err := hex.DecodeString(strings.Join(args[1:], ""))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o644))
}

// writeCapture writes a capture of broadcast frames, 100 ns apart, of the sizes given in bytes without FCS.
func writeCapture(ts *testscript.TestScript, _ bool, args []string) {
	var file bytes.Buffer
	w, err := capture.NewWriter(&file)
	ts.Check(err)
	for i, arg := range args[1:] {
		size, err := strconv.Atoi(arg)
		ts.Check(err)
		frame := bytes.Repeat([]byte{0xff}, size)
		ts.Check(w.Write(capture.Record{TimeNs: int64(100 * i), Wire: size, Data: frame}))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), file.Bytes(), 0o644))
}

// checkJSON checks that a file is one JSON report, with so many results: "json out.json 15".
func checkJSON(ts *testscript.TestScript, _ bool, args []string) {
	var report result.Report
	d := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	ts.Check(d.Decode(&report))
	if d.More() {
		ts.Fatalf("%s: more than one value", args[0])
	}
	if got := strconv.Itoa(len(report.Results)); got != args[1] {
		ts.Fatalf("%s: %s results, want %s", args[0], got, args[1])
	}
	if !report.Complete {
		ts.Fatalf("%s: not complete", args[0])
	}
}

// csvStart is the part of the CSV's header that never changes.
const csvStart = "scenario,placement,class,direction,status,replications,bottleneck,offered_gbps,offered_mpps,throughput_gbps,"

// checkCSV checks that a file is a CSV report whose rows begin so: "csv out.csv quickstart,nic,all,all,ok ...".
func checkCSV(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[0])
	if !strings.HasPrefix(text, csvStart) {
		ts.Fatalf("%s: the header is not %s...", args[0], csvStart)
	}
	if !strings.HasSuffix(text, "\n") {
		ts.Fatalf("%s: cut", args[0])
	}
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll() // also checks that all rows are equally long
	ts.Check(err)
	if rows := records[1:]; len(rows) != len(args)-1 {
		ts.Fatalf("%s: %d rows, want %d", args[0], len(rows), len(args)-1)
	}
	for i, want := range args[1:] {
		if got := strings.Join(records[i+1], ","); !strings.HasPrefix(got, want+",") {
			ts.Fatalf("%s: row %d is %.80s, want %s", args[0], i+1, got, want)
		}
	}
}

// checkTrace checks the arithmetic of a file of packet traces, of which there are so many: "trace stdout 2".
func checkTrace(ts *testscript.TestScript, _ bool, args []string) {
	sums, err := traceSums(ts.ReadFile(args[0]))
	ts.Check(err)
	if got := strconv.Itoa(sums); got != args[1] {
		ts.Fatalf("%s: %s traces, want %s", args[0], got, args[1])
	}
}

// checkFiles checks that a folder holds these files and no others: "files . short.yaml out.csv".
func checkFiles(ts *testscript.TestScript, _ bool, args []string) {
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	var names []string
	for _, e := range entries {
		if e.Name() != ".tmp" { // of testscript
			names = append(names, e.Name())
		}
	}
	if got, want := strings.Join(names, " "), strings.Join(args[1:], " "); got != want {
		ts.Fatalf("%s holds %s, want %s", args[0], got, want)
	}
}

// The scenario that most scripts run must stay like the one that is shipped.
func TestShortScenario(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, copyScenarios(folder))
	long, err := os.ReadFile(filepath.Join(folder, "quickstart.yaml"))
	require.NoError(t, err)
	short, err := os.ReadFile(filepath.Join(folder, "short.yaml"))
	require.NoError(t, err)
	require.Equal(t, runLine.ReplaceAllString(string(long), ""), runLine.ReplaceAllString(string(short), ""))
	require.NotEqual(t, long, short)
}
