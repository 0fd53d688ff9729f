package run

import (
	"context"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dsnsim/dsnsim/hw/profiles"

	"github.com/dsnsim/dsnsim/scenarios/load"
	"github.com/dsnsim/dsnsim/scenarios/result"
)

// all is the full chain through every placement, for a short time.
const all = `version: 1
name: all
rack: {servers: 1, server: {nic: {rate: 25Gbps}}, uplink: 100Gbps}
services: [ipsec, vxlan, firewall, route]
traffic: [{name: a, sizes: 400B, load: 20%, direction: both}]
run: {duration: 30us, warmup: 3us}
`

// unsupported requires every placement with a chip to refuse for a reason, and software to run: it needs no chip.
func unsupported(t *testing.T, reason string, sets ...string) {
	t.Helper()
	r := simulate(t, scenario(t, all, sets...))
	refused := 0
	for _, x := range r.Results {
		if x.Placement == "software" {
			assert.Equal(t, result.OK, x.Status)
			assert.Positive(t, x.Metrics["throughput.mpps"], x.Class)
			continue
		}
		refused++
		assert.Equal(t, result.Unsupported, x.Status, x.Placement)
		require.Len(t, x.Reasons, 1, x.Placement)
		assert.Contains(t, x.Reasons[0], reason, x.Placement)
		assert.Empty(t, x.Metrics, "nothing was measured")
		assert.NotNil(t, x.Metrics, "an empty object in JSON, not null")
		assert.NotNil(t, x.CI95)
		assert.NotNil(t, x.Stations)
	}
	assert.Equal(t, 4, refused)
}

func TestChipWithoutCryptoCannotRunIPsec(t *testing.T) {
	none := fixture(t, "dsn.crypto.cores", "0")
	unsupported(t, "the chain needs a crypto core, profile reference-100g has none", none)
	r := simulate(t, scenario(t, all, none, "services=[vxlan, firewall, route]"))
	for _, x := range r.Results {
		assert.Equal(t, result.OK, x.Status, "%s without ipsec", x.Placement)
	}
}

func TestChainTooLongForTheStages(t *testing.T) {
	unsupported(t, "of 2 stages of profile reference-100g; shorten the chain", fixture(t, "dsn.stages", "2", "dsn.flow_cache.entries", "8192"))
}

func TestBareMetalHasNoPlaceForSoftware(t *testing.T) {
	r := simulate(t, scenario(t, all, "rack.server.virtualization=bare-metal"))
	for _, x := range r.Results {
		if x.Placement != "software" {
			assert.Equal(t, result.OK, x.Status, x.Placement)
			continue
		}
		assert.Equal(t, result.Undeployable, x.Status)
		assert.Equal(t, []string{"a bare-metal server has no hypervisor and no virtual machine to run the DSN in"}, x.Reasons)
	}
	require.NotEmpty(t, r.Sources, "the first placement that ran tells of the sources")
	assert.Positive(t, r.Sources[0].Packets)
}

// What the file says wrong is an error of the run, not a panic and not a result.
func TestRunsThatCannotBegin(t *testing.T) {
	for _, c := range []struct{ set, want string }{
		{"dsn.profile=reference-100", `did you mean "reference-100g"?`},
		{"dsn.profile=absent.yaml", "absent.yaml"},
		{"traffic=[{pcap: absent.pcap, load: 10%}]", "absent.pcap"},
		{"traffic=[{sizes: 400B, load: 150%, arrivals: constant, direction: outbound}]", "which the line of 25Gbps cannot carry"},
		{"rack.uplink=99Gbps", "no Ethernet figures for 99Gbps"},
	} {
		s := scenario(t, all, c.set)
		_, _, err := Scenario(context.Background(), s, Options{Jobs: 2, TraceSeq: -1})
		require.ErrorContains(t, err, c.want, c.set)
	}
	s := scenario(t, all)
	s.Placements = []string{"spine"}
	_, _, err := Scenario(context.Background(), s, Options{})
	require.ErrorContains(t, err, `placement "spine" is not known`)
}

// An interrupted run keeps what was finished, says that it is incomplete, and returns the context's error.
func TestInterruptedRunKeepsWhatIsFinished(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	var done atomic.Int64
	s := scenario(t, all)
	r, _, err := Scenario(ctx, s, Options{Jobs: 1, TraceSeq: -1, Progress: func(n, of int) {
		done.Store(int64(n))
		assert.Equal(t, 5, of)
		if n == 2 {
			cancel()
		}
	}})
	require.ErrorIs(t, err, context.Canceled)
	assert.False(t, r.Complete)
	assert.EqualValues(t, 2, done.Load())
	seen := map[string]bool{}
	for _, x := range r.Results {
		seen[x.Placement] = true
	}
	assert.Equal(t, map[string]bool{"software": true, "nic": true}, seen)
	whole := simulate(t, s)
	assert.Equal(t, row(t, whole, "nic", "all", "all"), row(t, r, "nic", "all", "all"), "as if it had not been interrupted")

	cancelled, stop := context.WithCancel(context.Background())
	stop()
	r, _, err = Scenario(cancelled, s, Options{Jobs: 4, TraceSeq: -1})
	require.ErrorIs(t, err, context.Canceled)
	assert.Empty(t, r.Results)
	assert.False(t, r.Complete)
}

// Every job is reported once, whatever the number of workers.
func TestProgressCountsEveryJob(t *testing.T) {
	for _, jobs := range []int{0, 1, 3, 64} {
		var calls, highest atomic.Int64
		_, _, err := Scenario(context.Background(), scenario(t, all, "run.replications=2"), Options{Jobs: jobs, TraceSeq: -1,
			Progress: func(done, of int) {
				calls.Add(1)
				assert.Equal(t, 10, of)
				for old := highest.Load(); int64(done) > old && !highest.CompareAndSwap(old, int64(done)); old = highest.Load() {
				}
			}})
		require.NoError(t, err)
		assert.EqualValues(t, 10, calls.Load())
		assert.EqualValues(t, 10, highest.Load())
	}
}

// Paths in a scenario are relative to its file, that of a profile too; those of an override to the working directory.
func TestProfileIsFoundBesideTheScenario(t *testing.T) {
	src, err := profiles.Files.ReadFile("reference-100g.yaml")
	require.NoError(t, err)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "mine.yaml"), src, 0o600))
	file := filepath.Join(dir, "scenario.yaml")
	require.NoError(t, os.WriteFile(file, []byte(all+"dsn: {profile: mine.yaml}\n"), 0o600))
	s, err := load.File(file, []string{"placements=[nic]"})
	require.NoError(t, err)
	simulate(t, s)
}

// The rows of a report: everything, each direction, each class, each direction of a class; none twice.
func TestRowsOfAReport(t *testing.T) {
	type key struct{ class, direction string }
	rows := func(traffic string) (list []key) {
		r := simulate(t, scenario(t, all, "placements=[nic]", "traffic="+traffic))
		for _, x := range r.Results {
			list = append(list, key{x.Class, x.Direction})
		}
		return list
	}
	assert.Equal(t, []key{{"all", "all"}}, rows("[{name: a, sizes: 64B, load: 10%}]"))
	assert.Equal(t, []key{{"all", "all"}, {"all", "inbound"}, {"all", "outbound"}}, rows("[{name: a, sizes: 64B, load: 10%, direction: both}]"))
	assert.Equal(t, []key{{"all", "all"}, {"a", "all"}, {"b", "all"}},
		rows("[{name: a, sizes: 64B, load: 10%}, {name: b, sizes: 64B, load: 10%}]"))
	assert.Equal(t, []key{{"all", "all"}, {"all", "inbound"}, {"all", "outbound"}, {"a", "all"}, {"a", "inbound"}, {"a", "outbound"}, {"b", "all"}},
		rows("[{name: a, sizes: 64B, load: 10%, direction: both}, {name: b, sizes: 64B, load: 10%, direction: outbound}]"))
}
