package anyscenario

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/scenarios"
	"github.com/dsnsim/dsnsim/scenarios/load"
	"github.com/dsnsim/dsnsim/scenarios/result"
	"github.com/dsnsim/dsnsim/scenarios/run"
	"github.com/dsnsim/dsnsim/sim/stats"
)

// errRefused says that a scenario is none, which the loader or the first look of a run says: exit code 3.
var errRefused = errors.New("refused")

// longest bounds a run of some thousand packets, which takes a tenth of a second: one that never ends is told as that.
const longest = 2 * time.Minute

// simulate runs a scenario's text.
func simulate(text string, opt run.Options) (*result.Report, error) {
	s, err := load.Bytes("any.yaml", []byte(text), nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errRefused, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	opt.TraceSeq = -1
	r, _, err := run.Scenario(ctx, s, opt)
	var input scenarios.InputError
	if errors.As(err, &input) {
		return nil, fmt.Errorf("%w: %w", errRefused, err)
	}
	return r, err
}

// check runs a scenario and says what of it does not hold. refused says that it is none.
func check(text string, m made) error {
	first, err := simulate(text, run.Options{Jobs: 1})
	if err != nil {
		return err
	}
	want, err := json.Marshal(first)
	if err != nil {
		return err
	}
	for _, other := range []struct {
		name string
		opt  run.Options
	}{{"three jobs", run.Options{Jobs: 3}}, {"step by step", run.Options{Jobs: 1, Stepwise: true}}} {
		r, err := simulate(text, other.opt)
		if err != nil {
			return fmt.Errorf("with %s: %w", other.name, err)
		}
		if got, _ := json.Marshal(r); string(got) != string(want) {
			return fmt.Errorf("with %s the report differs: %s", other.name, difference(string(want), string(got)))
		}
	}
	if m.even {
		if err := starved(first); err != nil {
			return err
		}
	}
	return outweighed(first, m.least)
}

// outweighed complains where an entry gets much less of what it offers than all do together.
func outweighed(r *result.Report, least float64) error {
	all := row(r, result.All)
	if all == nil || least == 0 {
		return nil
	}
	for i := range r.Results {
		x := &r.Results[i]
		if x.Class != result.All && x.Direction == result.All && packets(r, x) > 200 && arrived(x) < least*arrived(all) {
			return fmt.Errorf("class %s starves: it gets %.4g of what it offers, all get %.4g", x.Class, arrived(x), arrived(all))
		}
	}
	return nil
}

// difference returns where two texts part.
func difference(a, b string) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	from := max(0, i-80)
	return fmt.Sprintf("...%s... against ...%s...", a[from:min(len(a), i+80)], b[from:min(len(b), i+80)])
}

// row is the row of everything of the scenario's placement, nil where it does not run there.
func row(r *result.Report, direction string) *result.Result {
	for i := range r.Results {
		if x := &r.Results[i]; x.Class == result.All && x.Direction == direction && x.Status == result.OK {
			return x
		}
	}
	return nil
}

// starved complains where both directions are offered the same, and one of them gets less than three tenths of the other.
// The fewest packets that are compared are enough for a spread of 10%.
func starved(r *result.Report) error {
	in, out := row(r, "inbound"), row(r, "outbound")
	if in == nil || out == nil {
		return nil
	}
	a, b := arrived(in), arrived(out)
	if min(packets(r, in), packets(r, out)) > 100 && min(a, b) < 0.3*max(a, b) {
		return fmt.Errorf("a direction starves: inbound gets %.4g of what it offers, outbound %.4g, of %.4g and %.4g Mpps", a, b, in.Metrics["offered.mpps"], out.Metrics["offered.mpps"])
	}
	return nil
}

// arrived is the share of a row's packets that arrive, however late, of those that no service refuses: in a short run those of a deep
// queue leave behind it.
func arrived(x *result.Result) float64 {
	lost, refused := 0.0, 0.0
	for reason := range stats.DropReason(stats.DropReasons) {
		if n := x.Metrics["drops."+reason.String()]; reason.IsQueue() {
			lost += n
		} else {
			refused += n
		}
	}
	if lost == 0 {
		return 1
	}
	offered := (lost + refused) / x.Metrics["loss.ratio"]
	return 1 - lost/(offered-refused)
}

// packets is how many packets a row was offered and no service refuses; none where services refuse all that queues leave them.
func packets(r *result.Report, x *result.Result) float64 {
	if x.Metrics["loss.ratio"] == 1 && refusedShare(x) > 0 {
		return 0
	}
	return offered(r, x) * (1 - refusedShare(x))
}

// refusedShare is the share of a row's packets that services refuse.
func refusedShare(x *result.Result) float64 {
	lost, refused := 0.0, 0.0
	for reason := range stats.DropReason(stats.DropReasons) {
		n := x.Metrics["drops."+reason.String()]
		if lost += n; !reason.IsQueue() {
			refused += n
		}
	}
	if lost == 0 {
		return 0
	}
	return refused / lost * x.Metrics["loss.ratio"]
}

// offered is how many packets a row was offered.
func offered(r *result.Report, x *result.Result) float64 {
	n := 0.0
	for _, s := range r.Sources {
		n += float64(s.Packets)
	}
	all := row(r, result.All)
	return n * x.Metrics["offered.mpps"] / max(1e-12, all.Metrics["offered.mpps"])
}

// rising complains when more load delivers less. The two runs draw the same numbers; what is left of chance is how many of so many
// Poisson arrivals fall into the window, three of whose standard deviations are allowed.
func rising(n int) error {
	less, more := makeUp(n, 0.4), makeUp(n, 1)
	a, err := simulate(less.text, run.Options{Jobs: 1})
	if err != nil {
		return err
	}
	b, err := simulate(more.text, run.Options{Jobs: 1})
	if err != nil {
		return err
	}
	x, y := row(a, result.All), row(b, result.All)
	if x == nil || y == nil {
		return nil
	}
	low, high := x.Metrics["throughput.gbps"], y.Metrics["throughput.gbps"]
	delivered := packets(a, x) * x.Metrics["throughput.mpps"] / max(1e-12, x.Metrics["offered.mpps"])
	if allowed := 0.02 + 3/math.Sqrt(max(1, delivered)); high < low*(1-allowed) {
		return fmt.Errorf("more load delivers less: %.5g Gbps of %.5g, and %.5g of %.5g (%.0f packets, %.1f%% allowed)",
			low, x.Metrics["offered.gbps"], high, y.Metrics["offered.gbps"], delivered, 100*allowed)
	}
	return nil
}

// number reads a variable of the environment.
func number(t *testing.T, name string, or int) int {
	v := os.Getenv(name)
	if v == "" {
		return or
	}
	n, err := strconv.Atoi(v)
	require.NoError(t, err, name)
	return n
}

// Whatever scenario is made up, it is refused or runs: no panic, all packets accounted for, Little's law (a run checks both), the
// same report with any number of jobs and step by step, more for more load, and no direction starves.
func TestAnyScenario(t *testing.T) {
	from, count := number(t, "DSNSIM_ANY_FROM", 0), number(t, "DSNSIM_ANY", 200)
	keep := os.Getenv("DSNSIM_ANY_DIR") // what runs is written there, to be found after a panic
	var next, refused atomic.Int64
	var lock sync.Mutex
	var group sync.WaitGroup
	for worker := range max(1, runtime.GOMAXPROCS(0)) {
		group.Go(func() {
			for {
				n := from + int(next.Add(1)) - 1
				if n >= from+count {
					return
				}
				m := makeUp(n, 1)
				if keep != "" {
					_ = os.WriteFile(filepath.Join(keep, fmt.Sprintf("any-%d.yaml", worker)), []byte(m.text), 0o600)
				}
				err := check(m.text, m)
				if err == nil && m.rising {
					err = rising(n)
				}
				lock.Lock()
				switch {
				case errors.Is(err, errRefused):
					refused.Add(1)
					if testing.Verbose() {
						t.Logf("scenario %d: %v", n, err)
					}
				case err != nil:
					t.Errorf("scenario %d: %v\n%s", n, err, m.text)
					small := smaller(m.text, func(text string) bool {
						err := check(text, m)
						return err != nil && !errors.Is(err, errRefused)
					})
					t.Logf("scenario %d without the lines that it fails without, where it fails by itself:\n%s", n, small)
				}
				lock.Unlock()
			}
		})
	}
	group.Wait()
	require.LessOrEqual(t, int(refused.Load()), max(1, count/4), "most scenarios must be valid, or nothing is tested")
	t.Logf("%d scenarios, %d of them refused", count, refused.Load())
}

// smaller leaves lines out as long as something goes wrong. What fails only beside a smaller load stays as it is.
func smaller(text string, fails func(text string) bool) string {
	if !fails(text) {
		return text
	}
	for again := true; again; {
		again = false
		lines := strings.SplitAfter(text, "\n")
		for i := range lines {
			less := strings.Join(append(append([]string{}, lines[:i]...), lines[i+1:]...), "")
			if lines[i] != "" && fails(less) {
				text, again = less, true
				break
			}
		}
	}
	return text
}
